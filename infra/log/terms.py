"""The terms on which a process records: that its rules are those of the record, and the keys it keeps not destroyed."""

from collections.abc import Iterable

from domain.rule import Rule
from infra.log.combining import Busy
from infra.postgres.database import Pool

_TERMS = "SELECT number, ARRAY(SELECT rule FROM log.guarded) FROM log.terms"


class Terms:
    """The number that the log's terms had when a process last looked. It moves with every change of either."""

    def __init__(self, pool: Pool, rules: Iterable[Rule]) -> None:
        self._pool = pool
        self._rules = {rule.guard for rule in rules}
        self._number: int | None = None

    @property
    def number(self) -> int:
        """The number. Raises Busy where the record is under other rules by now, and psycopg.Error."""
        if self._number is not None:
            return self._number
        with self._pool.connection() as connection:
            ((number, rules),) = connection.execute(_TERMS).fetchall()
        if {*rules} != self._rules:
            raise Busy("the record is under the rules of another version of this program")
        self._number = number
        return number

    def forget(self) -> None:
        """Look again when the number is next asked for: it has moved, or may have."""
        self._number = None
