"""The OpenAPI document: whole, valid, with examples that hold."""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

Json = dict[str, Any]


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Every operation, with its path and method."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def examples(media: Json, document: Json) -> list[Any]:
    """The examples of a body: its own, or those of its form."""
    own = [example["value"] for example in media.get("examples", {}).values()]
    schema = media["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return own or schema.get("examples", [])


def test_the_document_is_valid_and_warns_its_readers(document: Json) -> None:
    validate(document)
    said = document["info"]["title"] + document["info"]["description"]
    for warning in ("nobody signs in", "loopback", "no real people"):
        assert warning in said.lower()


def test_every_operation_is_named_and_described(document: Json) -> None:
    named = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(named) == len(set(named)) > 50
    tags = {tag["name"] for tag in document["tags"]}
    for path, method, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"].endswith("."), path
        assert set(operation["tags"]) <= tags, path
        assert method in ("get", "post")


def test_every_operation_declares_what_it_may_be_answered_with(document: Json) -> None:
    for path, method, operation in operations(document):
        declared = set(operation["responses"])
        headers = {parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "header"}
        assert "500" in declared, path
        if path.startswith("/v1/"):
            assert {"422", "503"} <= declared, path
        if method == "post":
            assert {"400", "413", "415"} <= declared, path
            assert "Idempotency-Key" in headers, path
            assert ("If-Match" in headers) == ({"412", "428"} <= declared) == ("200" in declared), path
        for status, response in operation["responses"].items():
            media = "application/json" if status < "300" else "application/problem+json"
            assert list(response["content"]) == [media], (path, status)
            assert response["description"], (path, status)


def test_every_body_and_answer_has_an_example_that_fits_its_form(document: Json) -> None:
    for path, _, operation in operations(document):
        bodies = [operation["requestBody"]["content"]["application/json"]] if "requestBody" in operation else []
        bodies += [media for answer in operation["responses"].values() for media in answer["content"].values()]
        for media in bodies:
            shown = examples(media, document)
            assert shown, (path, media["schema"])
            form: Any = Draft202012Validator({**media["schema"], "components": document["components"]})
            for example in shown:
                form.validate(example)
