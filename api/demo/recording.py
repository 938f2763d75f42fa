"""The demonstration's record, made the ordinary way: every fact is decided, and appended with the time it is given."""

from collections.abc import Callable
from datetime import datetime

from api.demo.seed import PRINCIPAL, Seed
from api.record import recorder
from infra.command import Receipt
from infra.database import Pool
from infra.event_log import EventLog
from infra.external import AlreadyRunning, accepted, alone
from infra.private import SetUpError
from infra.settings import Connections

_AT_ONCE = 100
_LAST = "SELECT recorded_at FROM log.event ORDER BY position DESC LIMIT 1"


def record(connections: Connections, installation: str, told: Callable[[int, int], bool]) -> int:
    """Record what of the demonstration is not recorded yet; returns how many commands that were.

    One that was stopped on its way is taken up where it ended. `told` is called with the commands recorded and the
    commands there are, and stops it by returning False. Raises SetUpError where the record is another's.
    """
    with recorder(connections, size=2) as (log, log_pool):
        try:
            with alone(log_pool, "the recording of the demonstration"):
                return _record(log, log_pool, connections.database, Seed(installation, log), told)
        except AlreadyRunning:
            raise SetUpError("Another process is recording the demonstration: wait until it is done.") from None


def _record(log: EventLog, log_pool: Pool, name: str, seed: Seed, told: Callable[[int, int], bool]) -> int:
    known = accepted(log_pool, PRINCIPAL)
    missing = [item for item in seed.items if item.command.id not in known]
    done = len(seed.items) - len(missing)
    if missing and (
        done != len(known) or missing != seed.items[done:] or _later(log_pool, missing[0].command.recorded_at)
    ):
        raise SetUpError(
            f"The database {name} holds the demonstration of another version of this program: "
            "name an empty folder in FELLOWTRACE_DATA_DIR, and it is made anew."
        )
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
