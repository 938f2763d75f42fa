"""The edge itself: what is asked in the wrong way, what fails behind it, and how it says so."""

import inspect
from contextlib import closing
from uuid import uuid4

import psycopg
from fastapi.routing import APIRoute
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier
from starlette.testclient import TestClient

from api.app import ROUTERS, create_app
from api.routes import Route
from infra.settings import Connections
from tests.api.edge import Edge, edge_of, problem


def test_what_reads_runs_in_a_thread_and_only_what_waits_for_nothing_or_for_the_log_runs_on_the_loop() -> None:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    assert len(routes) > 50
    assert [route.path for route in routes if not isinstance(route, Route)] == []
    on_the_loop = [route for route in routes if inspect.iscoroutinefunction(inspect.unwrap(route.endpoint))]
    # A command is decided in a thread of the log's own, so its route waits for that alone. And whoever watches the
    # program asks whether it is alive just when all threads may be waiting for the database.
    assert [route.path for route in on_the_loop if route.methods != {"POST"}] == ["/health/live"]
    assert all("recording" in inspect.signature(inspect.unwrap(route.endpoint)).parameters
               for route in on_the_loop if route.methods == {"POST"})  # fmt: skip


def test_a_program_that_is_reached_under_a_root_answers_there(database: Connections) -> None:
    with TestClient(create_app(database), root_path="/fellows", raise_server_exceptions=False) as client:
        assert client.get("/fellows/health/live").status_code == 200
        problem(client.get("/fellows/v1/people/nobody"), 422, "invalid")
        problem(client.get("/fellows/elsewhere/v1/people/nobody"), 404, "no_such_address")


def test_head_is_answered_as_get_without_the_body(edge: Edge) -> None:
    cohort = edge.cohort(edge.programme())
    edge.projector.catch_up()
    got, asked = (edge.client.request(method, f"/v1/cohorts/{cohort}") for method in ("GET", "HEAD"))
    assert (asked.status_code, asked.content) == (200, b"")
    for header in ("ETag", "Position", "Content-Length", "Content-Type"):
        assert asked.headers[header] == got.headers[header]
    assert edge.client.head("/v1/treasures").status_code == 404


def test_every_kind_of_problem_is_explained_where_its_type_leads(edge: Edge) -> None:
    listed = edge.client.get("/problems").json()["items"]
    assert {"/problems/cohort_full", "/problems/stale", "/problems/never_started"} <= {kind["type"] for kind in listed}
    for kind in listed:
        assert edge.client.get(kind["type"]).json() == kind
        assert kind["explanation"].startswith(kind["title"])
    problem(edge.client.get("/problems/bad_luck"), 404, "no_such_address")


def test_it_is_alive_and_ready_and_tells_how_far_each_view_has_come(edge: Edge) -> None:
    assert edge.client.get("/health/live").json() == {"status": "live"}
    edge.person()
    edge.projector.catch_up()
    assert edge.client.get("/health/ready").json() == {
        "status": "ready",
        "head": 1,
        "views": dict.fromkeys(edge.projector.positions(), 1),
        "lag": {title: {"events": 0, "seconds": 0.0, "kept": False} for title in edge.projector.positions()},
        "takes_commands": True,
    }


def test_it_is_not_ready_before_its_views_have_begun(edge: Edge) -> None:
    edge.person()
    response = edge.client.get("/health/ready")
    body = problem(response, 503, "not_ready")
    assert "standing 2" in body["detail"]
    assert response.headers["Retry-After"]


def test_a_database_that_is_gone_is_said_in_a_sentence(database: Connections) -> None:
    assert database.admin is not None
    with edge_of(database) as edge:
        edge.person()
        elsewhere = make_conninfo(database.admin, dbname="postgres")
        with closing(psycopg.connect(elsewhere, autocommit=True)) as admin:
            admin.execute(SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(Identifier(database.database)))
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database.database]
            )
        for path in ("/health/ready", "/v1/cohorts", f"/v1/people/{uuid4()}"):
            response = edge.client.get(path)
            body = problem(response, 503, "database_unreachable")
            assert body["detail"] == "The database cannot be reached. Try again shortly."
            assert response.headers["Retry-After"]
        assert edge.client.get("/health/live").status_code == 200


def test_what_nobody_expected_is_a_problem_that_tells_nothing_of_the_inside(database: Connections) -> None:
    app = create_app(database)

    def broken() -> None:
        raise ZeroDivisionError("secret detail")

    app.add_api_route("/broken", broken)
    with TestClient(app, raise_server_exceptions=False) as client:
        response = client.get("/broken")
    problem(response, 500, "unexpected")
    assert "secret" not in response.text
    assert "Zero" not in response.text


def test_a_demonstration_says_so_in_every_answer(demonstration_database: Connections) -> None:
    with edge_of(demonstration_database) as edge:
        cohort = edge.cohort(edge.programme())
        fellowship = edge.started(cohort)
        receipt = edge.send("/v1/people", name="Ada")
        answers = [
            receipt,
            edge.send("/v1/people", name=""),
            edge.send("/v1/fellowships/offer", person_id=str(uuid4()), cohort_id=cohort),
            *(
                edge.ask(path)
                for path in (
                    "/v1/cohorts",
                    f"/v1/cohorts/{cohort}/standing",
                    f"/v1/cohorts/{cohort}/roster",
                    f"/v1/cohorts/{cohort}/changes?known_from=0",
                    f"/v1/cohorts/{cohort}/standing?known_at=99999",
                    f"/v1/fellowships/{fellowship}/timeline",
                    "/v1/retention",
                    "/v1/irregularities",
                    "/health/ready",
                    "/problems/stale",
                    "/v1/treasures",
                )
            ),
        ]
        assert [answer.request.url for answer in answers if answer.json().get("demonstration") is not True] == []


def test_two_programs_over_one_database_see_each_other_s_versions(database: Connections) -> None:
    with edge_of(database) as one, edge_of(database) as other:
        cohort = one.cohort(one.programme())
        path = f"/v1/cohorts/{cohort}/dates"
        moved = {"starts_on": "2013-09-09", "ends_on": "2014-09-01", "reason": "venue"}
        assert other.send(path, version=1, **moved).status_code == 200
        assert one.send(path, version=2, **moved).status_code == 200
        stale = problem(other.send(path, version=2, **moved), 412, "stale")
        assert stale["current_version"] == 3
