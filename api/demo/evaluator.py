"""What evaluators ask of the demonstration: one cohort as known then and as known today, and cohorts compared."""

from collections.abc import Generator, Iterator
from datetime import date

from api.demo.asking import Answer, Api
from api.demo.words import counts, line, percent, state
from projections.retention import months_after

MONTHS = 12
"""How long after the cohort's first day the evaluator looks, and at which month retention is compared."""
AFTER = 24
"""How many months after the cohort's last day promotions are counted."""


def evaluator(api: Api, cohort: Answer, today: date) -> Generator[str, None, Answer]:
    """Where a cohort's members were, as known then and today, and why that differs; then outcomes and retention."""
    path = f"/v1/cohorts/{cohort['cohort_id']}"
    day = months_after(date.fromisoformat(cohort["starts_on"]), MONTHS)
    now = {"as_at": str(day), "attribution": "current"}
    then = now | {"known_at": str(day)}
    asked = now | {"known_from": str(day)}
    yield (
        f"EVALUATORS ask: where were the members of {cohort['code']} {MONTHS} months after its start, as known then "
        "and as known today?"
    )
    yield "  (attribution=current: with those who had moved in from another cohort, without those who had moved on.)"
    yield f"  {api.url(f'{path}/standing', **then)}"
    yield f"  As known then:  {counts(api.ask(f'{path}/standing', **then))}."
    yield f"  {api.url(f'{path}/standing', **now)}"
    yield f"  As known today: {counts(api.ask(f'{path}/standing', **now))}."
    changes = api.ask(f"{path}/changes", **asked)
    yield "What made the difference?"
    yield f"  {api.url(f'{path}/changes', **asked)}"
    for change in changes["items"]:
        yield f"  - {change['name']}: {_state(change['before'])}, now {_state(change['after'])}"
        for entry in change["entries"]:
            yield f"      {line(entry)}"
    yield from _promoted(api, path, cohort, today)
    yield from _retained(api, today)
    yield ""
    return changes


def _state(fellow: Answer | None) -> str:
    return "not in this cohort" if fellow is None else state(fellow["state"])


def _promoted(api: Api, path: str, cohort: Answer, today: date) -> Iterator[str]:
    day = months_after(date.fromisoformat(cohort["ends_on"]), AFTER)
    then = {"as_at": str(day), "known_at": str(day)}
    now = {"as_at": str(today)}
    yield f"How many of its fellows were promoted within {AFTER} months of its end, by {day}?"
    for words, asked in (("then: ", then), ("today:", now)):
        yield f"  {api.url(f'{path}/outcomes', months=AFTER, **asked)}"
        (month,) = api.ask(f"{path}/outcomes", months=AFTER, **asked)["months"]
        promoted = month["promoted"]
        yield (
            f"  As known {words} {promoted['count']} of {promoted['n']} who had started in it "
            f"({percent(promoted['percent'])}) were; "
            f"{month['not_promoted']['count']} were not; of {month['not_known']['count']} it was not known."
        )
    behind = f"{path}/outcomes/{AFTER}/promoted"
    known = {each["fellowship_id"] for each in api.ask(behind, **then)["people"]}
    yield "Whose promotion became known only later?"
    yield f"  {api.url(behind, **now)}"
    for person in api.ask(behind, **now)["people"]:
        if person["fellowship_id"] not in known:
            yield f"  - {person['name']}: {line(_promotion(api, person))}"


def _promotion(api: Api, person: Answer) -> Answer:
    """The entry that says how a fellow was promoted."""
    entries = api.ask(f"/v1/entries/career/{person['person_id']}")["items"]
    said = (entry for entry in entries if entry["kind"] == "career.promotion_recorded")
    return next(entry for entry in said if entry["happened"] == person["promoted_on"])


def _retained(api: Api, today: date) -> Iterator[str]:
    asked = {"months": MONTHS, "as_at": str(today)}
    yield f"How many of those who had started did each cohort still have, or had completed, after {MONTHS} months?"
    yield f"  {api.url('/v1/retention', **asked)}"
    items = api.ask("/v1/retention", **asked)["items"]
    found = [f"{each['code']} {_kept(month)}" for each in items for month in each["months"]]
    yield f"  {', '.join(found)}."
    yield (
        "  (Of those who had accepted their place in the cohort and started, wherever they are now, as with the "
        "promotions; where they were is told above of the cohort's members on the day.)"
    )


def _kept(month: Answer) -> str:
    return "not yet" if month["not_yet"] else f"{month['retained']} of {month['started']} starters"
