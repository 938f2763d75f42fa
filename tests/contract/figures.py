"""How a program follows figures with the document alone: where each is declared, where it leads, what makes it up."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, cast

Json = dict[str, Any]

BEHIND = "x-behind"


class Met(NamedTuple):
    """A figure in an answer: the form and the field that declare it, its value, its address, and what makes it up."""

    form: str
    name: str
    value: Decimal
    href: str
    behind: Json


class Forms:
    """The forms of a document."""

    def __init__(self, document: Json) -> None:
        self._forms: Json = document["components"]["schemas"]

    def fields(self, schema: Json) -> Iterator[tuple[str, str, Json]]:
        """Every field of the objects that an answer of this form may hold, with the name of the form it is in."""
        seen: set[str] = set()

        def below(schema: Json) -> Iterator[tuple[str, str, Json]]:
            for form, fields in self._named(schema):
                if form not in seen:
                    seen.add(form)
                    for name, field in fields["properties"].items():
                        yield form, name, field
                        yield from below(field)
            for inside in self._inside(schema):
                yield from below(inside)

        return below(schema)

    def figures(self, schema: Json, value: Any, hrefs: Mapping[str, str] | None = None) -> Iterator[Met]:
        """The figures in an answer of this form, except those that are null."""
        if isinstance(value, list):
            for inside in self._inside(schema):
                for each in cast(list[Any], value):
                    yield from self.figures(inside, each, hrefs)
        elif isinstance(value, dict):
            held = cast(Json, value)
            for form, fields in self._named(schema):
                own: Mapping[str, str] = held.get("hrefs") or hrefs or {}
                for name, field in fields["properties"].items():
                    if BEHIND in field and held[name] is not None:
                        yield Met(form, name, Decimal(str(held[name])), own[name], field[BEHIND])
                    yield from self.figures(field, held.get(name), own)
            for inside in self._inside(schema):
                for each in held.values():
                    yield from self.figures(inside, each, hrefs)

    def _named(self, schema: Json) -> Iterator[tuple[str, Json]]:
        for each in (schema, *schema.get("anyOf", ())):
            if "$ref" in each:
                form = each["$ref"].rpartition("/")[2]
                if "properties" in self._forms[form]:
                    yield form, self._forms[form]

    def _inside(self, schema: Json) -> Iterator[Json]:
        for each in (schema, *schema.get("anyOf", ())):
            if "items" in each:
                yield each["items"]
            if isinstance(each.get("additionalProperties"), dict):
                yield each["additionalProperties"]


def made_up(behind: Json, answer: Json) -> Decimal:
    """What the answer at a figure's address makes it."""
    rows: list[Json] = _at(behind["rows"], answer) or []
    values = [_of(behind["sums"], row) for row in rows]
    if behind.get("least") is not None:
        values = [max(Decimal(behind["least"]), value) for value in values]
    if behind.get("each") is None:
        return sum(values, Decimal(0))
    largest: dict[str, Decimal] = {}
    for row, value in zip(rows, values, strict=True):
        who = row[behind["each"]]
        largest[who] = max(value, largest.get(who, value))
    return sum(largest.values(), Decimal(0))


def _of(sums: list[str], row: Json) -> Decimal:
    if not sums:
        return Decimal(1)
    signed = ((-1 if field.startswith("-") else 1, _at(field.removeprefix("-"), row)) for field in sums)
    return sum((sign * Decimal(str(value or 0)) for sign, value in signed), Decimal(0))


def _at(path: str, value: Any) -> Any:
    for name in path.split("."):
        value = None if value is None else value.get(name)
    return value
