"""A server that hangs while its machine is there: callers are told to come again; and what is closed when all ends."""

import asyncio
from dataclasses import replace
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import Pool, QueuePool, text

from api.app import create_app
from api.resources import Resources
from infra.postgres.database import pool
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
