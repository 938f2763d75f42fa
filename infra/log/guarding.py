"""Which sets an event belongs to: told when it is recorded, and told again of what was recorded before a rule came."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple, cast

from psycopg import Connection

from domain.event import Recorded
from domain.rule import Rule
from domain.stream import Stream, Timeline
from infra.log.envelope import COLUMNS, Row, decode
from infra.postgres.arrays import Bigints, Texts

_PAGE = 2_000
_STREAM_BY_STREAM = f"""
    SELECT {COLUMNS} FROM log.event WHERE split_part(stream, ':', 1) = ANY (%s::text[]) ORDER BY stream, version"""
_ADD = """
    INSERT INTO log.event_guard (guard, position) SELECT * FROM unnest(%b, %b) ON CONFLICT DO NOTHING"""


class Written(NamedTuple):
    """An event belongs to a set, or names a stream."""

    guard: str
    position: int


def guards(before: Timeline[Any], now: Timeline[Any], entered: Recorded, rules: Iterable[Rule]) -> frozenset[str]:
    """The guards of an entry: every stream it names, and the sets it belongs to, before and after its command."""
    written = {*entered.event.names(), *now.guards([entered.version])}
    if entered.link is not None and entered.link.version <= before.version:
        written |= before.guards([entered.link.version])
        written.update(before.entry(entered.link.version).event.names())
    for rule in rules:
        if rule.owner.name == now.stream.name:
            written.add(rule.of(entered.key))
    written.discard(entered.stream)
    return frozenset(written)


def recomputed(
    connection: Connection[Any], streams: Mapping[str, Stream[Any]], rules: Sequence[Rule]
) -> Iterator[Written]:
    """The guards of every recorded event of these kinds of stream (by name), stream by stream, out of the log alone.

    The connection is in a transaction, and may be used meanwhile. Raises Unreadable.
    """
    with connection.cursor("guarding", binary=True) as cursor:
        cursor.itersize = _PAGE
        cursor.execute(_STREAM_BY_STREAM, [list(streams)])
        for name, rows in groupby(cast("Iterator[Row]", cursor), key=lambda row: row[1]):
            history = Timeline(streams[name.partition(":")[0]])
            for entries in _commands(map(decode, rows)):
                before, history = history, history.adding(*entries)
                for entered in entries:
                    for guard in guards(before, history, entered, rules):
                        yield Written(guard, entered.position)


def bring_up(connection: Connection[Any], streams: Mapping[str, Stream[Any]], rules: Sequence[Rule]) -> int:
    """Write the guards that recorded events lack, where a rule is newer than the record. Returns how many those were.

    The log goes through once for each new rule, or several that come together; `log.guarded` holds those that it went
    through for, by the name of their guard: a rule whose guards come to be written otherwise gets another name. The
    connection is the owner's, in a transaction; nothing is recorded by others until that ends. Raises Unreadable.
    """
    names = sorted({rule.guard for rule in rules})
    known = {name for (name,) in connection.execute("SELECT rule FROM log.guarded")}
    if known.issuperset(names):
        return 0
    connection.execute("SELECT log.lock()")
    added = 0
    page: list[Written] = []
    for written in recomputed(connection, streams, rules):
        page.append(written)
        if len(page) >= _PAGE:
            added += _add(connection, page)
            page.clear()
    added += _add(connection, page)
    connection.execute(
        "INSERT INTO log.guarded SELECT name, log.head() FROM unnest(%s::text[]) AS name ON CONFLICT DO NOTHING",
        [names],
    )
    return added


def _commands(entries: Iterable[Recorded]) -> Iterator[list[Recorded]]:
    """The entries of a stream, those of one command together: its guards are of the histories before and after it."""
    for command, together in groupby(entries, key=lambda entry: entry.stated.command):
        if command is None:
            yield from ([entry] for entry in together)
        else:
            yield list(together)


def _add(connection: Connection[Any], page: Sequence[Written]) -> int:
    return connection.execute(
        _ADD, [Texts([written.guard for written in page]), Bigints([written.position for written in page])]
    ).rowcount
