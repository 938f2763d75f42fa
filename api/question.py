"""How a question was put: the address that always gets its answer, and what to know of how it was read."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple, Self
from urllib.parse import urlencode

from fastapi import Request

from api.answers import Aside, Remark
from domain.values import today
from infra.views.reading import At

_KNOWN = ("known_at", "known_from", "known_to")
"""The parameters that say what an answer is to be as known at."""
_MOVES = frozenset({"as_at", "asked_on", "min_position", "cited", *_KNOWN})
"""The parameters in whose place a citation has others."""
_YEAR = re.compile(r"(19|20|21)[0-9]{2}")
_WAIT = "Ask again, or say in min_position what must be in it."


def of_day(at: At, valid: date) -> str:
    """How an address asks about a day where an answer stands: about one that had not come, as when that was asked."""
    return f"as_at={valid}&asked_on={at.asked_on}" if valid > at.asked_on else f"as_at={valid}"


class Question(NamedTuple):
    """A question as it was put, on a day in London; `demonstrated` is the demonstration's today."""

    path: str
    asked: Sequence[tuple[str, str]]
    on: date
    demonstrated: date | None
    parameter: str
    """What names the record number that the answer stands at."""

    @classmethod
    def of(cls, request: Request, demonstrated: date | None, parameter: str) -> Self:
        """The question that a request is, taken before it is answered: the day may end meanwhile."""
        return cls(request.scope["path"], request.query_params.multi_items(), today(), demonstrated, parameter)

    def citation(self, at: At, fields: Mapping[str, Any]) -> str:
        """The address that always gets this answer: a day and record numbers in the place of what moves on.

        It names the views and which build of them: where another is released, the answer says so. Of a day that had not
        come it names the day of asking too, after which more can be told.

        `fields` are those of the answer; of an answer between two record numbers they hold the other one.
        """
        numbers = {name: fields[name] for name in _KNOWN if name in fields} | {self.parameter: at.known}
        stays = [each for each in self.asked if each[0] not in _MOVES]
        cited = [("cited", each) for each in at.views]
        return f"{self.path}?{of_day(at, at.valid)}&{urlencode([*numbers.items(), *stays, *cited], safe='@')}"

    def remarks(self, at: At, advice: str) -> list[Remark]:
        """What to know of how the question was read, and of its day; `advice` is for one whose views are behind."""
        asked = dict(self.asked)
        known = [(name, asked[name]) for name in _KNOWN if name in asked]
        found = [remark for name, value in known if (remark := self._of_known(name, value)) is not None]
        if self.demonstrated is not None and not {"as_at", "asked_on"} & asked.keys():
            says = f"No day was named: in this demonstration today is {at.valid}. Name another with as_at."
            found.append(Remark(about=Aside.TODAY, says=says))
        if (lag := at.lag) is not None:
            entries = "1 entry" if lag.entries == 1 else f"{lag.entries} entries"
            says = (
                f"Not yet in this answer: {entries} after record number {at.known}, the first of them recorded "
                f"{lag.seconds:.1f} seconds ago. {advice or _WAIT}"
            )
            found.append(Remark(about=Aside.BEHIND, says=says))
        if at.valid > at.asked_on:
            found.append(Remark(about=Aside.AHEAD, says=self._ahead(at)))
        return found

    def _ahead(self, at: At) -> str:
        came = "today in this demonstration" if at.asked_on == self.demonstrated else "the day this was asked on"
        return (
            f"{at.valid} is after {at.asked_on}, {came}, and had not come: the answer tells what was last told, "
            "and what is planned; nobody knows what else that day will bring."
        )

    def _of_known(self, name: str, value: str) -> Remark | None:
        if _YEAR.fullmatch(value):
            says = (
                f"{name}={value} was read as record number {value}. For what was known at the end of the year, "
                f"name its last day: {name}={value}-12-31."
            )
            return Remark(about=Aside.READ_AS_A_NUMBER, says=says)
        if value == self.on.isoformat():
            says = (
                f"{name}={value}: this day is not over, so the answer is not final. Asked again after more is "
                "recorded, that address answers otherwise; the one in citation does not."
            )
            return Remark(about=Aside.NOT_FINAL, says=says)
        return None
