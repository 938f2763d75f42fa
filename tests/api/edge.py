"""The program as its callers see it, for tests: the real application, the real database, and a projector."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from httpx2 import Response
from starlette.testclient import TestClient

from api.app import create_app
from infra.following.projector import Projector
from infra.settings import Connections
from projections import VIEWS

ACTOR = str(uuid4())


class Edge:
    """Sends commands and questions. A question first has the views follow the log to its head."""

    def __init__(self, client: TestClient, projector: Projector) -> None:
        self.client, self.projector = client, projector
        self.versions: dict[str, int] = {}

    def send(
        self,
        path: str,
        happened: Any = "2013-01-01",
        *,
        key: str | None = None,
        version: int | str | None = None,
        **said: Any,
    ) -> Response:
        """Post a command, of an actor, under a fresh key unless one is given; `version` is the one seen."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        if version is not None:
            headers["If-Match"] = f'"{version}"' if isinstance(version, int) else version
        body = {"actor": ACTOR, **({} if happened is None else {"happened": happened}), **said}
        return self.client.post(path, json=body, headers=headers)

    def do(self, path: str, happened: Any = "2013-01-01", **said: Any) -> dict[str, Any]:
        """Post a command that must be taken, at the version last seen of what it is to. Returns its receipt."""
        parts = path.split("/")
        known = next((self.versions[part] for part in parts if part in self.versions), None)
        response = self.send(path, happened, version=said.pop("version", known), **said)
        assert response.status_code in (200, 201), response.text
        receipt: dict[str, Any] = response.json()
        for written in receipt["streams"]:
            self.versions[written["stream"].partition(":")[2]] = written["version"]
        return receipt

    def ask(self, path: str, **asked: Any) -> Response:
        """Get an answer."""
        self.projector.catch_up()
        return self.client.get(path, params=asked or None)

    def get(self, path: str, **asked: Any) -> dict[str, Any]:
        """Get an answer that must be there."""
        response = self.ask(path, **asked)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def programme(self, code: str = "QIF") -> str:
        """A programme that has adopted the version 1."""
        programme_id: str = self.do("/v1/programmes", "2010-01-01", code=code, title="Quality")["programme_id"]
        self.do(f"/v1/programmes/{programme_id}/versions", "2010-01-01", programme_version="1")
        return programme_id

    def cohort(self, programme_id: str, starts: int = 2013, **said: Any) -> str:
        """A cohort of a year that starts on 2 September."""
        plan = {
            "programme_id": programme_id,
            "programme_version": "1",
            "code": f"QIF-{starts}",
            "starts_on": f"{starts}-09-02",
            "ends_on": f"{starts + 1}-08-31",
        }
        cohort_id: str = self.do("/v1/cohorts", "2012-01-01", **(plan | said))["cohort_id"]
        return cohort_id

    def person(self, name: str = "Ada Fenner") -> str:
        """A person on the record."""
        person_id: str = self.do("/v1/people", "2012-01-01", name=name)["person_id"]
        return person_id

    def accepted(self, cohort_id: str, person_id: str | None = None, happened: str = "2013-05-01", **said: Any) -> str:
        """A fellowship whose place was accepted."""
        place = {"person_id": person_id or self.person(), "cohort_id": cohort_id}
        fellowship_id: str = self.do("/v1/fellowships/acceptance", happened, **place, **said)["fellowship_id"]
        return fellowship_id

    def started(self, cohort_id: str, happened: str = "2013-09-02", **said: Any) -> str:
        """A fellowship that has started."""
        fellowship_id = self.accepted(cohort_id, **said)
        self.do(f"/v1/fellowships/{fellowship_id}/confirmation", "2013-06-01")
        self.do(f"/v1/fellowships/{fellowship_id}/start", happened)
        return fellowship_id

    def entered(self) -> int:
        """How many events the record holds."""
        head: int = self.get("/health/ready")["head"]
        return head


@contextmanager
def edge_of(database: Connections, *, patience: float = 2.0) -> Generator[Edge]:
    """The application over a database, for as long as the context lasts."""
    with (
        Projector(database.projector, VIEWS) as projector,
        TestClient(create_app(database, patience=patience)) as client,
    ):
        projector.catch_up()
        yield Edge(client, projector)


def problem(response: Response, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer must be."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = response.json()
    assert body["type"] == f"/problems/{code}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body
