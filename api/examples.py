"""The examples that OpenAPI shows: one programme, one cohort, one fellow, all invented."""

from collections.abc import Mapping
from typing import Any, cast

from pydantic import ConfigDict

PROGRAMME = "3f0d1c52-6d1c-4a53-9d44-0c5f4d6f2a11"
COHORT = "0d7c2f9e-2b6f-4f5b-9b43-1f7f5b6f1c02"
LATER_COHORT = "c2a7e4d0-1d35-4a3e-a2a4-9c8a1e5d7f04"
PERSON = "5b0e6a0e-54f1-4c37-8f3a-6f0f3c1f9a01"
FELLOWSHIP = "9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03"
ACCREDITATION = "e86b7a52-4a0f-4a7c-8f0e-8f4f8a1b2c05"
WORK = "77c1b3a8-92a5-4b0e-8f0a-4a8b6f1f7c10"
ORGANISATION = "e1b7c9d2-40f3-4d7a-8c55-7a1f0e6b2d12"
SECONDMENT = "a3c5e7f9-2b4d-4f6a-8c0e-1d3f5b7a9c11"
SESSION = "d2f3a7b4-6c1e-4c55-9e0b-3a8f7e5c1d21"
COACHING = "b8d50c1e-3a46-4f0c-9d2b-6e7f8a9b0c13"
COACH = "6a1f2b3c-7d8e-4f90-a1b2-c3d4e5f60714"
PROJECT = "f4b6d8e0-3c5a-4e7b-9d1f-2a4c6e8b0d15"
SITE = "c9e2a4b6-1d3f-4a58-9c7e-0b2d4f6a8c19"
ROLE = "4d5e6f70-8192-4a3b-9c4d-5e6f70819216"
ACTOR = "1f4e8a52-0d6b-4c89-9d7c-5b1f2a3e4c01"

STATEMENT: Mapping[str, Any] = {
    "actor": ACTOR,
    "role": "programme_manager",
    "happened": "2014-04-12",
    "source": "letter_of_acceptance",
}
"""The common part of a command."""

HREF = f"/v1/fellowships/{FELLOWSHIP}/timeline?as_at=2014-04-12&known_at=1204"
CAUSES = "/v1/entries?as_at=2014-04-12&known_at=1204&number=1190"
"""Addresses of what is behind a figure."""
CITATION = f"/v1/cohorts/{COHORT}/standing?as_at=2014-04-12&known_at=1204&cited=standing+2"
"""The address that always gets an answer."""

RECEIPT: Mapping[str, Any] = {
    "position": 1204,
    "recorded_at": "2014-04-14T09:12:44.120933Z",
    "streams": [{"stream": f"fellowship:{FELLOWSHIP}", "version": 5}],
    "irregularities": [],
}
"""A receipt for a change."""


_NULL = "(null)"
"""What stands for null until the document is made: the framework leaves nulls out, of examples too."""


def shown(*examples: Mapping[str, Any]) -> ConfigDict:
    """A model's configuration that shows these examples."""
    return ConfigDict(json_schema_extra={"examples": _swapped(list(examples), None, _NULL)})


def with_nulls(document: dict[str, Any]) -> dict[str, Any]:
    """The document with the nulls of its examples in it."""
    return _swapped(document, _NULL, None)


def _swapped(value: Any, old: str | None, new: str | None) -> Any:
    match value:
        case Mapping():
            return {name: _swapped(each, old, new) for name, each in cast(Mapping[str, Any], value).items()}
        case list():
            return [_swapped(each, old, new) for each in cast(list[Any], value)]
        case _:
            return new if value == old else value


def said(**fact: Any) -> ConfigDict:
    """A command's configuration that shows it with this fact."""
    return shown({**STATEMENT, **fact})


def opened(stream: str, identifier: str) -> ConfigDict:
    """The configuration of a receipt for something new."""
    streams = [{"stream": f"{stream}:{identifier}", "version": 1}]
    return shown({**RECEIPT, "streams": streams, f"{stream}_id": identifier})


def answered(*views: str, **fields: Any) -> ConfigDict:
    """The configuration of an answer that rests on these views."""
    return shown({"as_at": "2014-04-12", "position": 1204, "views": list(views), "citation": CITATION, **fields})
