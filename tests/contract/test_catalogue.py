"""What keeps the catalogue honest: published schemas never change, and whatever was written can be read."""

import json
import runpy
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from domain import catalogue
from domain.catalogue import EVENTS, SCHEMAS, Published, check, events_md, examples, kinds, main, problems, published
from domain.event import Event, Payload
from domain.values import ERASED

KINDS = list(kinds().values())


def ids(thing: type[Event] | Published) -> str:
    return thing.path.stem if isinstance(thing, Published) else thing.kind


def test_the_published_schemas_and_the_listing_are_those_of_the_classes() -> None:
    assert check(kinds(), SCHEMAS, EVENTS) == []


@pytest.mark.parametrize("file", published(SCHEMAS), ids=ids)
def test_every_version_ever_published_can_still_be_read(file: Published) -> None:
    for example in json.loads(file.path.read_text())["examples"]:
        event = kinds()[file.kind].revive(file.version, example)
        assert type(event).model_validate(event.payload()) == event


@pytest.mark.parametrize("event", KINDS, ids=ids)
def test_every_kind_has_examples_that_load_and_store_alike(event: type[Event]) -> None:
    assert examples(event)
    for example in examples(event):
        assert event.revive(event.version(), example).payload() == event.model_validate(example).payload() == example


@pytest.mark.parametrize("event", KINDS, ids=ids)
def test_every_kind_loads_with_every_personal_field_erased(event: type[Event]) -> None:
    for example in examples(event):
        for erased in (set(event.personal()), *({name} for name in event.personal())):
            payload = {**example, **dict.fromkeys(erased, ERASED)}
            loaded = event.revive(event.version(), payload)
            assert {name for name in event.model_fields if getattr(loaded, name) is ERASED} == erased
            assert loaded.subject == event.model_validate(example).subject


def test_the_catalogue_lists_every_kind_with_its_personal_fields() -> None:
    listing = events_md(kinds())
    assert all(f"| `{kind}` |" in listing for kind in kinds())
    assert "*note?* (circumstances)" in listing


# What is said when a change would break what is published. These kinds are the tests' own.


class Noted(Event):
    """Something was noted."""

    kind = "test.noted"
    examples = ({"text": "tea"},)

    text: str


def with_language(payload: Payload) -> Payload:
    return {**payload, "language": "en"}


class NotedLater(Event):
    """Something was noted, in a language."""

    kind = "test.noted_later"
    upcasters = (with_language,)
    examples = ({"text": "tea", "language": "cy"},)

    text: str
    language: str


class Renamed(Event):
    """A field was renamed and the upcaster forgets it."""

    kind = "test.renamed"
    upcasters = (dict[str, Any],)
    examples = ({"body": "tea"},)

    body: str


def said(event: type[Event], files: dict[int, Payload], tmp_path: Path, *, kind: str | None = None) -> list[str]:
    """What the catalogue says of one class, given the examples of its published versions."""
    name = kind or event.kind
    for version, example in files.items():
        (tmp_path / f"{name}.v{version}.json").write_text(json.dumps({"examples": [example]}))
    present = tmp_path / f"{event.kind}.v{event.version()}.json"
    if present.exists() and name == event.kind:
        present.write_text(catalogue.written(event))
    return list(problems({event.kind: event}, tmp_path))


def test_a_kind_whose_versions_are_all_published_is_well(tmp_path: Path) -> None:
    assert said(Noted, {1: {"text": "tea"}}, tmp_path) == []


def test_a_kind_with_an_upcaster_for_each_earlier_version_is_well(tmp_path: Path) -> None:
    assert said(NotedLater, {1: {"text": "tea"}, 2: {}}, tmp_path) == []


def test_a_changed_shape_is_told_to_add_an_upcaster(tmp_path: Path) -> None:
    (tmp_path / "test.noted.v1.json").write_text('{"examples": []}')
    (sentence,) = problems({"test.noted": Noted}, tmp_path)
    assert "no longer has the shape published in test.noted.v1.json" in sentence
    assert "add an upcaster" in sentence


def test_a_version_never_published_is_a_gap_in_the_upcasters(tmp_path: Path) -> None:
    (sentence,) = said(NotedLater, {2: {"text": "tea", "language": "cy"}}, tmp_path)
    assert "test.noted_later.v1.json was never published" in sentence
    assert "an upcaster too many" in sentence


def test_an_upcaster_taken_away_is_missed(tmp_path: Path) -> None:
    (sentence,) = said(Noted, {1: {"text": "tea"}, 2: {"text": "tea"}}, tmp_path)
    assert "test.noted.v2.json is published, but the class is at version 1" in sentence
    assert "an upcaster was taken away" in sentence


def test_an_upcaster_that_loses_a_field_is_told_which_example_it_breaks(tmp_path: Path) -> None:
    (sentence,) = said(Renamed, {1: {"title": "tea"}, 2: {"body": "tea"}}, tmp_path)
    assert sentence.startswith("test.renamed version 1 can no longer be read; an example of test.renamed.v1.json:")


def test_a_kind_gone_or_renamed_is_missed(tmp_path: Path) -> None:
    sentences = said(Noted, {1: {}}, tmp_path, kind="test.old_name")
    assert sentences[0].startswith("test.old_name is gone or renamed")
    assert "test.noted.v1.json is not written yet" in sentences[1]


def test_the_command_writes_what_is_missing_and_never_what_is_published(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schemas, listing = tmp_path / "schemas", tmp_path / "EVENTS.md"
    copytree(SCHEMAS, schemas)
    changed = schemas / "fellowship.paused.v1.json"
    changed.unlink()
    assert main(["--check"], schemas, listing) == 1
    assert "EVENTS.md is not up to date" in capsys.readouterr().err
    assert main([], schemas, listing) == 0
    assert main(["--check"], schemas, listing) == 0
    assert changed.read_text() == (SCHEMAS / changed.name).read_text()
    changed.write_text('{"examples": []}')
    assert main([], schemas, listing) == 1
    assert changed.read_text() == '{"examples": []}'
    assert "fellowship.paused no longer has the shape" in capsys.readouterr().err
    assert main(["--force"], schemas, listing) == 2


def test_it_is_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["catalogue", "--check"])
    with pytest.raises(SystemExit) as left:
        runpy.run_path(catalogue.__file__, run_name="__main__")
    assert left.value.code == 0
