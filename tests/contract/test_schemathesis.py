"""The application keeps to its document, whatever it is sent: no failure of its own, every answer as documented.

`FELLOWTRACE_SCHEMATHESIS` is how many cases each operation is sent; a deeper run takes longer than tests are given:
`FELLOWTRACE_SCHEMATHESIS=200 pytest -o timeout=0 tests/contract/test_schemathesis.py`.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.specs.openapi import checks

from infra.settings import Connections
from tests.api.edge import Edge, edge_of
from tests.api.steps import coaching_of, opened, organisation_of, release_of

Json = dict[str, Any]

CASES = int(os.environ.get("FELLOWTRACE_SCHEMATHESIS", "16"))
"""How many cases each operation is sent."""
KEPT: list[Any] = [
    getattr(checks, f"{kept}_conformance")
    for kept in ("status_code", "content_type", "response_headers", "response_schema")
]
"""What the document says that every answer keeps to."""


class Sending:
    """Sends the cases of an operation, as they are or about what there is, and counts the answers by status."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._known = _seeded(edge)
        self.answers: Counter[tuple[str, int]] = Counter()

    def send(self, case: Case[Any], there: bool) -> None:
        """One case; if it is to be about what is there, with its identifiers, versions, days and record numbers."""
        sent = case.as_transport_kwargs(base_url=str(self._edge.client.base_url))
        if there:
            sent = self._about(case, sent)
        sent.pop("cookies", None)
        if "data" in sent:
            sent["content"] = sent.pop("data")
        response = self._edge.client.request(**sent)
        if response.status_code >= 500:
            assert response.json()["type"] == "/problems/behind", response.text
        validating: Any = case
        validating.validate_response(response, checks=KEPT)
        self.answers[sent["method"], response.status_code] += 1
        if sent["method"] == "POST" and response.is_success:
            for written in response.json()["streams"]:
                self._edge.versions[written["stream"].partition(":")[2]] = written["version"]

    def _about(self, case: Case[Any], sent: Json) -> Json:
        path: Json = case.path_parameters or {}
        for name in path.keys() & self._known.keys():
            path[name] = self._known[name]
        sent = case.as_transport_kwargs(base_url=str(self._edge.client.base_url))
        headers, body, params = dict(sent.get("headers") or {}), sent.get("json"), sent.get("params")
        if sent["method"] == "POST":
            headers["Idempotency-Key"] = str(uuid4())
            version = next((self._edge.versions[each] for each in path.values() if each in self._edge.versions), None)
            if "If-Match" in headers and version is not None:
                headers["If-Match"] = f'"{version}"'
        return {**sent, "headers": headers, "json": self._named(body), "params": self._named(params)}

    def _named(self, said: Any) -> Any:
        """A body or parameters, with what there is in place of what was made up."""
        if not isinstance(said, dict):
            return said
        fields = cast(Json, said)
        return {name: self._known.get(name, value) for name, value in fields.items()}


def test_the_application_keeps_to_its_document_whatever_it_is_sent(
    database: Connections, capfd: pytest.CaptureFixture[str]
) -> None:
    with edge_of(database, patience=0.01) as edge:
        sending = Sending(edge)
        document = edge.client.get("/openapi.json").json()
        every = list(_operations(document))
        for method in ("post", "get"):
            for operation in (each for each in every if each.method == method):
                _send(operation, sending)
            # What the commands left is on the views before any question is asked.
            edge.projector.catch_up()
    cases = sending.answers.total()
    taken = sum(count for (method, status), count in sending.answers.items() if method == "POST" and status < 300)
    answered = sum(count for (method, status), count in sending.answers.items() if method == "GET" and status < 300)
    with capfd.disabled():
        said = (
            f"{cases:,} cases over {len(every)} operations; {taken:,} commands taken, {answered:,} questions answered"
        )
        print(f"\nschemathesis: {said}", file=sys.stderr)
    assert cases >= CASES * len(every) / 2
    assert taken >= CASES
    assert answered >= CASES


def _operations(document: Mapping[str, Any]) -> Iterator[Any]:
    schema: Any = schemathesis.openapi.from_dict(dict(document))
    for found in schema.get_all_operations():
        yield found.ok()


def _send(operation: Any, sending: Sending) -> None:
    right: st.SearchStrategy[Case[Any]] = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    wrong: st.SearchStrategy[Case[Any]] = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @settings(
        max_examples=CASES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    @given(case=st.one_of(right, right, wrong), there=st.sampled_from((True, True, False)))
    def keeps(case: Case[Any], there: bool) -> None:
        sending.send(case, there)

    keeps()


def _seeded(edge: Edge) -> dict[str, str]:
    """What there is, by the names of the parameters and fields that ask for it."""
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
        "happened": "2014-03-10",
        "as_at": "2014-06-30",
        "known_at": str(edge.entered()),
        **dict.fromkeys(("coach_id", "assessor_id", "line_manager_id"), coach),
    }
