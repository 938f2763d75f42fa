"""Which sets an event belongs to: told when it is recorded, and told again of what was recorded before a rule came."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, cast

from psycopg import Connection

from domain.event import How, Recorded
from domain.rule import Rule
from domain.stream import Stream, Timeline
from infra.log.reading import COLUMNS, Row, decode
from infra.postgres.arrays import Bigints, Texts

_PAGE = 2_000
_EVERY = f"""
    SELECT {COLUMNS} FROM log.event WHERE split_part(stream, ':', 1) = ANY (%s::text[]) ORDER BY stream, version"""
_GROWN = f"""
    SELECT {COLUMNS} FROM log.event WHERE split_part(stream, ':', 1) = ANY (%s::text[])
    AND stream IN (SELECT stream FROM log.event WHERE position > %s) ORDER BY stream, version"""
_ADD = """
    INSERT INTO log.event_guard (guard, position) SELECT * FROM unnest(%b, %b) ON CONFLICT DO NOTHING"""


class Written(NamedTuple):
    """An event belongs to a set, or names a stream."""

    guard: str
    position: int


class Guards(NamedTuple):
    """The guards of one entry: the streams and other things it names, and the sets it belongs to."""

    named: set[str]
    sets: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Both."""
        return self.sets.union(self.named)


def guards(
    before: Timeline[Any], now: Timeline[Any], entries: Sequence[Recorded], rules: Iterable[Rule]
) -> Iterator[Guards]:
    """The guards of the entries that one command made in a stream, whose histories are those before and after it."""
    kind, statements = now.stream.name, now.statements
    owned = frozenset([rule.of(entries[0].key) for rule in rules if rule.owner.name == kind])
    for entered in entries:
        named, sets, link = {*entered.event.names()}, owned | now.guards([entered.version]), entered.link
        if link is not None and link.version <= before.version:
            sets |= before.guards([link.version])
        while link is not None:  # to take a retraction back is to name again what was named before it
            target = statements[link.version - 1]
            link = target.link
            if link is None or link.how is not How.RETRACTS:
                named.update(target.event.names())
        named.discard(entered.stream)
        yield Guards(named, sets)


def recomputed(
    connection: Connection[Any], streams: Mapping[str, Stream[Any]], rules: Sequence[Rule], *, after: int = 0
) -> Iterator[Written]:
    """The guards of every recorded event of these kinds of stream (by name), stream by stream, out of the log alone.

    With `after`, those of the streams alone that have an event after that position. The connection is in a
    transaction, and may be used meanwhile. Raises Unreadable.
    """
    with connection.cursor("guarding", binary=True) as cursor:
        cursor.itersize = _PAGE
        cursor.execute(*((_GROWN, [list(streams), after]) if after else (_EVERY, [list(streams)])))
        for name, rows in groupby(cast("Iterator[Row]", cursor), key=lambda row: row[1]):
            history = Timeline(streams[name.partition(":")[0]])
            for entries in _commands(map(decode, rows)):
                before, history = history, history.adding(*entries)
                for entered, its in zip(entries, guards(before, history, entries, rules), strict=True):
                    for guard in its.all:
                        yield Written(guard, entered.position)


def bring_up(connection: Connection[Any], streams: Mapping[str, Stream[Any]], rules: Sequence[Rule]) -> int:
    """Bring the record under these rules and no others. Returns how many guards recorded events lacked for that.

    The log goes through once for each new rule, or several that come together; `log.guarded` holds the rules that the
    record is under, by the name of their guard: a rule whose guards come to be written otherwise gets another name.
    Others record meanwhile: what they added is gone through at the end, when the log is locked until the transaction
    ends. From then on the log takes nothing from processes that were there before until they have looked at the rules
    again. The connection is the owner's, in a transaction. Raises Unreadable.
    """
    names, known = {rule.guard for rule in rules}, under(connection)
    if names == known:
        return 0
    added = reached = 0
    # Each time there is less to go through, and the last time little.
    for locked in (False, False, True) if names - known else ():
        if locked:
            connection.execute("SELECT log.lock()")
        ((head,),) = connection.execute("SELECT log.head()").fetchall()
        if head > reached:
            added += _write(connection, recomputed(connection, streams, rules, after=reached))
        reached = head
    connection.execute("DELETE FROM log.guarded WHERE rule <> ALL (%s)", [sorted(names)])
    connection.execute("INSERT INTO log.guarded SELECT unnest(%s::text[])", [sorted(names - known)])
    return added


def under(connection: Connection[Any]) -> set[str]:
    """The rules that the record is under, by the names of their guards."""
    return {name for (name,) in connection.execute("SELECT rule FROM log.guarded")}


def _commands(entries: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    """The entries of a stream, those of one command together: its guards are of the histories before and after it."""
    for command, together in groupby(entries, key=lambda entry: entry.stated.command):
        if command is None:
            yield from ([entry] for entry in together)
        else:
            yield list(together)


def _write(connection: Connection[Any], guards: Iterable[Written]) -> int:
    """Add what is not there yet. Returns how many those were."""
    added = 0
    page: list[Written] = []
    for written in guards:
        page.append(written)
        if len(page) >= _PAGE:
            added += _add(connection, page)
            page.clear()
    return added + _add(connection, page)


def _add(connection: Connection[Any], page: Sequence[Written]) -> int:
    return connection.execute(
        _ADD, [Texts([written.guard for written in page]), Bigints([written.position for written in page])]
    ).rowcount
