"""Events of every kind, drawn from what their classes declare: a new kind is drawn without a word here."""

import types
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from random import Random
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

import domain
from domain.catalogue import examples, kinds
from domain.event import Event
from domain.values import ERASED, Erased, Happened, Id, Precision, Sealed

Days: TypeAlias = tuple[date, ...]
Numbers: TypeAlias = Sequence[int]
"""What identifiers are told apart by, whatever they identify; a number that is there twice comes twice as often."""
Choice: TypeAlias = Callable[[Random, Numbers], Any]

KINDS: dict[str, type[Event]] = {
    kind: event for kind, event in kinds().items() if kind.partition(".")[0] in domain.STREAMS
}
"""Every kind that a stream of the record holds, by name."""

_INTEGERS = (0, 1, 2, 12, 24, 29, 30, 45, 60, 90, 120, 360)
_DECIMALS = tuple(Decimal(text) for text in ("0.3", "0.5", "0.6", "1", "1.25", "0.125", "60"))
_LETTERS = "0123456789AZaz"


def place(number: int) -> str:
    """What stands for an identifier until a history is written; the same number, the same one, of whatever type."""
    return str(UUID(int=number))


def drawn(kind: type[Event], days: Days, random: Random, numbers: Numbers) -> Event:
    """A valid event of a kind. Its dates are among the days; its identifiers are the `place`s of these numbers."""
    return kind(**{name: choose(random, numbers) for name, choose in _fields(kind, days).items()})


def happened(kind: type[Event], days: Days, random: Random) -> Happened:
    """When such a fact happened: mostly known to the day; to the month or the year where it is placed on that day."""
    return random.choice(_happened(kind, days))


@cache
def _fields(kind: type[Event], days: Days) -> dict[str, Choice]:
    said = examples(kind)
    return {
        name: _choice(
            f"{kind.kind}.{name}",
            field.annotation,
            field.metadata,
            tuple(example[name] for example in said if name in example),
            days,
        )
        for name, field in kind.model_fields.items()
    }


@cache
def _happened(kind: type[Event], days: Days) -> list[Happened]:
    exact = [Happened(day) for day in days]
    unknown = [Happened(day, Precision.UNKNOWN) for day in days]
    periods = [
        Happened.within(period, kind.placed)
        for period in dict.fromkeys(text for day in days for text in (f"{day:%Y-%m}", f"{day:%Y}"))
    ]
    return exact * 6 + unknown + [each for each in periods if each.day in days]


def _choice(where: str, annotation: Any, metadata: Iterable[Any], said: tuple[Any, ...], days: Days) -> Choice:
    """How a field or a part of one is chosen, from its type and from what its examples hold."""
    if get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        return _choice(where, inner, (*metadata, *more), said, days)
    if get_origin(annotation) in (Union, types.UnionType):
        options = [option for option in get_args(annotation) if option not in (Sealed, Erased, type(None))]
        meant = _choice(where, options[0], metadata, said, days)
        others = [other for kind, other in ((type(None), None), (Erased, ERASED)) if kind in get_args(annotation)]
        return lambda random, numbers: random.choice([meant(random, numbers)] * 3 + others)
    if get_origin(annotation) is tuple:
        element = _choice(where, get_args(annotation)[0], (), tuple(each for one in said for each in one), days)
        least = next((mark.min_length for mark in _flat(metadata) if hasattr(mark, "min_length")), 0)
        return lambda random, numbers: tuple(element(random, numbers) for _ in range(random.randint(least, 3)))
    if isinstance(annotation, type) and issubclass(annotation, Id):
        return lambda random, numbers: annotation(place(random.choice(numbers)))
    allowed = _allowed(annotation, _flat(metadata), _candidates(annotation, said, days))
    if not allowed:
        raise TypeError(f"{where}: its class has no example of what it holds")
    return lambda random, numbers: random.choice(allowed)


def _candidates(annotation: Any, said: tuple[Any, ...], days: Days) -> list[Any]:
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if isinstance(annotation, type):
        if issubclass(annotation, StrEnum):
            return list(annotation)
        if issubclass(annotation, bool):
            return [False, True]
        if issubclass(annotation, date):
            return list(days)
        if issubclass(annotation, int):
            return [*_INTEGERS, *said]
        if issubclass(annotation, Decimal):
            return [*_DECIMALS, *said]
    texts = [text for text in said if isinstance(text, str)]
    return [*(other for text in texts for other in (text, *_altered(text))), "A word", "Another word"]


def _altered(text: str) -> Iterable[str]:
    """The same text with another last character."""
    return (text[:-1] + letter for letter in _LETTERS if letter != text[-1])


def _allowed(annotation: Any, metadata: list[Any], candidates: list[Any]) -> list[Any]:
    """The candidates that the type takes, at most a handful of those that are not named one by one."""
    whole: Any = Annotated[(annotation, *metadata)] if metadata else annotation
    adapter: TypeAdapter[Any] = TypeAdapter(whole)
    found: list[Any] = []
    for candidate in dict.fromkeys(candidates):
        try:
            found.append(adapter.validate_python(candidate))
        except ValidationError:
            continue
    return found if isinstance(annotation, type) and annotation is not str else found[:4]


def _flat(metadata: Iterable[Any]) -> list[Any]:
    """The marks of an annotation, out of the `Field`s that bundle them."""
    return [mark for each in metadata for mark in (each.metadata if isinstance(each, FieldInfo) else (each,))]
