"""The log, written out: one JSON line an event, in position order. Personal fields stay ciphertext.

A line holds the columns, and `envelope` and `state` as JSON from which their very bytes can be made again: the envelope
in canonical form, the state's format, fields, sealed and erased fields and salt. Bytes that would not come back are
written whole, in base64, as `{"bytes": …}`.
"""

import json
import os
import stat
import sys
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from psycopg import Connection

from infra.log.envelope import canonical
from infra.log.reading import COLUMNS, Row
from infra.postgres.private import SetUpError

_AT_ONCE = 2_000
_SALT = 16
_PAGE = f"SELECT {COLUMNS} FROM log.event WHERE position > %s AND position <= %s ORDER BY position LIMIT %s"
_HEAD = "SELECT coalesce(max(position), 0) FROM log.event"


def write(connection: Connection[Any], file: IO[str], told: Callable[[int, int], None]) -> int:
    """Write every event there is when it begins; returns how many. Memory does not grow with the log.

    `told` is called with the events written and the events there are. No transaction stays open between pages: the log
    never changes, so its prefix up to the head is the same at any time.
    """
    (head,) = cast(tuple[int], connection.execute(_HEAD).fetchone())
    position = 0
    told(position, head)
    while position < head:
        rows = cast(list[Row], connection.execute(_PAGE, [position, head, _AT_ONCE]).fetchall())
        file.writelines(f"{line(row)}\n" for row in rows)
        position = rows[-1][0]
        told(position, head)
    return head


def line(row: Row) -> str:
    """A row of the log as one line of JSON, without the line's end."""
    position, stream, version, kind, schema_version, slot, recorded_at, envelope, state = row
    return json.dumps(
        {
            "position": position,
            "stream": stream,
            "version": version,
            "kind": kind,
            "schema_version": schema_version,
            "slot": slot,
            "recorded_at": recorded_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "envelope": _json(envelope),
            "state": _state(state),
        },
        separators=(",", ":"),
        ensure_ascii=False,
    )


def parse(text: str) -> Row:
    """The row of the log that a line was made of, byte for byte."""
    held = json.loads(text)
    return (
        held["position"],
        held["stream"],
        held["version"],
        held["kind"],
        held["schema_version"],
        held["slot"],
        datetime.fromisoformat(held["recorded_at"]),
        _bytes(held["envelope"]),
        _state_bytes(held["state"]),
    )


@contextmanager
def replaced(path: Path) -> Generator[IO[str]]:
    """A file to write text to, which takes the place of `path` once it is whole; until then nothing is changed there.

    Only its owner can read it. What is there and is no plain file (a pipe, a device) is written to as it is. Raises
    SetUpError where it cannot be written.
    """
    path = path.resolve()
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            with path.open("w", encoding="utf-8") as file:
                yield file
            return
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        unfinished = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise SetUpError(f"{path} cannot be written: {error.strerror}.") from error


@contextmanager
def standard_output() -> Generator[IO[str]]:
    """The standard output, as a file to write text to. A reader that leaves early ends it without a word."""
    try:
        yield sys.stdout
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain then.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _json(stored: bytes) -> dict[str, Any]:
    try:
        held = json.loads(stored)
        if isinstance(held, dict) and canonical(held) == stored:
            return cast(dict[str, Any], held)
    except ValueError:
        pass
    return {"bytes": b64encode(stored).decode()}


def _bytes(held: dict[str, Any]) -> bytes:
    return b64decode(held["bytes"]) if held.keys() == {"bytes"} else canonical(held)


def _state(stored: bytes) -> dict[str, Any]:
    body = _json(stored[1:-_SALT])
    if len(stored) <= _SALT or body.keys() - {"fields", "sealed", "erased"}:
        return {"bytes": b64encode(stored).decode()}
    return {"format": stored[0], **body, "salt": b64encode(stored[-_SALT:]).decode()}


def _state_bytes(held: dict[str, Any]) -> bytes:
    if held.keys() == {"bytes"}:
        return b64decode(held["bytes"])
    body = {name: value for name, value in held.items() if name not in ("format", "salt")}
    return bytes([held["format"]]) + canonical(body) + b64decode(held["salt"])
