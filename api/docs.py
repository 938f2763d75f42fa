"""The interface as a page to read, made of its OpenAPI document: what can be asked, and what to send to record."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from api.reader import Coordinates
from api.statement import Dated

Json = Mapping[str, Any]

_EVERY_COMMAND = Dated.model_fields.keys()
"""The fields of every command: told once."""
_EVERY_QUESTION = {*Coordinates.model_fields, "Min-Position"}
_EVERY_HEADER = {"Idempotency-Key", "If-Match"}
_PATTERNS = {
    r"^[a-z][a-z0-9_]{0,63}$": "a code: small letters, digits and underscores",
    r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$": "a day, a month or a year: 2014-04-12, 2014-04 or 2014",
    r"^[0-9a-f]{64}$": "64 hexadecimal digits",
}
_FORMATS = {"uuid": "an identifier, a UUID", "date": "a day: 2014-04-12", "date-time": "a time"}
_TYPES = {"boolean": "true or false", "object": "an object", "null": "null"}


def page(document: Json) -> Iterator[str]:
    """The page's parts, in HTML."""
    read = _Reader(document)
    yield f"<h1>Fellowtrace: what can be asked and recorded</h1>{paragraphs(document['info']['description'])}"
    yield "<h2>Contents</h2>"
    yield '<ul><li><a href="#commands">Every command</a></li><li><a href="#ask">Every question</a></li></ul>'
    for tag in document["tags"]:
        yield f'<p><a href="#{tag["name"]}"><strong>{tag["name"].capitalize()}</strong></a></p><ul>'
        for method, _, operation in read.operations(tag["name"]):
            named = f'<a href="#{operation["operationId"]}">{_inline(operation["summary"])}</a>'
            yield f"<li>{named} <small>{method.upper()}</small></li>"
        yield "</ul>"
    yield from read.every_command()
    yield from read.every_question()
    for tag in document["tags"]:
        yield f'<h2 id="{tag["name"]}">{tag["name"].capitalize()}</h2><p>{escape(tag["description"])}</p>'
        for method, path, operation in read.operations(tag["name"]):
            yield from read.operation(method, path, operation)


def paragraphs(text: str) -> str:
    """Paragraphs with their `code` and **stress**."""
    return "".join(f"<p>{_inline(each)}</p>" for each in re.split(r"\n\s*\n", text.strip()))


class _Reader:
    """Reads one document."""

    def __init__(self, document: Json) -> None:
        self._forms: Mapping[str, Json] = document["components"]["schemas"]
        self._operations = [
            (method, path, operation)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        ]

    def operations(self, tag: str) -> list[tuple[str, str, Json]]:
        """Method, path and description of all that is about a subject."""
        return [each for each in self._operations if tag in each[2]["tags"]]

    def every_command(self) -> Iterator[str]:
        """What all commands have in common."""
        yield '<h2 id="commands">Every command</h2><p>These headers go with it, and it is sent as JSON.</p>'
        yield from _parameters(self._named(_EVERY_HEADER))
        yield "<p>These fields it may have besides its own. A command says which of them it needs.</p>"
        found: dict[str, Json] = {}
        for *_, operation in self._operations:
            if (form := self._body(operation)) is not None:
                found |= {name: each for name, each in form["properties"].items() if name not in found}
        yield from self._table([(name, found[name], None) for name in _EVERY_COMMAND])

    def every_question(self) -> Iterator[str]:
        """What all questions have in common."""
        yield '<h2 id="ask">Every question</h2><p>It may have these parameters, where it names them.</p>'
        yield from _parameters(self._named(_EVERY_QUESTION))

    def operation(self, method: str, path: str, operation: Json) -> Iterator[str]:
        """One thing that can be asked or recorded."""
        address = f"{method.upper()} {escape(path)}"
        plainly = method == "get" and "{" not in path
        named = f'<a href="{escape(path)}">{address}</a>' if plainly else address
        yield f'<section id="{operation["operationId"]}"><h3>{_inline(operation["summary"])}</h3>'
        yield f"<p><code>{named}</code></p>{paragraphs(operation['description'])}"
        found: Sequence[Json] = operation.get("parameters", [])
        common = [each["name"] for each in found if each["name"] in _EVERY_QUESTION | _EVERY_HEADER]
        yield from _parameters([each for each in found if each["name"] not in common])
        if (form := self._body(operation)) is not None:
            yield from self._sent(form, common)
        elif common:
            yield f'<p>As <a href="#ask">every question</a>: {_names(common)}.</p>'
        yield "</section>"

    def _sent(self, form: Json, headers: Sequence[str]) -> Iterator[str]:
        fields: Mapping[str, Json] = form["properties"]
        needed = form.get("required", [])
        own = [name for name in fields if name in needed or name not in _EVERY_COMMAND]
        yield paragraphs(form["description"]) if "description" in form else ""
        yield from self._table([(name, fields[name], name in needed) for name in own])
        others = [name for name in fields if name not in own]
        besides = f"; if you like {_names(others)}" if others else ""
        yield f'<p>As <a href="#commands">every command</a>: {_names(headers)}{besides}.</p>'
        for example in form.get("examples", [])[:1]:
            yield f"<p>For example:</p><pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"

    def _table(self, rows: Sequence[tuple[str, Json, bool | None]]) -> Iterator[str]:
        yield "<table><tr><th>field</th><th>holds</th><th>what it means</th></tr>"
        for name, form, needed in rows:
            holds = self._kind(form) + ("" if needed is None else ", <strong>needed</strong>" if needed else "")
            says = _inline(self._says(name, form))
            yield f"<tr><td><code>{escape(name)}</code></td><td>{holds}</td><td>{says}</td></tr>"
        yield "</table>"

    def _says(self, name: str, form: Json) -> str:
        if told := form.get("description") or self._resolved(form).get("description"):
            return str(told)
        thing, _, is_one = name.rpartition("_id")
        return f"The identifier of the {thing.replace('_', ' ')}." if thing and not is_one else ""

    def _kind(self, form: Json) -> str:
        """What a field holds, in plain words."""
        resolved = self._resolved(form)
        match resolved:
            case {"anyOf": [*ways]} | {"oneOf": [*ways]}:
                kinds = [self._kind(each) for each in ways if each.get("type") != "null"]
                # A decimal number may also be sent as a text, which keeps its digits.
                return kinds[0] if kinds[0].startswith("a number") else ", or ".join(kinds)
            case {"enum": [*values]}:
                return "one of " + ", ".join(f"<code>{escape(str(each))}</code>" for each in values)
            case {"const": value}:
                return f"<code>{escape(str(value))}</code>"
            case {"type": "array", "items": items}:
                return f"a list, each {self._kind(items)}"
            case {"type": "object", "properties": inside}:
                needed = resolved.get("required", [])
                told = [
                    f"<code>{escape(name)}</code> ({self._kind(each)}{', needed' if name in needed else ''})"
                    for name, each in inside.items()
                ]
                return f"an object with {', '.join(told)}"
            case {"pattern": pattern} if pattern in _PATTERNS:
                return _PATTERNS[pattern]
            case {"format": format} if format in _FORMATS:
                return _FORMATS[format]
            case {"type": "string"}:
                most = resolved.get("maxLength")
                return f"a text of at most {most:,} characters" if most else "a text"
            case {"type": "integer" | "number" as kind}:
                return ("a whole number" if kind == "integer" else "a number") + _limits(resolved)
            case _:
                return _TYPES.get(str(resolved.get("type")), "anything")

    def _resolved(self, form: Json) -> Json:
        return self._forms[form["$ref"].rpartition("/")[2]] if "$ref" in form else form

    def _body(self, operation: Json) -> Json | None:
        if "requestBody" not in operation:
            return None
        return self._resolved(operation["requestBody"]["content"]["application/json"]["schema"])

    def _named(self, names: set[str]) -> list[Json]:
        found = {each["name"]: each for *_, operation in self._operations for each in operation.get("parameters", [])}
        return [each for name, each in found.items() if name in names]


def _parameters(found: Sequence[Json]) -> Iterator[str]:
    if found:
        yield "<ul>"
        for each in found:
            needed = ", needed" if each.get("required") else ""
            says = _inline(each.get("description", ""))
            yield f"<li><code>{escape(each['name'])}</code> ({each['in']}{needed}) {says}</li>"
        yield "</ul>"


def _limits(form: Json) -> str:
    said = [
        f"{words} {form[name]:,g}"
        for name, words in (
            ("minimum", "from"),
            ("exclusiveMinimum", "above"),
            ("maximum", "up to"),
            ("exclusiveMaximum", "below"),
        )
        if name in form
    ]
    return f", {' '.join(said)}" if said else ""


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"<code>{escape(name)}</code>" for name in names)


def _inline(text: str) -> str:
    told = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", told)
