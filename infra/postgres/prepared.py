"""Questions put together once, prepared once on each connection, and asked in one message.

SQLAlchemy puts a statement together and keeps the connections. What it and the driver do each time they run one takes
longer than most questions take the server, so a question is sent as the protocol has it: its parameters as text, typed
by the statement itself, and with it the beginning of the transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import count
from select import POLLIN, poll
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

import psycopg
import sqlalchemy as sa
from psycopg.abc import PQGen
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import execute, fetch_many, send
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg.types.string import TextLoader
from sqlalchemy import event, exc
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

R = TypeVar("R")

_NUMBERED = PGDialect_asyncpg()
"""Writes parameters as the protocol has them: $1, and of which type."""
_numbers = count(1)


class _AsText:
    """How answers are read: identifiers as the text that they are."""

    connection = None

    def __init__(self) -> None:
        self.adapters = AdaptersMap(psycopg.adapters)
        self.adapters.register_loader("uuid", TextLoader)


_AS_TEXT = _AsText()


class _Held:
    """What a connection has of its own: the statements that are prepared on it, and what reads its answers."""

    def __init__(self) -> None:
        self.prepared: set[bytes] = set()
        self.reads = Transformer(_AS_TEXT)


_held: WeakKeyDictionary[psycopg.Connection[Any], _Held] = WeakKeyDictionary()


class Prepared:
    """A question that is put together once; what differs from time to time are parameters, each with its type."""

    def __init__(self, question: sa.SelectBase | str) -> None:
        """In text, parameters are written `CAST(:name AS bigint)`."""
        self._question = sa.text(question) if isinstance(question, str) else question
        self._name = f"question_{next(_numbers)}".encode()

    @cached_property
    def _sent(self) -> tuple[bytes, Sequence[str], Mapping[str, Any]]:
        """The statement as it is sent, its parameters in order, and the values of those that never differ."""
        compiled = self._question.compile(dialect=_NUMBERED)
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        return str(compiled).encode(), tuple(compiled.positiontup or ()), constants

    def rows(self, connection: sa.Connection, given: Mapping[str, Any], row: Callable[[Sequence[Any]], R]) -> list[R]:
        """Ask it, in the connection's transaction. `row` makes a row of its values in order; identifiers are text.

        Raises KeyError for a parameter that is not given, ValueError for text that holds NUL, which no text of the
        database does, TypeError for a value of a kind that no question takes, and psycopg.Error; of these,
        ProgrammingError where the connection's transactions are to begin in another way than they do by themselves.
        """
        statement, order, constants = self._sent
        values = [_written(given[name] if name in given else constants[name]) for name in order]
        driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        if (held := _held.get(driver)) is None:
            held = _held[driver] = _Held()
        result = self._asked(driver, held, statement, values)
        held.reads.set_pgresult(result)
        return held.reads.load_rows(0, result.ntuples, row)

    def value(self, connection: sa.Connection, given: Mapping[str, Any]) -> Any:
        """Ask for one value: the first one of the first row, None where there is no row. Otherwise as `rows`."""
        found = self.column(connection, given)
        return found[0] if found else None

    def column(self, connection: sa.Connection, given: Mapping[str, Any]) -> list[Any]:
        """Ask for one value of each row. Otherwise as `rows`."""
        return self.rows(connection, given, _first)

    def _asked(
        self, driver: psycopg.Connection[Any], held: _Held, statement: bytes, values: list[bytes | None]
    ) -> PGresult:
        pgconn, sent = driver.pgconn, 2
        if beginning := pgconn.transaction_status == TransactionStatus.IDLE:
            _begins_plainly(driver)
        pgconn.enter_pipeline_mode()
        if beginning:
            pgconn.send_query_params(b"BEGIN", None)
            sent += 1
        if preparing := self._name not in held.prepared:
            pgconn.send_prepare(self._name, statement)
            sent += 1
        pgconn.send_query_prepared(self._name, values)
        pgconn.pipeline_sync()
        results = driver.wait(_results(pgconn, sent))
        if len(results) != sent:
            # The last answer would be taken for that of the question, whatever it is.
            raise psycopg.OperationalError("the connection was lost in the middle of a question")
        pgconn.exit_pipeline_mode()
        results.pop()
        if preparing and results[-2].status == ExecStatus.COMMAND_OK:
            held.prepared.add(self._name)
        for result in results:
            if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
                raise error_from_result(result)
        return results[-1]


def returning(engine: sa.Engine) -> sa.Engine:
    """The same engine: nobody waits for the end of a transaction whose connection is given back.

    Whoever takes the connection next looks for the answer, which has come by then; if the connection has been lost
    since, that is noticed before it is used.
    """
    event.listen(engine, "reset", _given_back)
    event.listen(engine, "checkout", _taken)
    return engine


_ENDING = "ending"


def _given_back(connection: psycopg.Connection[Any], record: sa.pool.ConnectionPoolEntry, state: Any) -> None:
    pgconn = connection.pgconn
    if pgconn.transaction_status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
        pgconn.send_query(b"ROLLBACK")
        pgconn.flush()
        record.info[_ENDING] = True
    elif pgconn.transaction_status != TransactionStatus.IDLE:
        raise psycopg.OperationalError("a connection was given back in the middle of a statement")


def _taken(connection: psycopg.Connection[Any], record: sa.pool.ConnectionPoolEntry, proxy: object) -> None:
    if record.info.pop(_ENDING, False):
        try:
            (result,) = connection.wait(execute(connection.pgconn))
        except psycopg.OperationalError as error:
            raise exc.InvalidatePoolError from error
        if result.status != ExecStatus.COMMAND_OK:
            raise exc.InvalidatePoolError
    said = poll()
    said.register(connection.fileno(), POLLIN)
    if said.poll(0):
        # A server has nothing to say that it was not asked, but for its end.
        raise exc.InvalidatePoolError


def _begins_plainly(driver: psycopg.Connection[Any]) -> None:
    """Refuse a connection that was told how to begin its transactions: a question begins its own, and does not ask."""
    plain = driver.isolation_level in (None, psycopg.IsolationLevel.READ_COMMITTED)
    if not plain or driver.autocommit or driver.read_only or driver.deferrable:
        raise psycopg.ProgrammingError("a question begins its transaction as the session has it, in no other way")


def _results(pgconn: PGconn, sent: int) -> PQGen[list[PGresult]]:
    """The results of what was sent, one each."""
    yield from send(pgconn)
    found: list[PGresult] = []
    for _ in range(sent):
        found += yield from fetch_many(pgconn)
    return found


def _first(values: Sequence[Any]) -> Any:
    return values[0]


def _written(value: Any) -> bytes | None:
    """A value as PostgreSQL reads it."""
    match value:
        case None:
            return None
        case str():
            if "\0" in value:
                # The driver's library takes a parameter to end there, and would ask for something else.
                raise ValueError("text that is asked for cannot hold NUL")
            return value.encode()
        case bool():
            return b"t" if value else b"f"
        case int():
            return b"%d" % value
        case date():
            return value.isoformat().encode()
        case list() | tuple() | set() | frozenset():
            return b"{%s}" % b",".join(_element(each) for each in cast("Sequence[Any]", value))
        case _:
            raise TypeError(f"a {type(value).__name__} cannot be given to a question")


def _element(value: Any) -> bytes:
    written = _written(value)
    return b"NULL" if written is None else b'"%s"' % written.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
