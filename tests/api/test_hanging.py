"""A server that hangs while its machine is there: callers are told to come again; and what is closed when all ends."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, Pool, QueuePool, text
from starlette.testclient import TestClient

from api.app import create_app
from api.resources import Resources
from api.routes import AT_ONCE
from infra.postgres.database import engine, pool
from infra.settings import Connections
from tests.api.edge import edge_of
from tests.infra.silence import silenced


def test_a_command_whose_reading_is_not_answered_is_told_to_come_again_and_can(
    database: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.app.pool", partial(pool, silence=0.3))
    code, key = {"code": "QIF", "title": "Quality"}, str(uuid4())
    with silenced(database.api) as wire, edge_of(replace(database, api=wire.url)) as edge:
        wire.speaks.clear()
        hung = edge.send("/v1/programmes", "2010-01-01", key=key, **code)
        wire.speaks.set()
        assert (hung.status_code, hung.json()["type"]) == (503, "/problems/busy")
        assert hung.headers["Retry-After"] == "1"
        assert edge.send("/v1/programmes", "2010-01-01", key=key, **code).json()["position"] == 1


def test_a_question_that_is_not_answered_is_told_to_come_again_and_can(
    database: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Engine] = []

    def impatient(url: str, **settings: Any) -> Engine:
        made.append(engine(url, silence=0.3, **settings))
        return made[0]

    monkeypatch.setattr("api.app.engine", impatient)
    with silenced(database.api) as wire, edge_of(replace(database, api=wire.url)) as edge:
        assert edge.ask("/v1/cohorts").status_code == 200
        with made[0].connect():
            # The end of the last transaction has been answered, and none has begun.
            wire.speaks.clear()
        hung = edge.client.get("/v1/cohorts")
        wire.speaks.set()
        assert (hung.status_code, hung.json()["type"]) == (503, "/problems/busy")
        assert edge.client.get("/v1/cohorts").status_code == 200


def test_it_is_alive_while_every_thread_waits(database: Connections) -> None:
    release = Event()

    async def taken() -> None:
        for _ in range(AT_ONCE):
            asyncio.get_running_loop().run_in_executor(None, release.wait)

    with TestClient(create_app(database)) as client, ThreadPoolExecutor(1) as asking:
        assert client.portal is not None
        client.portal.call(taken)
        try:
            assert asking.submit(client.get, "/health/live").result(10).json() == {"status": "live"}
        finally:
            release.set()


def test_the_connections_of_the_views_are_closed_however_the_program_ends(database: Connections) -> None:
    app = create_app(database)
    kept: list[Pool] = []

    async def broken_off() -> None:
        async with app.router.lifespan_context(app):
            held: Resources = app.state.resources
            with held.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            kept.append(held.engine.pool)
            assert isinstance(kept[0], QueuePool)
            assert kept[0].checkedin() == 1
            raise RuntimeError("broken off")

    with pytest.raises(RuntimeError, match="broken off"):
        asyncio.run(broken_off())
    assert isinstance(kept[0], QueuePool)
    assert kept[0].checkedin() == 0
