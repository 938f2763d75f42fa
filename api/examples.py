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
ACTOR = "1f4e8a52-0d6b-4c89-9d7c-5b1f2a3e4c01"

STATEMENT: Mapping[str, Any] = {
    "actor": ACTOR,
    "role": "programme_manager",
    "happened": "2014-04-12",
    "source": "letter of 12 April",
}
"""The common part of a command."""

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
    return shown({"as_at": "2014-04-12", "position": 1204, "views": list(views), **fields})
