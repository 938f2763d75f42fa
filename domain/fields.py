"""The fields of an event: which types they may have, and how each is stored as JSON."""

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from domain.values import Erased, Id, Purpose, Sealed, is_personal


class Field(NamedTuple):
    """One field: how it becomes JSON, how it comes back (None: as it is), and what it is where it is not stored."""

    name: str
    dump: Callable[[Any], Any]
    load: Callable[[Any], Any] | None
    default: Callable[[], Any]


class Plan(NamedTuple):
    """How the fields of an event class are stored, which of them are personal, and which name something."""

    fields: tuple[Field, ...]
    personal: Mapping[str, Purpose]
    named: tuple[tuple[str, str], ...]


@cache
def plan(cls: type[BaseModel]) -> Plan:
    """How the fields of an event class are stored. Raises TypeError for a field that an event cannot hold."""
    fields: list[Field] = []
    personal: dict[str, Purpose] = {}
    named: list[tuple[str, str]] = []
    for name, info in cls.model_fields.items():
        where = f"{cls.__name__}.{name}"
        marked = is_personal(info.metadata)
        if marked:
            personal[name] = _purpose(where, info)
        bare = _bare(info.annotation, where)
        dump, load = _codec(bare, where)
        fields.append(Field(name, dump, load, _default(where, info)))
        if isinstance(bare, type) and issubclass(bare, Id) and bare.stream:
            named.append((name, bare.stream))
    return Plan(tuple(fields), types.MappingProxyType(personal), tuple(named))


def _default(where: str, info: FieldInfo) -> Callable[[], Any]:
    def default() -> Any:
        if info.is_required():
            raise ValueError(f"{where} is missing from what is stored; an upcaster must supply it")
        return info.get_default(call_default_factory=True)

    return default


def _purpose(where: str, info: FieldInfo) -> Purpose:
    purposes = [mark for mark in info.metadata if isinstance(mark, Purpose)]
    if len(purposes) != 1:
        raise TypeError(f"{where} is personal and must name one Purpose")
    return purposes[0]


def _bare(annotation: Any, where: str) -> Any:
    """The one type behind an annotation, without None, Sealed and Erased."""
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    if get_origin(annotation) in (Union, types.UnionType):
        options = [a for a in get_args(annotation) if a not in (type(None), Sealed, Erased)]
        if len(options) == 1:
            return _bare(options[0], where)
        raise TypeError(f"{where} must be of one type; None may stand beside it")
    return annotation


def _same(value: Any) -> Any:
    return value


def _codec(bare: Any, where: str) -> tuple[Callable[[Any], Any], Callable[[Any], Any] | None]:
    """How a field of this type becomes JSON and comes back; None stands for "as it is"."""
    if get_origin(bare) is Literal or bare in (str, int, bool):
        return _same, None
    if get_origin(bare) is tuple:
        dump, load = _codec(_bare(get_args(bare)[0], where), where)
        unload = load or _same
        return (
            _or_none(lambda values: [dump(v) for v in values]),
            lambda values: tuple(unload(v) for v in values),
        )
    if isinstance(bare, type):
        if issubclass(bare, StrEnum):
            return _or_none(lambda value: value.value), bare
        if issubclass(bare, Id):
            return _or_none(str), bare
        if issubclass(bare, date) and not issubclass(bare, datetime):
            return _or_none(date.isoformat), date.fromisoformat
        if issubclass(bare, Decimal):
            return _or_none(str), Decimal
    raise TypeError(
        f"{where}: an event holds text, whole numbers, decimals, booleans, dates, identifiers, "
        f"enumerations of text, and tuples of those; not {bare!r}"
    )


def _or_none(dump: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else dump(value)
