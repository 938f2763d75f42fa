"""What is answered about sessions, registers and attendance over HTTP."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, CausesHref, Percent, TimelineHref
from api.examples import answered
from domain.fellowship_state import Standing
from domain.session_events import Mark
from domain.session_state import Register, SessionStage
from domain.values import CohortId, FellowshipId, PersonId, SessionId
from projections.counted import Counted

_VIEWS = ("session 1", "attendance 1", "standing 1", "person 1")
_REGISTER = f"/v1/sessions/{examples.SESSION}/register?as_at=2014-04-12&known_at=1204"
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
    "href": f"/v1/fellowships/{examples.FELLOWSHIP}/attendance?as_at=2014-04-12&known_at=1204",
    "cells": [_CELL],
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
        "`not_due`: the fellow had left, paused or deferred before. `contradicted`: so, and yet marked as there."
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


class RegisterHrefs(BaseModel):
    """The addresses of the lines behind the counts."""

    expected: str
    marked: str
    unknown: str
    waived: str
    taken_out: str
    contradicted: str


class FellowAttendanceOut(BaseModel):
    """One fellow's attendance, in minutes. A percentage of nothing is null; what is unknown is in neither."""

    fellowship_id: FellowshipId
    person_id: PersonId
    name: str | None
    attended_minutes: int
    expected_minutes: int
    percent_so_far: Percent | None = Field(description="Of what was delivered, expected and marked.")
    sessions_so_far: int
    planned_minutes: int
    percent_of_planned: Percent | None = Field(description="Of that, of what is unknown, and of what is to come.")
    planned_sessions: int
    unknown_sessions: int
    unknown_minutes: int
    caught_up_minutes: int
    contradicted: int = Field(description="Sessions marked as attended at which the fellow was not due after all.")
    href: str = Field(description="The sessions and entries behind these figures.")
    cells: list[CellOut]


class Sessions(Answer):
    """A cohort's sessions, by day."""

    model_config = answered("session 1", cohort_id=examples.COHORT, items=[_SESSION])

    cohort_id: CohortId
    items: list[SessionOut]


class OneSession(Answer):
    """One session, and the version of its record."""

    model_config = answered("session 1", version=4, session=_SESSION)

    version: int = Field(description="The version of its record, for If-Match.")
    session: SessionOut | None = Field(description="Null where it was not scheduled by then.")


class RegisterOut(Answer):
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
        hrefs=dict.fromkeys(RegisterHrefs.model_fields, _REGISTER),
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
    expected: int = Field(description="Those who were due, marked or not.")
    marked: int
    unknown: int = Field(description="Those of them without a mark: unknown, never absent.")
    waived: int
    taken_out: int = Field(description="Those who were expected, and had left, paused or deferred before the day.")
    contradicted: int = Field(description="Those of them who are marked as there all the same.")
    hrefs: RegisterHrefs
    items: list[LineOut]


class Matrix(Answer):
    """A cohort's sessions and its fellows' attendance."""

    model_config = answered(*_VIEWS, cohort_id=examples.COHORT, sessions=[_SESSION], items=[_FELLOW])

    cohort_id: CohortId
    sessions: list[SessionOut]
    items: list[FellowAttendanceOut]


class FellowsAttendance(Answer):
    """One fellow's attendance at all sessions that concern them."""

    model_config = answered(*_VIEWS, fellowship_id=examples.FELLOWSHIP, attendance=_FELLOW, sessions=[_SESSION])

    fellowship_id: FellowshipId
    attendance: FellowAttendanceOut | None = Field(description="Null where the fellow was in no cohort by then.")
    sessions: list[SessionOut]
