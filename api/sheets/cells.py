"""What the cells of sheets may hold."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from api.importing.columns import Parse, given, one_of
from api.statement import EARLIEST, LATEST
from domain.event import Evidence
from domain.refusal import Refusal
from domain.values import DocumentId, Happened, Id

N = TypeVar("N", bound=Id)

_PERIOD = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_REASON = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DECIMAL = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")

yes_or_no = one_of({"yes": True, "no": False})


def day(text: str) -> date:
    """A day."""
    if not _DAY.fullmatch(text):
        raise ValueError("it must be a day, written 2014-04-12")
    return _likely(text)


def period(text: str) -> str:
    """A day, a month or a year."""
    if not _PERIOD.fullmatch(text):
        raise ValueError("it must be a day, written 2014-04-12, or 2014-04 or 2014 where no more is known")
    _likely(text)
    return text


def code(text: str) -> str:
    """A code of the file's own."""
    if len(text) > 80:
        raise ValueError("it must be at most 80 characters")
    return given(text)


def reason(text: str) -> str:
    """A neutral reason code."""
    if not _REASON.fullmatch(text):
        raise ValueError("it must be a code in small letters, digits and underscores, such as service_need")
    return text


def identifier(kind: type[N]) -> Callable[[str], N]:
    """An identifier that the record gave."""

    def parse(text: str) -> N:
        try:
            return kind(UUID(text))
        except ValueError:
            raise ValueError("it must be an identifier, such as 9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03") from None

    return parse


def word(of: type[StrEnum]) -> Parse:
    """One of the words of an enumeration."""
    return one_of({each.value: each for each in of})


def evidence(text: str) -> Evidence:
    """A document that bears a fact out."""
    document, _, sha256 = text.partition(" ")
    if not _SHA256.fullmatch(sha256):
        raise ValueError("it must be the document's identifier, a space, and the SHA-256 of its bytes in hex")
    return Evidence(identifier(DocumentId)(document), sha256)


def words(of: type[StrEnum]) -> Parse:
    """Some of the words of an enumeration, separated by semicolons."""
    one = word(of)
    return lambda text: tuple(dict.fromkeys(one(each.strip()) for each in text.split(";")))


def number(annotation: Any, says: str) -> Parse:
    """A decimal number, with what else the annotation asks of it; `says` tells what is right."""
    adapter: TypeAdapter[Decimal] = TypeAdapter(annotation)

    def parse(text: str) -> Decimal:
        try:
            return adapter.validate_python(Decimal(text) if _DECIMAL.fullmatch(text) else None)
        except ValidationError:
            raise ValueError(f"it must be {says}") from None

    return parse


def text(annotation: Any, says: str) -> Parse:
    """A text, with what else the annotation asks of it; `says` tells what is right."""
    adapter: TypeAdapter[str] = TypeAdapter(annotation)

    def parse(cell: str) -> str:
        if not cell.isprintable():
            raise ValueError(f"it must be {says}")
        try:
            return adapter.validate_python(cell)
        except ValidationError:
            raise ValueError(f"it must be {says}") from None
        except Refusal as refusal:
            explained = refusal.explanation()
            raise ValueError(explained[0].lower() + explained[1:].rstrip(".")) from None

    return parse


def _likely(text: str) -> date:
    try:
        found = Happened.within(text, "first").day
    except ValueError:
        raise ValueError("there is no such day: write it as 2014-04-12") from None
    if not EARLIEST <= found <= LATEST:
        raise ValueError(f"it must lie between {EARLIEST} and {LATEST}")
    return found
