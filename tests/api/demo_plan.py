"""What the demonstration's plan comes to, worked out from its cases and marks alone: no view and no query is asked."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from api.demo.acts import Fellow, standing_cases, when
from api.demo.plan import Case, Intake
from api.demo.seed import Seed
from api.demo.session import IN_PART, MINUTES, WRONG, Meeting, mark
from domain.event import How
from domain.session_events import Mark

_DAY = timedelta(days=1)
_BECOMES = {
    "accepted": "accepted",
    "confirmed": "accepted",
    "started": "in progress",
    "paused": "paused",
    "resumed": "in progress",
    "deferred": "deferred",
    "taken_up": "in progress",
    "withdrawn": "withdrawn",
    "withdrawal_reversed": "in progress",
    "completed": "completed",
    "not_completed": "not completed",
    "ended_by_programme": "not completed",
    "place_given_up": "place given up",
}
_ENDS = ("completed", "not_completed", "ended_by_programme", "withdrawn", "place_given_up")
RETAINED = ("in progress", "paused", "deferred", "completed")


class Where(NamedTuple):
    """The cohort that a fellow is in, by its number, and the state."""

    cohort: int
    state: str


def where(fellow: Fellow, day: date, known: date) -> Where | None:
    """Where a fellow was at the end of a day, as known at the end of another; None before a place was accepted."""
    said = {case.what for case in fellow.cases if not case.how}
    facts = [
        (case_day, case.what)
        for case in standing_cases(fellow._replace(cases=tuple(_entered(fellow, day, known))))
        if (case_day := when(case)) <= day
    ]
    usual = {"accepted": fellow.accepted_on, "started": fellow.intake.starts_on, "completed": fellow.intake.ends_on}
    for what, usually in usual.items():
        skipped = what in said or (what == "completed" and said.intersection(_ENDS)) or "declined" in said
        if not skipped and not (what == "started" and "place_given_up" in said) and usually <= min(day, known):
            facts.append((usually, what))
    if not facts:
        return None
    order = list(_BECOMES)
    facts.sort(key=lambda fact: (fact[0], order.index(fact[1])))
    moved = any(what == "taken_up" for _, what in facts)
    return Where(fellow.intake.number + moved, _BECOMES[facts[-1][1]])


def _entered(fellow: Fellow, day: date, known: date) -> Iterable[Case]:
    """What had been entered; a later decision leaves what it replaces in force up to its own day."""
    for case in fellow.cases:
        later = case.how is How.SUPERSEDES and date.fromisoformat(case.happened) > day
        if case.entered_on <= known and not later:
            yield case


def counts(seed: Seed, cohort: int, day: date) -> dict[str, int]:
    """How many of those who accepted a place in a cohort are in each state, as known in the end."""
    found: dict[str, int] = {}
    for fellow in seed.fellows.values():
        there = where(fellow, day, day) if fellow.intake.number == cohort else None
        if there is not None:
            found[there.state] = found.get(there.state, 0) + 1
    return found


def started(fellow: Fellow) -> bool:
    """Whether a fellow started."""
    return not {case.what for case in fellow.cases} & {"declined", "place_given_up"}


class Attended(NamedTuple):
    """Minutes attended and expected."""

    attended: int
    expected: int

    @property
    def told(self) -> str:
        """The share, and what it is of, as the story writes it."""
        return f"{100 * self.attended / self.expected:.1f}% of {self.expected:,} minutes"


def attended(seed: Seed, intake: Intake, today: date, *, put_right: bool, only: Fellow | None = None) -> Attended:
    """What fellows attended of a cohort's sessions by a day; with or without the correction that the story makes."""
    there = expected = 0
    for meeting, _ in seed.meetings[intake.number]:
        for fellow in counted(seed, meeting, today):
            if only is None or fellow is only:
                said = _marked(meeting, fellow, today, put_right=put_right)
                if said is not None:
                    expected += MINUTES
                    there += {Mark.PRESENT: MINUTES, Mark.LATE: MINUTES, Mark.PART: IN_PART}.get(said, 0)
    return Attended(there, expected)


def counted(seed: Seed, meeting: Meeting, today: date) -> list[Fellow]:
    """Who was expected at a session that was held, and is counted: not who is known by now to have been away."""
    held_on, cohort = meeting.held_on, meeting.intake.number
    if meeting.instead is not None or held_on + _DAY >= today:
        return []
    found: list[Fellow] = []
    for fellow in seed.fellows.values():
        # The register was opened early on the day, before anything else was entered on it.
        on_register = where(fellow, held_on, held_on - _DAY) == (cohort, "in progress")
        truly = where(fellow, held_on - _DAY, today)
        if on_register and truly is not None and truly.state in ("in progress", "accepted"):
            found.append(fellow)
    return found


def _marked(meeting: Meeting, fellow: Fellow, today: date, *, put_right: bool) -> Mark | None:
    for wrong in WRONG:
        if wrong[:3] == (meeting.intake.number, meeting.week, fellow.number) and fellow.intake is meeting.intake:
            right = put_right if wrong.corrected_on is None else wrong.corrected_on < today
            return Mark.PRESENT if right else Mark.ABSENT_UNAUTHORISED
    return mark(meeting, fellow)
