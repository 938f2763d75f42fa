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
_MOVES = frozenset({"as_at", "min_position", "cited", *_KNOWN})
"""The parameters in whose place a citation has others."""
_YEAR = re.compile(r"(19|20|21)[0-9]{2}")


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

        It names the views and which build of them: where another is released, the answer says so.

        `fields` are those of the answer; of an answer between two record numbers they hold the other one.
        """
        numbers = {name: fields[name] for name in _KNOWN if name in fields} | {self.parameter: at.known}
        stays = [each for each in self.asked if each[0] not in _MOVES]
        cited = [("cited", each) for each in at.views] if self.parameter == "known_at" else []
        return f"{self.path}?{urlencode([('as_at', at.valid), *numbers.items(), *stays, *cited], safe='@')}"

    def remarks(self, at: At) -> list[Remark]:
        """What to know of how the question was read."""
        asked = dict(self.asked)
        known = [(name, asked[name]) for name in _KNOWN if name in asked]
        found = [remark for name, value in known if (remark := self._of_known(name, value)) is not None]
        if self.demonstrated is not None and "as_at" not in asked:
            says = f"No day was named: in this demonstration today is {at.valid}. Name another with as_at."
            found.append(Remark(about=Aside.TODAY, says=says))
        if (lag := at.lag) is not None:
            entries = "1 entry" if lag.entries == 1 else f"{lag.entries} entries"
            says = (
                f"Not yet in this answer: {entries} after record number {at.known}, the first of them recorded "
                f"{lag.seconds:.1f} seconds ago. Ask again, or say in min_position what must be in it."
            )
            found.append(Remark(about=Aside.BEHIND, says=says))
        return found

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
