"""What a destroyed key held: erased in every answer that begins afterwards, whatever the process has in memory."""

from collections.abc import Callable
from typing import Any

import psycopg

from infra.settings import Connections
from tests.api.command_line import get, of_roles, running
from tests.api.edge import Edge, edge_of


def shown(ask: Callable[[str], dict[str, Any]], cohort: str, person: str) -> list[str]:
    """The name that each kind of answer gives a person."""
    (member,) = ask(f"/v1/cohorts/{cohort}/roster")["items"]
    (entry,) = ask(f"/v1/entries/person/{person}")["items"]
    return [member["name"], ask(f"/v1/people/{person}")["person"]["name"], entry["fields"]["name"]]


def test_a_name_whose_key_was_destroyed_reads_erased_in_processes_that_had_opened_it(
    edge: Edge, database: Connections
) -> None:
    cohort, person = edge.cohort(edge.programme()), edge.person("Ada Fenner")
    edge.accepted(cohort, person)
    roles = of_roles(database)
    given = {name: roles[name] for name in ("FELLOWTRACE_API_URL", "FELLOWTRACE_VAULT_URL", "FELLOWTRACE_SECRET")}
    with (
        edge_of(database) as beside,
        running("serve", "--only", "api", "--port", "0", variables=given) as answering,
    ):
        url = answering.url()
        doors: list[Callable[[str], dict[str, Any]]] = [edge.get, beside.get, lambda path: get(f"{url}{path}")]
        assert [shown(ask, cohort, person) for ask in doors] == [["Ada Fenner"] * 3] * 3
        with psycopg.connect(database.vault, autocommit=True) as vault:
            vault.execute("DELETE FROM vault.key WHERE subject = %s", [person])
        assert [shown(ask, cohort, person) for ask in doors] == [["erased"] * 3] * 3
    with edge_of(database) as afresh:
        assert shown(afresh.get, cohort, person) == ["erased"] * 3


def test_what_is_entered_of_somebody_after_their_key_was_destroyed_can_be_read(
    edge: Edge, database: Connections
) -> None:
    person = edge.person("Ada Fenner")
    with psycopg.connect(database.vault, autocommit=True) as vault:
        vault.execute("DELETE FROM vault.key WHERE subject = %s", [person])
    edge.do(f"/v1/people/{person}/name", name="Ada Grey")
    with edge_of(database) as afresh:
        for process in (edge, afresh):
            said = [entry["fields"].get("name") for entry in process.get(f"/v1/entries/person/{person}")["items"]]
            assert said == ["erased", "Ada Grey"]
