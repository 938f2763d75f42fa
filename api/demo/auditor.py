"""What auditors ask of the demonstration: what is behind a completion, who changed what, and what is refused."""

from collections.abc import Iterator
from uuid import UUID, uuid5

from api.demo.asking import Answer, Answered, Api
from api.demo.words import line, recorded, what, who


def auditor(api: Api, changes: Answer) -> Iterator[str]:
    """One fellow's completion back to its entries, a value before and after its correction, and refused overwriting."""
    corrected = next(
        change for change in changes["items"] if any(entry["link_how"] == "corrects" for entry in change["entries"])
    )
    path = f"/v1/entries/fellowship/{corrected['fellowship_id']}"
    yield f"AUDITORS ask: what is behind {corrected['name']}'s completion, each entry with its record number?"
    yield f"  {api.url(path)}"
    entries = api.ask(path)["items"]
    for entry in entries:
        changed = " and ".join(f"record number {position}" for position in entry["changed_by"])
        since = f" - {entry['status'].replace('_', ' ')} by {changed}" if changed else ""
        yield f"  {entry['position']:>5}  {line(entry)}{since}"
    timeline = f"/v1/fellowships/{corrected['fellowship_id']}/timeline"
    yield f"  With all else on their timeline: {len(api.ask(timeline)['items'])} entries."
    yield f"  {api.url(timeline)}"
    after = next(entry for entry in entries if entry["link_how"] == "corrects")
    before = next(
        entry for entry in entries if (entry["stream"], entry["version"]) == (after["stream"], after["link_version"])
    )
    yield from _who_and_why(api, before, after)
    yield from _refused(api, before)


def _who_and_why(api: Api, before: Answer, after: Answer) -> Iterator[str]:
    numbers = [before["position"], after["position"]]
    yield "What did it say before and after the correction; who said so, when, and why?"
    yield f"  {api.url('/v1/entries', number=numbers)}"
    for entry in api.ask("/v1/entries", number=numbers)["items"]:
        dated = f" dated {entry['source_dated']}" if entry["source_dated"] else ""
        reason = f', because of "{entry["reason"].replace("_", " ")}"' if entry["reason"] else ""
        yield f"  {entry['position']:>5}  {what(entry)}; {recorded(entry)}{dated}{reason}"
        yield f"         by {who(entry)}"
    yield (
        f"  A correction is a further entry: record number {numbers[0]} stays as it was, and from record number "
        f"{numbers[1]} on the answers follow the correction."
    )


def _refused(api: Api, entry: Answer) -> Iterator[str]:
    record = f"/v1/entries/{entry['stream'].replace(':', '/')}"
    yield "Can what was recorded be overwritten, or taken away?"
    stated = {"actor": entry["actor"], "reason": "keying_error", "happened": entry["happened"]}
    body = stated | {"fact": entry["fields"]}
    address = f"{record}/{entry['version']}/correction"
    key = str(uuid5(UUID(record.rpartition("/")[2]), address))
    seen = {"Idempotency_Key": key, "If_Match": f'"{entry["version"]}"'}
    sent = api.send("POST", address, body, **seen)
    yield "  Here somebody restates the entry as it was at first, not having seen what was entered since:"
    yield f"  {api.curl('POST', address, body, **seen)}"
    yield f"  Refused, {_said(sent)}"
    yield "  And here somebody puts another entry in its place, or deletes it:"
    for method in ("PUT", "DELETE"):
        restated = body if method == "PUT" else None
        answered = api.send(method, record, restated)
        yield f"  {api.curl(method, record, restated)}"
        yield f"  Refused, {_said(answered)}"


def _said(answered: Answered) -> str:
    """What a refusal said, for its two sentences are one where there is no more to say."""
    title, detail = answered.body["title"], answered.body.get("detail")
    return f"{answered.status}: {title}" + (f" {detail}" if detail not in (None, title) else "")
