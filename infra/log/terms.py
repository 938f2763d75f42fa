"""What a process records on: its rules are those of the record, its keys not destroyed, and its server is the same."""

from collections.abc import Iterable

from domain.rule import Rule
from infra.log.combining import Busy
from infra.log.submission import Grounds
from infra.postgres.database import Pool

_TERMS = "SELECT number, log.timeline(), ARRAY(SELECT rule FROM log.guarded) FROM log.terms"


class OtherRules(Busy):
    """The record is under the rules of another version of this program, which is to take the command."""


class Terms:
    """What the log's terms and the server's timeline were when a process last looked."""

    def __init__(self, pool: Pool, rules: Iterable[Rule]) -> None:
        self._pool = pool
        self._rules = {rule.guard for rule in rules}
        self._grounds: Grounds | None = None

    @property
    def grounds(self) -> Grounds:
        """What is decided from now on rests on. Raises psycopg.Error, and OtherRules."""
        if (grounds := self._grounds) is None:
            with self._pool.connection() as connection:
                ((terms, timeline, rules),) = connection.execute(_TERMS).fetchall()
            if {*rules} != self._rules:
                raise OtherRules("the record is under the rules of another version of this program")
            grounds = self._grounds = Grounds(terms, timeline)
        return grounds

    def forget(self) -> None:
        """Look again when it is next asked for: it has moved."""
        self._grounds = None
