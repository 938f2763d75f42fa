"""Lines 9 and 10: a cohort, and everybody's counts by state, on a day, as known at a record number."""

import statistics
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, timedelta
from itertools import cycle, islice
from random import Random
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa

from domain.fellowship import FELLOWSHIP
from domain.stream import Timeline
from infra.log.entries import naming, of_streams
from infra.postgres.database import connect, engine
from infra.settings import Connections
from infra.views.answers import PLANNED_ONCE
from projections.standing import STANDING
from tests.bench import mariadb_peer
from tests.bench.measured import Goal, Line, Round, interleaved, line, milliseconds
from tests.bench.scale import Scale

TODAY = date(2023, 6, 1)
"""The day that counts as today: the record ends soon after it."""
STATES = ("programme_id", "state")
"""What everybody is counted by; the record has one programme."""
Told: TypeAlias = list[tuple[Any, ...]]
Asking: TypeAlias = Callable[["Question"], Told]


class Question(NamedTuple):
    """A cohort, a day, and a record number."""

    cohort_id: str
    valid: date
    known: int


class Answering:
    """Every way to answer, over the same history. What a statement says is worked out before it is timed."""

    def __init__(self, database: Connections, reader: sa.Connection, raw: Any) -> None:
        self._reader, self._raw = reader, raw
        self._dialect = reader.engine.dialect

    def prepared(self, statement: sa.Select[*tuple[Any, ...]]) -> Callable[[], Told]:
        """The statement as the driver gets it."""
        compiled = statement.compile(dialect=self._dialect)
        text, parameters = str(compiled).encode(), compiled.construct_params()
        return lambda: self._raw.execute(text, parameters, prepare=True).fetchall()

    def cohort(self, asked: Question) -> Callable[[], Told]:
        """The cohort's members, by the view."""
        rows = STANDING.as_of(asked.valid, asked.known, where={"current_cohort_id": asked.cohort_id})
        return self.prepared(sa.select(rows.c.fellowship_id, rows.c.state))

    def now(self, asked: Question) -> Callable[[], Told]:
        """Its members as known now, today, by the rows of the present."""
        rows = STANDING.now(today=TODAY, where={"current_cohort_id": asked.cohort_id})
        return self.prepared(sa.select(rows.c.fellowship_id, rows.c.state))

    def replayed(self, asked: Question) -> Callable[[], Told]:
        """The same by folding the streams of all who ever took a place in it."""

        def run() -> Told:
            names = naming(self._reader, f"places:{asked.cohort_id}", asked.known, kind=FELLOWSHIP.name)
            of_each: dict[str, list[Any]] = {}
            for recorded in of_streams(self._reader, names, asked.known):
                of_each.setdefault(recorded.key, []).append(recorded)
            states = {key: Timeline(FELLOWSHIP, some).at(asked.valid) for key, some in of_each.items()}
            return [(key, state.standing) for key, state in states.items() if state.current == asked.cohort_id]

        return run

    def counts(self, asked: Question) -> Callable[[], Told]:
        """Everybody's counts by state, by the view's sums."""
        rows = STANDING.count(asked.valid, asked.known, by=STATES)
        return self.prepared(
            sa.select(rows.c.state, sa.cast(sa.func.sum(rows.c.n), sa.BigInteger)).group_by(rows.c.state)
        )

    def counted(self, asked: Question) -> Callable[[], Told]:
        """The same by counting the view's rows."""
        rows = STANDING.as_of(asked.valid, asked.known)
        return self.prepared(sa.select(rows.c.state, sa.func.count()).group_by(rows.c.state))


@contextmanager
def answering(database: Connections) -> Generator[Answering]:
    """A connection for each way, planned as the program's are."""
    views = engine(database.api, size=1, plan_cache_mode=PLANNED_ONCE)
    try:
        with views.connect() as reader, closing(connect(database.api, plan_cache_mode=PLANNED_ONCE)) as raw:
            yield Answering(database, reader, raw)
    finally:
        views.dispose()


def questions(database: Connections, size: int, count: int) -> list[Question]:
    """Random questions: a cohort that has members at the record number, and a day within two years of its start."""
    random = Random(9)
    with closing(connect(database.admin or "")) as connection:
        found = connection.execute(
            "SELECT substr(g.guard, 8), max(g.position),"
            " min((convert_from(e.envelope, 'UTF8')::json->>'happened')::date)"
            " FROM log.event_guard g JOIN log.event e USING (position)"
            " WHERE g.guard LIKE 'places:%' AND e.kind = 'fellowship.place_accepted' GROUP BY 1 ORDER BY 1"
        ).fetchall()
    chosen = [random.choice(found) for _ in range(count)]
    return [
        Question(cohort, since + timedelta(days=random.randrange(30, 700)), random.randint(min(last, size), size))
        for cohort, last, since in chosen
    ]


def answers(database: Connections, scale: Scale, peer: Any | None, *, lines: Collection[int]) -> Iterator[Line]:
    """Over the generated record; `peer` is a connection to MariaDB with the same history, or None."""
    with answering(database) as ways:
        asked = questions(database, scale.record, scale.questions)
        if 9 in lines:
            yield _cohorts(ways, asked, scale, peer)
        if 10 in lines:
            yield _counts(ways, asked, scale, peer)


def median(asking: Callable[[Question], Callable[[], Told]], asked: Sequence[Question]) -> Round:
    """The median over the questions, in ms; each round begins elsewhere among them."""
    ring = cycle(asked)

    def run() -> float:
        return statistics.median(milliseconds(asking(each)) for each in islice(ring, len(asked)))

    return run


def _cohorts(ways: Answering, asked: Sequence[Question], scale: Scale, peer: Any | None) -> Line:
    few = asked[: max(1, len(asked) // 4)]
    candidates = {
        "ours": median(ways.cohort, asked),
        "current": median(ways.now, asked),
        "replay": median(ways.replayed, few),
    }
    same = [sorted((str(key), str(state)) for key, state in ways.replayed(each)()) for each in few]
    assert same == [sorted((str(key), state) for key, state in ways.cohort(each)()) for each in few]
    if peer is not None:
        theirs, present, _ = by_mariadb(peer)
        assert same == [sorted(theirs(each)()) for each in few]
        candidates |= {"MariaDB": median(theirs, asked), "MariaDB, current": median(present, asked)}
    goals = [Goal("current", 2, 1.5, most=True), Goal("MariaDB", 2), Goal("replay", 20)]
    members = statistics.mean(len(each) for each in same)
    found = interleaved(candidates, scale.rounds)
    size = f"{scale.record:,} events, {members:.0f} members on average"
    return line(9, "a cohort on a day, as known then", "ms, median", found, goals, size=size)


def _counts(ways: Answering, asked: Sequence[Question], scale: Scale, peer: Any | None) -> Line:
    random, few = Random(10), asked[: max(1, len(asked) // 20)]

    def known(share: float) -> list[Question]:
        """The same days, as known when so much of the record was there, give or take."""
        return [e._replace(known=int(scale.record * share * random.uniform(0.95, 1))) for e in asked]

    everywhere = [each._replace(known=random.randint(1, scale.record)) for each in asked]
    same = [sorted(ways.counts(each)()) for each in few]
    assert same == [sorted(ways.counted(each)()) for each in few]
    candidates: dict[str, Round] = {"ours": median(ways.counts, everywhere), "rows counted": median(ways.counted, few)}
    if peer is not None:
        *_, theirs = by_mariadb(peer)
        assert same == [sorted(theirs(each)()) for each in few]
        candidates["MariaDB"] = median(theirs, few)
    candidates |= {"at the end": median(ways.counts, known(1)), "at a quarter": median(ways.counts, known(0.25))}
    found = interleaved(candidates, scale.rounds)
    end, quarter = (statistics.median(found.pop(name)) for name in ("at the end", "at a quarter"))
    further = {"at the end of the log": end, "at a quarter of it": quarter, "end over quarter": end / quarter}
    goals = [Goal("MariaDB", 50), Goal("ours", 10, 5, most=True), Goal("end over quarter", 1.5, most=True)]
    size = f"{scale.record:,} events, {scale.record // 50:,} people"
    return line(
        10, "everybody by state on a day, as known then", "ms, median", found, goals, size=size, further=further
    )


def by_mariadb(peer: Any) -> tuple[Callable[[Question], Callable[[], Told]], ...]:
    """The cohort then, the cohort now, and everybody's counts, by MariaDB."""

    def asking(query: str, *given: Any) -> Callable[[], Told]:
        def run() -> Told:
            with peer.cursor() as cursor:
                cursor.execute(query, given)
                return list(cursor.fetchall())

        return run

    def then(each: Question) -> Callable[[], Told]:
        at = mariadb_peer.moment(each.known)
        return asking(mariadb_peer.COHORT, at, each.cohort_id, each.valid, each.valid)

    def present(each: Question) -> Callable[[], Told]:
        return asking(mariadb_peer.COHORT_NOW, each.cohort_id, TODAY, TODAY)

    def counts(each: Question) -> Callable[[], Told]:
        return asking(mariadb_peer.COUNTS, mariadb_peer.moment(each.known), each.valid, each.valid)

    return then, present, counts
