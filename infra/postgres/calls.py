"""Calls of the log's functions: prepared once on a connection, with binary arguments and binary rows."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg import Connection, abc, adapt, errors
from psycopg.pq import DiagnosticField, ExecStatus, Format
from psycopg.pq.abc import PGresult
from psycopg_pool import PoolTimeout, TooManyRequests

from infra.postgres.silence import results

GONE = ("08", "57P", "25006")
"""How the SQLSTATE begins where a server goes away, or has become a standby that takes no writing."""


def gone(error: psycopg.OperationalError) -> bool:
    """Whether a connection went away, and not only others were in the way."""
    in_the_way = isinstance(error, PoolTimeout | TooManyRequests)
    return not in_the_way and (error.sqlstate is None or error.sqlstate.startswith(GONE))


class Lost(Exception):
    """The connection went away before the answer came, or leads to a server that takes no writing."""


class Call:
    """One function of the log, which gives rows.

    A cursor would look at every argument's type and at the statement's text anew each time, which takes longer than
    a command's decision.
    """

    def __init__(self, name: str, function: str, types: Sequence[int]) -> None:
        """`name` is the statement's own among those of a connection, `types` the OIDs of the function's arguments."""
        marks = ", ".join(f"${number}" for number in range(1, len(types) + 1))
        self._name = name.encode()
        self._statement = f"SELECT * FROM {function}({marks})".encode()
        self._types = types
        self._formats = [Format.BINARY] * len(types)
        self._known: WeakKeyDictionary[Connection[Any], abc.Transformer] = WeakKeyDictionary()

    def rows(
        self, connection: Connection[Any], arguments: Sequence[bytes | None], silence: float
    ) -> list[tuple[Any, ...]]:
        """Run it in a transaction of its own. Raises Lost, and psycopg.Error for what the function raises.

        A server that says nothing for `silence` seconds counts as lost, and the connection is closed.
        """
        pgconn = connection.pgconn
        try:
            if (rows := self._known.get(connection)) is None:
                pgconn.send_prepare(self._name, self._statement, self._types)
                _checked(connection, _answer(connection, silence))
                rows = self._known[connection] = adapt.Transformer()
            pgconn.send_query_prepared(self._name, arguments, self._formats, Format.BINARY)
            result = _answer(connection, silence)
        except psycopg.OperationalError as error:
            raise Lost from error
        _checked(connection, result)
        rows.set_pgresult(result)
        return rows.load_rows(0, result.ntuples, tuple)


def _answer(connection: Connection[Any], silence: float) -> PGresult:
    """The last result of what was sent. It ends the transaction: what was recorded has been committed by then."""
    found = [*results(connection.pgconn, 1, silence)]
    if not found:
        raise Lost("the server gave no answer")
    return found[-1]


def _checked(connection: Connection[Any], result: PGresult) -> None:
    """Raises the error that a result stands for."""
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return
    state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
    # The first line alone: the details may hold what is in the row.
    said = (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"the connection was lost").decode(errors="replace")
    if connection.closed or state.startswith(GONE):
        connection.close()
        raise Lost(said)
    raise (errors.lookup(state) if state else psycopg.OperationalError)(said)
