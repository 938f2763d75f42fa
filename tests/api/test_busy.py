"""A record that others hold for too long: nothing is recorded, and the caller is told when to ask again."""

from contextlib import closing
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest

from infra.settings import Connections
from tests.api.edge import edge_of
from tests.infra.submissions import rows


@pytest.mark.parametrize("limit", ["lock_timeout", "statement_timeout"])
def test_a_command_that_waits_too_long_is_told_to_come_again_and_can(database: Connections, limit: str) -> None:
    impatient = replace(database, api=f"{database.api}&options=-c%20{limit}%3D200ms")
    code, key = {"code": "QIF", "title": "Quality"}, str(uuid4())
    with edge_of(impatient) as edge, closing(psycopg.connect(database.admin or "")) as holder:
        holder.execute("SELECT log.lock()")
        held = edge.send("/v1/programmes", "2010-01-01", key=key, **code)
        holder.rollback()
        assert (held.status_code, held.json()["type"].rpartition("/")[2]) == (503, "busy")
        assert held.headers["Retry-After"] == "1"
        again = edge.send("/v1/programmes", "2010-01-01", key=key, **code)
        assert (again.status_code, again.json()["position"]) == (201, 1)


def test_a_program_whose_rules_are_not_those_of_the_record_says_so_and_only_answers(database: Connections) -> None:
    with edge_of(database) as edge:
        edge.send("/v1/programmes", "2010-01-01", code="QIF", title="Quality")
        edge.projector.catch_up()
        assert edge.client.get("/health/ready").json()["takes_commands"]
        rows(database, "INSERT INTO log.guarded VALUES ('of_the_next_version')")
        refused = edge.send("/v1/programmes", "2010-01-01", code="QIG", title="Quality")
        assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (503, "other_rules")
        ready = edge.client.get("/health/ready")
        assert (ready.status_code, ready.json()["takes_commands"]) == (200, False)
