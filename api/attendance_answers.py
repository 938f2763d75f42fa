"""What is answered about sessions, registers and attendance over HTTP."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, CausesHref, Percent, TimelineHref
from api.examples import answered
from api.figures import Figures, figure
from domain.fellowship_state import Standing
from domain.session_events import Mark
from domain.session_state import Register, SessionStage
from domain.values import CohortId, FellowshipId, PersonId, SessionId
from projections.counted import Counted

_SO_FAR, _DUE = (Counted.MARKED,), (Counted.MARKED, Counted.UNKNOWN, Counted.UPCOMING)
COUNTED_AS: Mapping[str, tuple[Counted, ...]] = {
    "attended_minutes": _SO_FAR,
    "expected_minutes": _SO_FAR,
    "sessions_so_far": _SO_FAR,
    "planned_minutes": _DUE,
    "planned_sessions": _DUE,
    "unknown_sessions": (Counted.UNKNOWN,),
    "unknown_minutes": (Counted.UNKNOWN,),
    "caught_up_minutes": (Counted.MARKED, Counted.UNKNOWN),
    "contradicted": (Counted.CONTRADICTED,),
}
"""How the sessions count that are behind each figure of a fellow's attendance."""
REGISTER_COUNTS: Mapping[str, tuple[Counted, ...]] = {
    "expected": _DUE,
    "marked": _SO_FAR,
    "unknown": (Counted.UNKNOWN, Counted.UPCOMING),
    "waived": (Counted.WAIVED,),
    "taken_out": (Counted.NOT_DUE, Counted.CONTRADICTED),
    "contradicted": (Counted.CONTRADICTED,),
}
"""How the lines count that are behind each figure of a register."""
_VIEWS = ("session 1", "attendance 1", "standing 2", "person 1")
_REGISTER = f"/v1/sessions/{examples.SESSION}/register?as_at=2014-04-12&known_at=1204"
_CELLS = f"/v1/fellowships/{examples.FELLOWSHIP}/attendance?as_at=2014-04-12&known_at=1204"
_SESSION: dict[str, Any] = {
    "session_id": examples.SESSION,
    "cohort_id": examples.COHORT,
    "module": "Improvement science",
    "held_on": "2013-10-07",
    "minutes": 360,
    "accredited": True,
    "stage": "delivered",
    "register": "open",
    "replaced_by": None,
    "cause": 402,
    "href": _REGISTER,
}
_CELL: dict[str, Any] = {
    "session_id": examples.SESSION,
    "counted": "marked",
    "mark": "part",
    "attended_minutes": 180,
    "session_minutes": 360,
    "caught_up": 0,
    "standing": "in_progress",
    "entries": examples.CAUSES,
}
_FELLOW: dict[str, Any] = {
    "fellowship_id": examples.FELLOWSHIP,
    "person_id": examples.PERSON,
    "name": "Ada Fenner",
    "attended_minutes": 180,
    "expected_minutes": 360,
    "percent_so_far": 50.0,
    "sessions_so_far": 1,
    "planned_minutes": 720,
    "percent_of_planned": 25.0,
    "planned_sessions": 2,
    "unknown_sessions": 0,
    "unknown_minutes": 0,
    "caught_up_minutes": 0,
    "contradicted": 0,
    "href": _CELLS,
    "hrefs": dict.fromkeys(COUNTED_AS, _CELLS),
    "cells": [_CELL],
}
_MATRIX = f"/v1/cohorts/{examples.COHORT}/attendance?as_at=2014-04-12&known_at=1204"
_TOTAL: dict[str, Any] = {
    "attended_minutes": 180,
    "expected_minutes": 360,
    "percent": 50.0,
    "hrefs": dict.fromkeys(("attended_minutes", "expected_minutes"), _MATRIX),
}


class SessionOut(BaseModel):
    """A session: the minutes planned, or those it lasted once delivered."""

    model_config = ConfigDict(from_attributes=True)

    session_id: SessionId
    cohort_id: CohortId
    module: str
    held_on: date
    minutes: int
    accredited: bool
    stage: SessionStage
    register_is: Register | None = Field(alias="register", description="Null: it was not opened by then.")
    replaced_by: SessionId | None
    cause: int
    href: str = Field(description="Its register.")


class CellOut(BaseModel):
    """How a session counts for a fellow, in minutes."""

    session_id: SessionId
    counted: Counted = Field(
        description="`marked`: so far. `unknown`: delivered, expected, and no mark. `upcoming`: still to come. "
        "`not_due`: the fellow had left, paused or deferred before, or not started. `contradicted`: so, and yet marked "
        "as there."
    )
    mark: Mark | None = Field(description="Null: nothing is known; never that the fellow was absent.")
    attended_minutes: int
    session_minutes: int
    caught_up: int
    standing: Standing | None
    entries: CausesHref


class LineOut(CellOut):
    """A line of a register."""

    fellowship_id: FellowshipId
    person_id: PersonId
    name: str | None
    href: TimelineHref


class GuestOut(BaseModel):
    """Somebody who was at the session and not expected; no figure counts them."""

    person_id: PersonId
    name: str | None
    fellowship_id: FellowshipId | None = Field(description="Theirs, where one was named.")
    minutes: int | None = Field(description="Null: all of the session.")
    entries: CausesHref


def _minutes(of: str, description: str | None = None) -> Any:
    return figure(description, rows="attendance.cells", sums=(of,))


def _sessions(description: str | None = None) -> Any:
    return figure(description, rows="attendance.cells")


class FellowAttendanceOut(Figures):
    """One fellow's attendance, in minutes. A percentage of nothing is null; what is unknown is in neither."""

    fellowship_id: FellowshipId
    person_id: PersonId
    name: str | None
    attended_minutes: int = _minutes("attended_minutes")
    expected_minutes: int = _minutes("session_minutes")
    percent_so_far: Percent | None = Field(description="Of what was delivered, expected and marked.")
    sessions_so_far: int = _sessions()
    planned_minutes: int = _minutes("session_minutes")
    percent_of_planned: Percent | None = Field(description="Of that, of what is unknown, and of what is to come.")
    planned_sessions: int = _sessions()
    unknown_sessions: int = _sessions()
    unknown_minutes: int = _minutes("session_minutes")
    caught_up_minutes: int = _minutes("caught_up")
    contradicted: int = _sessions("Sessions marked as attended at which the fellow was not due after all.")
    href: str = Field(description="The sessions and entries behind these figures.")
    cells: list[CellOut]


class Sessions(Answer):
    """A cohort's sessions, by day."""

    model_config = answered("session 1", "cohort 1", cohort_id=examples.COHORT, items=[_SESSION])

    cohort_id: CohortId
    items: list[SessionOut]


class OneSession(Answer):
    """One session, and the version of its record."""

    model_config = answered("session 1", version=4, session=_SESSION)

    version: int = Field(description="The version of its record, for If-Match.")
    session: SessionOut | None = Field(description="Null where it was not scheduled by then.")


class RegisterOut(Figures, Answer):
    """A session's register: its lines, or those that one count counts."""

    model_config = answered(
        *_VIEWS,
        version=6,
        session=_SESSION,
        expected=1,
        marked=1,
        unknown=0,
        waived=0,
        taken_out=0,
        contradicted=0,
        hrefs=dict.fromkeys(REGISTER_COUNTS, _REGISTER),
        guests=[
            {
                "person_id": examples.COACH,
                "name": "Di Marsh",
                "fellowship_id": None,
                "minutes": 180,
                "entries": examples.CAUSES,
            }
        ],
        items=[
            {
                **_CELL,
                "fellowship_id": examples.FELLOWSHIP,
                "person_id": examples.PERSON,
                "name": "Ada Fenner",
                "href": examples.HREF,
            }
        ],
    )

    version: int = Field(description="The version of its record, for If-Match.")
    session: SessionOut | None = Field(description="Null where it was not scheduled by then.")
    expected: int = figure("Those who were due, marked or not.")
    marked: int = figure()
    unknown: int = figure("Those of them without a mark: unknown, never absent.")
    waived: int = figure()
    taken_out: int = figure("Those who were expected, and had left, paused or deferred before the day, or not started.")
    contradicted: int = figure("Those of them who are marked as there all the same.")
    guests: list[GuestOut] = Field(description="Who was there and not expected, whichever lines are listed.")
    items: list[LineOut]


class AttendanceTotalOut(Figures):
    """The attendance of all fellows of a cohort together, so far, in minutes. A percentage of nothing is null."""

    attended_minutes: int = figure(sums=("attended_minutes",))
    expected_minutes: int = figure("Of what was delivered, expected and marked.", sums=("expected_minutes",))
    percent: Percent | None = Field(description="What was attended of what was expected.")


class Matrix(Answer):
    """A cohort's sessions and its fellows' attendance, of each and of all together."""

    model_config = answered(
        *_VIEWS, "cohort 1", cohort_id=examples.COHORT, total=_TOTAL, sessions=[_SESSION], items=[_FELLOW]
    )

    cohort_id: CohortId
    total: AttendanceTotalOut
    sessions: list[SessionOut]
    items: list[FellowAttendanceOut]


class FellowsAttendance(Answer):
    """One fellow's attendance at all sessions that concern them, or at one cohort's."""

    model_config = answered(*_VIEWS, fellowship_id=examples.FELLOWSHIP, attendance=_FELLOW, sessions=[_SESSION])

    fellowship_id: FellowshipId
    attendance: FellowAttendanceOut | None = Field(description="Null where the fellow was in no cohort by then.")
    sessions: list[SessionOut]
