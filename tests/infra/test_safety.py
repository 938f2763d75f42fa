"""A server that may lose or damage the log is refused when the program starts, in a sentence that says what to set."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from starlette.testclient import TestClient

from api.app import create_app
from infra.migrate import installation
from infra.postgres.cluster import place
from infra.postgres.private import SetUpError
from infra.postgres.safety import refuse_unsafe
from infra.postgres.server import Server, running
from infra.settings import Connections
from tests.infra.server_process import ask
from tests.infra.submissions import rows


def test_the_embedded_server_is_safe(database: Connections) -> None:
    for url in (database.api, database.vault, database.projector, database.sealer):
        refuse_unsafe(url)
    assert not installation(database).demonstration


@pytest.mark.parametrize("role", ["api", "vault"])
@pytest.mark.parametrize("where", ["DATABASE {database}", "ROLE {user}", "ROLE {user} IN DATABASE {database}"])
def test_commits_that_do_not_wait_for_the_disk_are_refused_wherever_that_is_set(
    database: Connections, role: str, where: str
) -> None:
    user = conninfo_to_dict(getattr(database, role))["user"]
    place = where.format(user=user, database=database.database)
    rows(database, f"ALTER {place} SET synchronous_commit = off")
    try:
        with pytest.raises(SetUpError, match=f"run `ALTER {place} RESET synchronous_commit`"):
            installation(database)
        with pytest.raises(SetUpError, match="synchronous_commit"), TestClient(create_app(database)):
            pass
    finally:
        rows(database, f"ALTER {place} RESET synchronous_commit")
    installation(database)


def test_commits_that_a_url_keeps_from_waiting_for_the_disk_are_refused(database: Connections) -> None:
    hasty = replace(database, api=f"{database.api}&options=-c%20synchronous_commit%3Doff")
    with pytest.raises(SetUpError, match="connection URL's options"):
        installation(hasty)


@pytest.mark.parametrize("value", ["local", "remote_write", "on"])
def test_every_setting_that_waits_for_this_servers_disk_is_taken(database: Connections, value: str) -> None:
    installation(replace(database, api=f"{database.api}&options=-c%20synchronous_commit%3D{value}"))


def test_the_views_alone_may_be_kept_by_commits_that_do_not_wait(database: Connections) -> None:
    refuse_unsafe(f"{database.projector}&options=-c%20synchronous_commit%3Doff", commits=False)


def test_a_server_that_could_damage_its_pages_is_refused_by_everyone(reachable: Path) -> None:
    data = reachable / "data"
    with running(data) as server:
        url = server.url("postgres")
        for setting in ("fsync", "full_page_writes"):
            _altered(server, f"ALTER SYSTEM SET {setting} = off", setting, "off")
            for commits in (True, False):
                with pytest.raises(SetUpError, match=f"set {setting} = on in its configuration and reload it"):
                    refuse_unsafe(url, commits=commits)
            _altered(server, f"ALTER SYSTEM RESET {setting}", setting, "on")
        _altered(server, "ALTER SYSTEM SET synchronous_commit = off", "synchronous_commit", "off")
        with pytest.raises(SetUpError, match="set synchronous_commit = on in the server's configuration"):
            refuse_unsafe(url)
        _altered(server, "ALTER SYSTEM RESET synchronous_commit", "synchronous_commit", "on")
        refuse_unsafe(url)
    cluster = place(data)
    assert (
        cluster.run(cluster.programs.parent / "bin" / "pg_checksums", "--disable", "-D", cluster.folder).returncode == 0
    )
    with running(data) as server, pytest.raises(SetUpError, match="pg_checksums --enable"):
        refuse_unsafe(server.url("postgres"), commits=False)


def _altered(server: Server, statement: str, setting: str, value: str) -> None:
    """Alter the server's configuration, and wait until sessions get it."""
    url = server.url("postgres")
    with closing(psycopg.connect(url, autocommit=True)) as administrator:
        administrator.execute(statement.encode())
        administrator.execute("SELECT pg_reload_conf()")
    while ask(url, f"SHOW {setting}") != value:
        pass
