"""Questions put together once, prepared once on each connection, and asked in one message.

SQLAlchemy puts a statement together and keeps the connections. What it and the driver do each time they run one takes
longer than most questions take the server, so a question is sent as the protocol has it: its parameters as text, typed
by the statement itself, and with it the beginning of the transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import count
from select import POLLIN, poll
from typing import Any, Generic, TypeVar, cast
from weakref import WeakKeyDictionary

import psycopg
import sqlalchemy as sa
from psycopg.adapt import AdaptersMap, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.types.string import TextLoader
from sqlalchemy import event, exc
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from infra.postgres.silence import Waiting, results

R = TypeVar("R")
S = TypeVar("S")

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
        self._reads = Transformer(_AS_TEXT)

    def rows(self, answer: PGresult, row: Callable[[Sequence[Any]], R]) -> list[R]:
        """The rows of an answer, each made of its values."""
        self._reads.set_pgresult(answer)
        return self._reads.load_rows(0, answer.ntuples, row)


_held: WeakKeyDictionary[psycopg.Connection[Any], _Held] = WeakKeyDictionary()


class Prepared:
    """A question that is put together once; what differs from time to time are parameters, each with its type."""

    def __init__(self, question: sa.SelectBase | str) -> None:
        """In text, parameters are written `CAST(:name AS bigint)`."""
        self._question = sa.text(question) if isinstance(question, str) else question
        self.name = f"question_{next(_numbers)}".encode()

    @cached_property
    def sent(self) -> tuple[bytes, Sequence[str], Mapping[str, bytes | None]]:
        """The statement as it is sent, its parameters in order, and the values of those that never differ."""
        compiled = self._question.compile(dialect=_NUMBERED)
        constants = {name: _written(value) for name, value in compiled.params.items() if value is not None}
        return str(compiled).encode(), tuple(compiled.positiontup or ()), constants

    def rows(self, connection: sa.Connection, given: Mapping[str, Any], row: Callable[[Sequence[Any]], R]) -> list[R]:
        """Ask it, in the connection's transaction. `row` makes a row of its values in order; identifiers are text.

        Raises KeyError for a parameter that is not given, ValueError for text that holds NUL, which no text of the
        database does, TypeError for a value of a kind that no question takes, and psycopg.Error; of these,
        ProgrammingError where the connection's transactions are to begin in another way than they do by themselves.
        """
        held, (answer,) = _answered(connection, [(self, self.values(given))])
        return held.rows(answer, row)

    def value(self, connection: sa.Connection, given: Mapping[str, Any]) -> Any:
        """Ask for one value: the first one of the first row, None where there is no row. Otherwise as `rows`."""
        found = self.column(connection, given)
        return found[0] if found else None

    def column(self, connection: sa.Connection, given: Mapping[str, Any]) -> list[Any]:
        """Ask for one value of each row. Otherwise as `rows`."""
        return self.rows(connection, given, _first)

    def values(self, given: Mapping[str, Any]) -> list[bytes | None]:
        """What is sent for its parameters."""
        _, order, constants = self.sent
        return [_written(given[name]) if name in given else constants[name] for name in order]


@dataclass(frozen=True, slots=True)
class Asking(Generic[R]):
    """A question, what is given for its parameters, and what makes a row of its values."""

    question: Prepared
    given: Mapping[str, Any]
    row: Callable[[Sequence[Any]], R]

    @property
    def sent(self) -> tuple[Prepared, list[bytes | None]]:
        """The question, and what is sent for its parameters."""
        return self.question, self.question.values(self.given)

    def rows(self, connection: sa.Connection) -> list[R]:
        """Ask it; as `Prepared.rows`."""
        return self.question.rows(connection, self.given, self.row)


def together(connection: sa.Connection, one: Asking[R], other: Asking[S]) -> tuple[list[R], list[S]]:
    """The rows of two questions that are asked in one message; otherwise as `Prepared.rows`."""
    held, (first, second) = _answered(connection, [one.sent, other.sent])
    return held.rows(first, one.row), held.rows(second, other.row)


def _answered(
    connection: sa.Connection, asked: Sequence[tuple[Prepared, Sequence[bytes | None]]]
) -> tuple[_Held, list[PGresult]]:
    """The answers to questions that are sent in one message, and what reads them."""
    driver = cast("Waiting", connection.connection.driver_connection)
    if (held := _held.get(driver)) is None:
        held = _held[driver] = _Held()
    pgconn, messages = driver.pgconn, list[bytes | None]()
    if beginning := pgconn.transaction_status == TransactionStatus.IDLE:
        _begins_plainly(driver)
    pgconn.enter_pipeline_mode()
    if beginning:
        pgconn.send_query_params(b"BEGIN", None)
        messages.append(None)
    for question, values in asked:
        if question.name not in held.prepared and question.name not in messages:
            pgconn.send_prepare(question.name, question.sent[0])
            messages.append(question.name)
        pgconn.send_query_prepared(question.name, values)
        messages.append(None)
    pgconn.pipeline_sync()
    found = [*results(pgconn, len(messages) + 1, driver.silence)]
    if len(found) != len(messages) + 1:
        # The last answer would be taken for that of a question, whatever it is.
        raise psycopg.OperationalError("the connection was lost in the middle of a question")
    pgconn.exit_pipeline_mode()
    for prepares, result in zip(messages, found, strict=False):
        if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
            raise error_from_result(result)
        if prepares is not None:
            held.prepared.add(prepares)
    return held, [result for result in found if result.status == ExecStatus.TUPLES_OK]


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


def _taken(connection: Waiting, record: sa.pool.ConnectionPoolEntry, proxy: object) -> None:
    if record.info.pop(_ENDING, False):
        try:
            ended = [result.status for result in results(connection.pgconn, 1, connection.silence)]
        except psycopg.OperationalError as error:
            raise exc.InvalidatePoolError from error
        if ended != [ExecStatus.COMMAND_OK]:
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
