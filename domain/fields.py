"""The fields of an event: which types they may have, and how each is stored as JSON."""

import types
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from domain.values import Erased, Id, Purpose, Sealed, is_personal

Change: TypeAlias = Callable[[Any], Any] | None
"""What becomes of a value on its way into or out of JSON; None: it stays as it is."""


class Named(NamedTuple):
    """A field that names something, one or many, and what stands before its identifier: `cohort:`."""

    field: str
    prefix: str
    many: bool


class Plan(NamedTuple):
    """How the fields of an event class are stored, which of them are personal, and which name something."""

    dumps: tuple[tuple[str, Change], ...]
    """How each field becomes JSON."""
    loads: tuple[tuple[str, Change, Callable[[], Any]], ...]
    """How each field comes back, and what it is where it is not stored."""
    types: Mapping[str, Any]
    """The type of each field, without None and what stands for a personal field that is not open."""
    names: set[str]
    """The fields, in the one set that all stored events of the class are given as theirs; nothing changes it."""
    personal: Mapping[str, Purpose]
    named: tuple[Named, ...]


@cache
def plan(cls: type[BaseModel]) -> Plan:
    """How the fields of an event class are stored. Raises TypeError for a field that an event cannot hold."""
    dumps: list[tuple[str, Change]] = []
    loads: list[tuple[str, Change, Callable[[], Any]]] = []
    kinds: dict[str, Any] = {}
    personal: dict[str, Purpose] = {}
    named: list[Named] = []
    for name, info in cls.model_fields.items():
        where = f"{cls.__name__}.{name}"
        marked = is_personal(info.metadata)
        if marked:
            personal[name] = _purpose(where, info)
        bare = _bare(info.annotation, where)
        kinds[name] = bare
        dump, load = _codec(bare, where)
        dumps.append((name, dump))
        loads.append((name, load, _default(where, info)))
        many = get_origin(bare) is tuple
        one = _bare(get_args(bare)[0], where) if many else bare
        if isinstance(one, type) and issubclass(one, Id) and one.stream:
            named.append(Named(name, f"{one.stream}:", many))
    read_only = types.MappingProxyType
    return Plan(tuple(dumps), tuple(loads), read_only(kinds), set(cls.model_fields), read_only(personal), tuple(named))


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


def _codec(bare: Any, where: str) -> tuple[Change, Change]:
    """How a field of this type becomes JSON, and how it comes back. Neither is asked about None."""
    if get_origin(bare) is Literal or bare in (str, int, bool):
        return None, None
    if get_origin(bare) is tuple:
        dump, load = _codec(_bare(get_args(bare)[0], where), where)
        return _each(list, dump), _each(tuple, load)
    if isinstance(bare, type):
        if issubclass(bare, StrEnum):
            return _value, _Members(bare).__getitem__
        if issubclass(bare, Id):
            return str, bare
        if issubclass(bare, date) and not issubclass(bare, datetime):
            return date.isoformat, date.fromisoformat
        if issubclass(bare, Decimal):
            return str, Decimal
    raise TypeError(
        f"{where}: an event holds text, whole numbers, decimals, booleans, dates, identifiers, "
        f"enumerations of text, and tuples of those; not {bare!r}"
    )


def _each(kind: Callable[[Any], Any], change: Change) -> Callable[[Any], Any]:
    return kind if change is None else lambda values: kind(map(change, values))


def _value(member: StrEnum) -> str:
    return member.value


class _Members(dict[Any, StrEnum]):
    """The members of an enumeration by their values: finding one here takes a tenth of calling the enumeration."""

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__((member.value, member) for member in kind)
        self._kind = kind

    def __missing__(self, value: Any) -> StrEnum:
        return self._kind(value)
