"""What programme staff ask of the demonstration: today's cohort, its attendance, and a mark put right."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID, uuid5

from api.demo.asking import Answer, Api
from api.demo.words import counts, percent
from api.serving import Broken

_MARKED = "session.attendance_recorded"


def staff(api: Api, cohorts: Sequence[Answer], today: date, running: str, recruiting: str, head: int) -> Iterator[str]:
    """Where the fellows of the cohort that runs are, and how much they attended; a mark is put right on the way.

    Attendance is asked as known at the record number `head`, so that it is the same after the mark is put right.
    """
    by_code = {each["code"]: each for each in cohorts}
    cohort, next_one = by_code[running], by_code[recruiting]
    now = {"as_at": str(today)}
    path = f"/v1/cohorts/{cohort['cohort_id']}"
    yield f"STAFF ask: where are the fellows of {running} ({cohort['starts_on']} to {cohort['ends_on']}) today?"
    yield f"  {api.url(f'{path}/standing', **now)}"
    yield f"  {counts(api.ask(f'{path}/standing', **now))}."
    there = f"/v1/cohorts/{next_one['cohort_id']}/standing"
    yield f"  And of {recruiting}, from {next_one['starts_on']} on, which has {next_one['capacity']} places?"
    yield f"  {api.url(there, **now)}"
    yield f"  {counts(api.ask(there, **now))}; offers are not counted."
    yield "Whose register is not signed?"
    yield from _unsigned(api, path, today)
    yield "How much was attended so far, of what was held, expected and marked, by all fellows of a cohort together?"
    yield f"  (known_at={head}: as known at this record number, so that each address keeps to the figure told here.)"
    for each in cohorts:
        if each["code"] != recruiting:
            yield f"  {each['code']:<8}  {_attended(api, each, today, head)}"
    yield from _put_right(api, path, today)
    yield ""


def _unsigned(api: Api, path: str, today: date) -> Iterator[str]:
    asked = {"only": "unsigned", "as_at": str(today)}
    yield f"  {api.url(f'{path}/sessions', **asked)}"
    for session in api.ask(f"{path}/sessions", **asked)["items"]:
        register = api.ask(f"/v1/sessions/{session['session_id']}/register", as_at=str(today))
        yield (
            f'  "{session["module"]}" of {session["held_on"]}: the register is {session["register"] or "not opened"}; '
            f"{register['unknown']} of {register['expected']} fellows have no mark."
        )


def _attended(api: Api, cohort: Answer, today: date, head: int) -> str:
    path = f"/v1/cohorts/{cohort['cohort_id']}/attendance"
    asked = {"as_at": str(today), "known_at": head}
    total = api.ask(path, **asked)["total"]
    return f"{_share(total['percent'], total['expected_minutes'])}  {api.url(path, **asked)}"


def _share(share: float | None, minutes: int) -> str:
    """A share of attendance, and what it is of."""
    return f"{percent(share):>6} of {minutes:,} minutes"


def _put_right(api: Api, path: str, today: date) -> Iterator[str]:
    """Find the one mark of an unauthorised absence in a signed register, correct it, and ask at once."""
    entry = _wrong(api, path, today)
    record = entry["stream"].replace(":", "/")
    fellowship_id = entry["fields"]["fellowship_id"]
    there = f"/v1/fellowships/{fellowship_id}/attendance"
    name = api.ask(there, as_at=str(today))["attendance"]["name"]
    version = api.ask(f"/v1/sessions/{record.partition('/')[2]}")["version"]
    body = {
        "actor": entry["actor"],
        "role": entry["role"],
        "reason": "keying_error",
        "source": "attendance_sheet",
        "happened": entry["happened"],
        "fact": entry["fields"] | {"mark": "present"},
    }
    address = f"/v1/entries/{record}/{entry['version']}/correction"
    # One key for this one correction: sent again, it is answered as the first time and nothing is done twice.
    key = str(uuid5(UUID(record.partition("/")[2]), address))
    before = api.ask("/v1/cohorts")["position"]
    seen = {"Idempotency_Key": key, "If_Match": f'"{version}"'}
    done = api.send("POST", address, body, **seen)
    if done.status != 200:
        raise Broken(f"POST {api.url(address)} was answered with {done.status}: {done.body.get('detail', '')}")
    position = done.body["position"]
    yield f"{name} was marked absent on {entry['happened']}, and was there: the signed register is corrected."
    yield f"  {api.curl('POST', address, body, **seen)}"
    if position <= before:
        yield "  It was corrected when this story was told before: under the same key the first answer is repeated."
    yield f"  Recorded as record number {position}. {name}'s attendance before it, and at once after it:"
    known = {"as_at": str(today), "known_at": position - 1}
    at_once = {"as_at": str(today), "min_position": position}
    for asked in (known, at_once):
        told = api.ask(there, **asked)["attendance"]
        yield f"  {_share(told['percent_so_far'], told['expected_minutes'])}  {api.url(there, **asked)}"


def _wrong(api: Api, path: str, today: date) -> Answer:
    """The newest entry of the cohort that says a fellow was absent without leave; corrected since or not."""
    sessions = api.ask(f"{path}/sessions", as_at=str(today))["items"]
    for session in reversed([each for each in sessions if each["register"] == "signed"]):
        for entry in api.ask(f"/v1/entries/session/{session['session_id']}")["items"]:
            first = entry["kind"] == _MARKED and entry["link_how"] is None
            if first and entry["fields"]["mark"] == "absent_unauthorised":
                return entry
    raise Broken("The demonstration has no mark to put right.")
