"""Private folders and files, and the unprivileged account that root runs a server as."""

import os
import pwd
import re
import stat
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path


class SetUpError(Exception):
    """Fellowtrace cannot run as it is set up. The message is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the operating system that is not root."""

    uid: int
    gid: int

    @property
    def name(self) -> str:
        """What the system calls it; its number if it has no name."""
        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return str(self.uid)


def unprivileged() -> Account:
    """An account that is there already and owns nothing of worth. Raises `SetUpError` if there is none."""
    for name in ("nobody", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise SetUpError(
        "PostgreSQL does not run as root and there is no account `nobody`: "
        "run Fellowtrace as another user, or name a server in DATABASE_URL."
    )


def run(account: Account | None, command: Sequence[str | Path], *, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a program as the account (`None`: as ourselves) in a bare environment, and return what it said.

    Raises `OSError` where the account cannot run the program.
    """
    return subprocess.run(
        [str(part) for part in command],
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        umask=0o077,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


def last_word(said: str) -> str:
    """The line of a program's output that tells what went wrong."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if re.search(r"FATAL|PANIC|error:|could not|cannot|No space", line)]
    return (telling or lines or ["it gave no reason"])[-1].rstrip(".")


def can_enter(account: Account | None, folder: Path) -> bool:
    """Whether the account may go into the folder, through every folder above it."""
    return run(account, ["/bin/sh", "-c", 'test -x "$1"', "sh", folder]).returncode == 0


def is_private(folder: Path, account: Account | None) -> bool:
    """Whether this is a folder (no link to one) that its owner, the account or ourselves, alone can enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    owner = account.uid if account else os.geteuid()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and stat.S_IMODE(found.st_mode) == 0o700


def private_folder(above: Path, account: Account | None) -> Path:
    """Make a new folder of a random name that the account (`None`: ourselves) alone can enter."""
    folder = Path(tempfile.mkdtemp(prefix="fellowtrace-", dir=above))
    if account:
        os.chown(folder, account.uid, account.gid)
    return folder


def read_private(file: Path) -> str:
    """The text of a file that others cannot read. Raises `SetUpError` where it is gone or open to others."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW)
    except FileNotFoundError:
        raise SetUpError(f"{file} is gone, and what it guarded cannot be opened without it: put it back.") from None
    with os.fdopen(descriptor) as opened:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077:
            raise SetUpError(f"{file} can be read by others: it must be a file of mode 0600.")
        return opened.read().strip()


def kept(file: Path, first: str) -> str:
    """The text of a private file; the first time it is asked for, it is made of what is given, mode 0600.

    Callers hold a lock that keeps others from making it too.
    """
    if not file.exists():
        fresh = file.with_name(f"{file.name}.new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as opened:
            opened.write(first + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        fresh.rename(file)
    return read_private(file)


class Lock:
    """A lock file. What is held on it ends with the process that holds it, however that ends."""

    def __init__(self, file: Path, account: Account | None = None) -> None:
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self.descriptor = os.open(file, flags)
        except FileNotFoundError:
            self.descriptor = os.open(file, flags | os.O_CREAT, 0o600)
            if account:
                os.fchown(self.descriptor, account.uid, account.gid)

    def share(self) -> None:
        """Hold it along with others; waits for a holder that is alone."""
        flock(self.descriptor, LOCK_SH)

    def alone(self) -> bool:
        """Hold it alone if nobody else holds it, and tell whether that is so. What was held before is let go."""
        try:
            flock(self.descriptor, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        """Let go."""
        os.close(self.descriptor)


@contextmanager
def locked(file: Path, account: Account | None = None) -> Generator[None]:
    """Hold a lock file alone, waiting for whoever holds it."""
    lock = Lock(file, account)
    try:
        flock(lock.descriptor, LOCK_EX)
        yield
    finally:
        lock.close()
