"""The catalogue of events: EVENTS.md for readers, and one schema a version of each kind, kept for ever once published.

`python -m domain.catalogue` writes what is missing; with `--check` it only says what is wrong.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any, NamedTuple, cast

import domain
from domain.event import CATALOGUE, Event, Payload

HERE = Path(domain.__file__).parent
EVENTS = HERE / "EVENTS.md"
SCHEMAS = HERE / "schemas"

Kinds = Mapping[str, type[Event]]


def kinds() -> Kinds:
    """The kinds of event of this package, by name."""
    return {kind: CATALOGUE[kind] for kind in sorted(CATALOGUE) if CATALOGUE[kind].__module__.startswith("domain.")}


def examples(event: type[Event]) -> tuple[Payload, ...]:
    """Stored fields that load as the present version: the class's own, or none where it has no fields."""
    return event.examples or (() if event.model_fields else ({},))


def schema(event: type[Event]) -> dict[str, Any]:
    """What is published of the present version of a kind. It holds no prose, which may still be improved."""
    shape = cast(dict[str, Any], _without_prose(event.model_json_schema()))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{event.kind}.v{event.version()}",
        **shape,
        "x-phase": event.phase.name.lower(),
        "x-placed": event.placed,
        "x-personal": {name: str(purpose) for name, purpose in event.personal().items()},
        "examples": list(examples(event)),
    }


def _without_prose(node: Any) -> Any:
    if isinstance(node, dict):
        fields = cast(dict[str, Any], node)
        return {
            key: _without_prose(value)
            for key, value in fields.items()
            if not (key in ("title", "description") and isinstance(value, str))
        }
    if isinstance(node, list):
        return [_without_prose(item) for item in cast(list[Any], node)]
    return node


def written(event: type[Event]) -> str:
    """The text of a kind's schema file."""
    return json.dumps(schema(event), indent=2, ensure_ascii=False) + "\n"


def events_md(events: Kinds) -> str:
    """The text of EVENTS.md."""
    return "\n".join(_lines(events)) + "\n"


def _lines(events: Kinds) -> Iterator[str]:
    yield "# Events"
    yield ""
    yield "Written by `python -m domain.catalogue` from the event classes. Every kind of fact there is, what it says,"
    yield "and its fields. *Italic* fields are personal: encrypted under a key of the person for the purpose named."
    yield "A fact comes first, during or last among those of its day; one known to the month or year only is placed on"
    yield "the first or the last day of it."
    slice_name = None
    for kind, event in events.items():
        if (name := kind.partition(".")[0]) != slice_name:
            slice_name = name
            yield ""
            yield f"## {name}"
            yield ""
            yield "| kind | version | says | fields | of its day | placed |"
            yield "| --- | --- | --- | --- | --- | --- |"
        says = " ".join(cleandoc(event.__doc__ or "").split())
        order = {"opens": "first", "during": "during", "ends": "last"}[event.phase.name.lower()]
        yield f"| `{kind}` | {event.version()} | {says} | {', '.join(_fields(event))} | {order} | {event.placed} |"


def _fields(event: type[Event]) -> Iterator[str]:
    for name, info in event.model_fields.items():
        optional = "" if info.is_required() else "?"
        purpose = event.personal().get(name)
        yield f"*{name}{optional}* ({purpose})" if purpose else f"`{name}`{optional}"


class Published(NamedTuple):
    """A schema file: the kind and the version it publishes."""

    path: Path
    kind: str
    version: int


def published(schemas: Path) -> list[Published]:
    """Every version ever published, in order."""
    named = [(path, *path.stem.rpartition(".v")) for path in schemas.glob("*.json")]
    return sorted((Published(path, kind, int(version)) for path, kind, _, version in named), key=lambda p: p[1:])


def problems(events: Kinds, schemas: Path) -> Iterable[str]:
    """What keeps the classes and the published schemas from agreeing, a sentence each; empty where all is well."""
    files = {(file.kind, file.version): file.path for file in published(schemas)}
    for kind, version in files:
        if kind not in events:
            yield (
                f"{kind} is gone or renamed, but {kind}.v{version}.json is published, and facts may be recorded "
                "under it: keep the class."
            )
        elif version > events[kind].version():
            yield (
                f"{kind}.v{version}.json is published, but the class is at version {events[kind].version()}: "
                "an upcaster was taken away. The tuple holds one for each earlier version, oldest first."
            )
    for kind, event in events.items():
        for version in range(1, event.version()):
            if (kind, version) not in files:
                yield (
                    f"{kind} is at version {event.version()}, but {kind}.v{version}.json was never published: "
                    "there is an upcaster too many, or a schema file was removed."
                )
        present = files.get((kind, event.version()))
        if present is None:
            yield f"{kind}.v{event.version()}.json is not written yet: run `python -m domain.catalogue`."
        elif present.read_text() != written(event):
            yield (
                f"{kind} no longer has the shape published in {present.name}. Stored facts keep that shape for ever: "
                "put the class back, or add an upcaster from it and publish the next version."
            )
        yield from _unreadable(event, [(v, path) for (k, v), path in files.items() if k == kind])


def _unreadable(event: type[Event], files: Iterable[tuple[int, Path]]) -> Iterator[str]:
    for version, path in files:
        if version <= event.version():
            for example in json.loads(path.read_text())["examples"]:
                try:
                    event.model_validate(event.revive(version, example).payload())
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    yield f"{event.kind} version {version} can no longer be read; an example of {path.name}: {error}"


def write(events: Kinds, schemas: Path, listing: Path) -> list[str]:
    """Write what is missing and the listing anew; published schemas are left alone. Returns what is still wrong."""
    schemas.mkdir(exist_ok=True)
    for kind, event in events.items():
        path = schemas / f"{kind}.v{event.version()}.json"
        if not path.exists():
            path.write_text(written(event))
    listing.write_text(events_md(events))
    return list(problems(events, schemas))


def check(events: Kinds, schemas: Path, listing: Path) -> list[str]:
    """What is wrong with the published schemas or the listing, a sentence each."""
    wrong = list(problems(events, schemas))
    if not listing.exists() or listing.read_text() != events_md(events):
        wrong.append(f"{listing.name} is not up to date: run `python -m domain.catalogue`.")
    return wrong


def main(arguments: list[str], schemas: Path = SCHEMAS, listing: Path = EVENTS) -> int:
    """The command: 0 where all is well, 1 where something is wrong, 2 where the arguments are."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m domain.catalogue [--check]", file=sys.stderr)
        return 2
    wrong = (check if arguments else write)(kinds(), schemas, listing)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
