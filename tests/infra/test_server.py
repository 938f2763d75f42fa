"""The embedded server: shared by processes, opened by its password alone, and started again after any crash."""

import os
import signal
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest

from infra.postgres.server import running
from tests.infra.server_process import Process, ask, is_alive, modes, postmaster


def test_it_answers_durably_over_a_private_socket_alone(reachable: Path) -> None:
    with running(reachable / "data") as server:
        url = server.url("postgres")
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "data_checksums"):
            assert ask(url, f"SHOW {setting}") == "on"
        assert ask(url, "SHOW listen_addresses") == ""
        assert ask(url, "SHOW server_encoding") == "UTF8"
        assert ask(url, "SHOW timezone") == "UTC"
        assert ask(url, "SHOW jit") == "off"
        assert ask(url, "SELECT lower('ÅÉ')") == "åé"
        assert server.socket.is_relative_to(reachable / "data")
        assert (server.binaries / "psql").exists()


def test_only_the_password_opens_it(reachable: Path) -> None:
    with running(reachable / "data") as server:
        for url in (server.url("postgres", "postgres", "guess"), server.url("postgres", "postgres")):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(url)
        password = (reachable / "data" / "password").read_text().strip()
        assert ask(server.url("postgres", "postgres", password)) == 1
        assert (
            ask(server.url("postgres"), "SELECT count(*) FROM pg_hba_file_rules WHERE auth_method <> 'scram-sha-256'")
            == 0
        )
        assert password not in repr(server)


def test_its_folders_are_private_and_those_above_are_as_they_were(reachable: Path) -> None:
    before = modes(reachable)
    with running(reachable / "data") as server:
        assert stat.S_IMODE((reachable / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((reachable / "data" / "password").stat().st_mode) == 0o600
        assert server.folder.stat().st_uid != 0
    assert modes(reachable) == before


def test_a_second_process_uses_the_same_server_and_the_last_to_leave_stops_it(reachable: Path) -> None:
    with running(reachable / "data") as server:
        number = postmaster(server.folder)
        second = Process(reachable / "data")
        assert second.url() == server.url("postgres")
        second.leave()
        assert is_alive(number)
        second = Process(reachable / "data")
        second.url()
    assert is_alive(number)
    assert postmaster(server.folder) == number
    second.leave()
    assert not is_alive(number)
    assert not (server.folder / "postmaster.pid").exists()


def test_many_processes_that_start_at_once_share_one_server(reachable: Path) -> None:
    processes = [Process(reachable / "data") for _ in range(4)]
    numbers = {ask(process.url(), "SELECT pg_postmaster_start_time()") for process in processes}
    assert len(numbers) == 1
    number = postmaster(reachable / "data" / "pg")
    for process in processes:
        process.leave()
    assert not is_alive(number)


def test_what_was_written_is_there_the_next_time(reachable: Path) -> None:
    with running(reachable / "data") as server, psycopg.connect(server.url("postgres")) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with running(reachable / "data") as server:
        assert ask(server.url("postgres"), "SELECT number FROM kept") == 7


def test_the_server_of_a_killed_process_is_used_and_stopped_by_the_next(reachable: Path) -> None:
    starter = Process(reachable / "data")
    url = starter.url()
    number = postmaster(reachable / "data" / "pg")
    starter.kill()
    assert is_alive(number)
    with running(reachable / "data") as server:
        assert server.url("postgres") == url
        assert postmaster(server.folder) == number
        assert ask(url) == 1
    assert not is_alive(number)


def test_a_killed_server_is_started_again(reachable: Path) -> None:
    starter = Process(reachable / "data")
    with psycopg.connect(starter.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    folder = reachable / "data" / "pg"
    number = postmaster(folder)
    os.kill(number, signal.SIGKILL)
    starter.kill()
    assert (folder / "postmaster.pid").exists()
    with running(reachable / "data") as server:
        assert postmaster(folder) != number
        assert ask(server.url("postgres"), "SELECT number FROM kept") == 7


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="it rests on what /proc tells")
def test_a_killed_server_whose_number_is_another_process_s_by_now_is_started_again(reachable: Path) -> None:
    with running(reachable / "data") as server:
        folder, owner = server.folder, server.folder.stat().st_uid
        lock = (folder / "postmaster.pid").read_text()
    with subprocess.Popen(["sleep", "600"], user=owner) as another:
        try:
            (folder / "postmaster.pid").write_text(f"{another.pid}\n" + lock.split("\n", 1)[1])
            os.chown(folder / "postmaster.pid", owner, -1)
            with running(reachable / "data") as server:
                assert ask(server.url("postgres")) == 1
            assert another.poll() is None
        finally:
            another.kill()
