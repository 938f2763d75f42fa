"""The demonstration's record, made the ordinary way: every fact is decided, and appended with the time it is given."""

from collections.abc import Callable
from datetime import date, datetime
from typing import NamedTuple

from api.demo.clerk import PRINCIPAL
from api.demo.plan import EARLIEST
from api.demo.seed import Seed
from api.demonstration_day import made_for
from api.opening import recorder
from domain.values import today
from infra.log.accepted import accepted
from infra.log.command import Receipt
from infra.log.event_log import EventLog
from infra.postgres.alone import AlreadyRunning, alone
from infra.postgres.database import Pool
from infra.postgres.private import SetUpError
from infra.settings import Connections

_AT_ONCE = 100
_ANEW = "name an empty folder in FELLOWTRACE_DATA_DIR, and it is made anew."
_LAST = "SELECT recorded_at FROM log.event ORDER BY position DESC LIMIT 1"


class Recorded(NamedTuple):
    """How many commands were recorded, and the day that the demonstration takes for today."""

    commands: int
    today: date


def record(
    connections: Connections, installation: str, told: Callable[[int, int], bool], on: date | None = None
) -> Recorded:
    """Record what of the demonstration is not recorded yet, for the day given, or the day it was first made for.

    One that was stopped on its way is taken up where it ended. `told` is called with the commands recorded and the
    commands there are, and stops it by returning False. Raises SetUpError for a day before 2022 or after today, and
    where the record is another's or was made for another day than the one given.
    """
    with recorder(connections, size=2) as (log, log_pool):
        try:
            with alone(log_pool, "the recording of the demonstration"):
                day = _taken_for_today(log_pool, connections.database, on)
                seed = Seed(installation, log, day)
                return Recorded(_record(log, log_pool, connections.database, seed, told), day)
        except AlreadyRunning:
            raise SetUpError("Another process is recording the demonstration: wait until it is done.") from None


def _taken_for_today(log_pool: Pool, name: str, on: date | None) -> date:
    """The day that the record was made for, if it was; else the one given, or today."""
    day = made_for(log_pool)
    if day is not None and on not in (None, day):
        raise SetUpError(f"The demonstration in the database {name} takes {day} for today, not {on}: {_ANEW}")
    day = day or on or today()
    if not EARLIEST <= day <= today():
        raise SetUpError(f"The demonstration can take a day from {EARLIEST} to {today()} for today, not {day}.")
    return day


def _record(log: EventLog, log_pool: Pool, name: str, seed: Seed, told: Callable[[int, int], bool]) -> int:
    known = accepted(log_pool, PRINCIPAL)
    missing = [item for item in seed.items if item.command.id not in known]
    done = len(seed.items) - len(missing)
    if missing and (done != len(known) or missing != seed.items[done:]):
        raise SetUpError(f"The database {name} holds the demonstration of another version of this program: {_ANEW}")
    if missing and _later(log_pool, missing[0].command.recorded_at):
        raise SetUpError(f"Something else was recorded in the database {name} before the demonstration was: {_ANEW}")
    for start in range(0, len(missing), _AT_ONCE):
        if not told(done + start, len(seed.items)):
            return start
        chunk = missing[start : start + _AT_ONCE]
        for item, outcome in zip(chunk, log.decide_all(chunk), strict=True):
            if not isinstance(outcome, Receipt):
                raise AssertionError(
                    f"the plan of the demonstration does not hold: {item.command.body.decode()}"
                ) from outcome
    if missing:
        told(len(seed.items), len(seed.items))
    return len(missing)


def _later(log_pool: Pool, moment: datetime | None) -> bool:
    """Whether something was recorded after that moment."""
    with log_pool.connection() as connection:
        row = connection.execute(_LAST).fetchone()
    return row is not None and moment is not None and row[0] > moment
