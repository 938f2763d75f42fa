"""The OpenAPI document: whole, valid, with examples that hold; and the application keeps to it, whatever it is sent."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi import checks

from api.app import create_app
from infra.settings import Connections
from tests.api.edge import Edge, edge_of
from tests.api.steps import coaching_of, opened, organisation_of, release_of
from tests.conftest import SECRET

Json = dict[str, Any]

KEPT: list[Any] = [
    getattr(checks, f"{kept}_conformance")
    for kept in ("status_code", "content_type", "response_headers", "response_schema")
]
"""What the document says that every answer keeps to."""
NOWHERE = "postgresql://nobody@nowhere/nothing"


@pytest.fixture(scope="module")
def document() -> Json:
    """The document; nothing needs to run for it."""
    connections = Connections(admin=None, api=NOWHERE, projector=NOWHERE, sealer=NOWHERE, vault=NOWHERE, secret=SECRET)
    return create_app(connections).openapi()


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


def test_the_application_keeps_to_its_document_whatever_it_is_sent(database: Connections) -> None:
    with edge_of(database, patience=0.01) as edge:
        known = _seeded(edge)
        document = edge.client.get("/openapi.json").json()
        schema: Any = schemathesis.openapi.from_dict(document)
        for found in schema.get_all_operations():
            operation: Any = found.ok()
            cases: st.SearchStrategy[Case[Any]] = st.one_of(
                operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
                operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
            )

            @settings(
                max_examples=6,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
            )
            @given(case=cases, there=st.booleans())
            def keeps(case: Case[Any], there: bool) -> None:
                _check(edge, case, known if there else {})

            keeps()
        edge.projector.catch_up()


def _seeded(edge: Edge) -> dict[str, str]:
    """Identifiers of what there is, by the names of the parameters that ask for them."""
    cohort = edge.cohort(edge.programme())
    fellowship = edge.started(cohort)
    accreditation = edge.do("/v1/accreditations", "2013-10-01", fellowship_id=fellowship)["accreditation_id"]
    session, coach = opened(edge, cohort), edge.person("Bo")
    organisation = organisation_of(edge)
    secondment, coaching = release_of(edge, fellowship, organisation), coaching_of(edge, fellowship, coach)
    project = edge.do("/v1/projects", "2013-10-01", title="Sepsis six within the hour")["project_id"]
    edge.projector.catch_up()
    return {
        "programme_id": edge.get("/v1/programmes")["items"][0]["programme_id"],
        "cohort_id": cohort,
        "person_id": edge.get(f"/v1/fellowships/{fellowship}")["fellowship"]["person_id"],
        "fellowship_id": fellowship,
        "accreditation_id": accreditation,
        "session_id": session,
        "organisation_id": organisation,
        "secondment_id": secondment,
        "coaching_id": coaching,
        "project_id": project,
    }


def _check(edge: Edge, case: Case[Any], known: dict[str, str]) -> None:
    path = case.path_parameters or {}
    for name in path.keys() & known.keys():
        path[name] = known[name]
    sent = case.as_transport_kwargs(base_url=str(edge.client.base_url))
    if known and sent["method"] == "POST":
        sent["headers"] = {**sent.get("headers", {}), "Idempotency-Key": str(uuid4())}
    sent.pop("cookies", None)
    if "data" in sent:
        sent["content"] = sent.pop("data")
    response = edge.client.request(**sent)
    if response.status_code >= 500:
        assert response.json()["type"] == "/problems/behind", response.text
    validating: Any = case
    validating.validate_response(response, checks=KEPT)
