"""Questions about sessions: where each stands, what its register says, and how much fellows attended."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from fastapi import Query
from pydantic import Field

from api.attendance_answers import (
    COUNTED_AS,
    REGISTER_COUNTS,
    AttendanceTotalOut,
    CellOut,
    FellowAttendanceOut,
    FellowsAttendance,
    GuestOut,
    LineOut,
    Matrix,
    OneSession,
    RegisterOut,
    SessionOut,
    Sessions,
)
from api.deps import Asked, Reading
from api.outside import outside
from api.problems import reading
from api.reader import Coordinates, Snapshot
from api.routes import Routes
from domain.cohort import COHORT
from domain.fellowship import FELLOWSHIP
from domain.refusal import NothingRecorded
from domain.session import SESSION
from domain.values import CohortId, FellowshipId, PersonId, SessionId
from projections.attendance import AttendanceMatrix, FellowAttendance, attendance, attendance_matrix, register
from projections.cohort import COHORTS
from projections.counted import Cell, Counted
from projections.person import PEOPLE
from projections.register import ATTENDANCE, Guest
from projections.session import SESSIONS, SessionRow, session, sessions
from projections.standing import STANDING

router = Routes(prefix="/v1", tags=["sessions"])

_VIEWS = (SESSIONS, ATTENDANCE, STANDING, PEOPLE)


class AttendanceQuery(Coordinates):
    """Where an answer is to stand, and which sessions a fellow's attendance is told of."""

    cohort_id: CohortId | None = Field(None, description="Only this cohort's sessions.")
    counted: Annotated[list[Counted], Field(max_length=len(Counted))] = Field(
        [], description="Only cells of sessions that count so; by default all. The figures stay those of all."
    )


class Only(StrEnum):
    """A part of a cohort's sessions."""

    UNSIGNED = "unsigned"


class SessionsQuery(Coordinates):
    """Where an answer is to stand, and which of a cohort's sessions are listed."""

    only: Only | None = Field(
        None, description="`unsigned`: only those held by that day, not cancelled, whose register is not signed."
    )


class RegisterQuery(Coordinates):
    """Where an answer is to stand, and which lines of a register are listed."""

    counted: Annotated[list[Counted], Field(max_length=len(Counted))] = Field(
        [], description="Only lines that count so; by default all."
    )


@router.get(
    "/cohorts/{cohort_id}/sessions",
    summary="List a cohort's sessions",
    responses=reading(NothingRecorded, versioned=True),
)
def list_sessions(cohort_id: CohortId, asked: Annotated[SessionsQuery, Query()], reader: Reading) -> Sessions:
    """The sessions of a cohort by day, and whether the register of each is open or signed."""
    with reader.at(asked, SESSIONS, COHORTS) as snapshot:
        snapshot.version(COHORT, cohort_id)
        rows = sessions(snapshot.connection, snapshot.at, cohort_id)
        items = [
            _session(snapshot, row) for row in rows if asked.only is None or row.awaits_signature(snapshot.at.valid)
        ]
        asides = outside(snapshot, cohort_id)
        return snapshot.answer(Sessions, asides=asides, cohort_id=cohort_id, items=items)


@router.get("/sessions/{session_id}", summary="Show a session", responses=reading(NothingRecorded, versioned=True))
def show_session(session_id: SessionId, asked: Asked, reader: Reading) -> OneSession:
    """One session; `ETag` is the version of its record, for the next command."""
    with reader.at(asked, SESSIONS) as snapshot:
        version = snapshot.version(SESSION, session_id)
        row = session(snapshot.connection, snapshot.at, session_id)
        return snapshot.answer(OneSession, version=version, session=row and _session(snapshot, row))


@router.get(
    "/sessions/{session_id}/register", summary="Show a register", responses=reading(NothingRecorded, versioned=True)
)
def show_register(session_id: SessionId, asked: Annotated[RegisterQuery, Query()], reader: Reading) -> RegisterOut:
    """What the register of a session says of each fellow; `ETag` is the version of the session's record."""
    with reader.at(asked, *_VIEWS) as snapshot:
        version = snapshot.version(SESSION, session_id)
        found = register(snapshot.connection, snapshot.at, session_id)
        lines = [] if found is None else list(found.lines)
        welcomed = found.guests if found else ()
        names = snapshot.names(each.person_id for each in (*lines, *welcomed))
        items = [_line(snapshot, line, names) for line in lines if not asked.counted or line.counted in asked.counted]
        return snapshot.answer(
            RegisterOut,
            version=version,
            session=found and _session(snapshot, found.session),
            expected=found.expected if found else 0,
            marked=found.marked if found else 0,
            unknown=found.unknown if found else 0,
            waived=found.waived if found else 0,
            taken_out=found.taken_out if found else 0,
            contradicted=found.contradicted if found else 0,
            hrefs={
                name: snapshot.href(f"/v1/sessions/{session_id}/register", counted=_named(counted))
                for name, counted in REGISTER_COUNTS.items()
            },
            guests=[_guest(snapshot, each, names) for each in welcomed],
            items=items,
        )


@router.get(
    "/cohorts/{cohort_id}/attendance",
    summary="Show a cohort's attendance",
    responses=reading(NothingRecorded, versioned=True),
)
def cohort_attendance(cohort_id: CohortId, asked: Asked, reader: Reading) -> Matrix:
    """A cohort's sessions, and for each fellow how each counts: so far, and of what is planned; and all so far."""
    with reader.at(asked, *_VIEWS, COHORTS) as snapshot:
        snapshot.version(COHORT, cohort_id)
        found = attendance_matrix(snapshot.connection, snapshot.at, cohort_id)
        names = snapshot.names(each.person_id for each in found.fellows)
        return snapshot.answer(
            Matrix,
            asides=outside(snapshot, cohort_id),
            cohort_id=cohort_id,
            total=_total(snapshot, found, cohort_id),
            sessions=[_session(snapshot, row) for row in found.sessions],
            items=[_fellow(snapshot, each, names, cohort_id) for each in found.fellows],
        )


@router.get(
    "/fellowships/{fellowship_id}/attendance",
    summary="Show a fellow's attendance",
    responses=reading(NothingRecorded, versioned=True),
)
def fellow_attendance(
    fellowship_id: FellowshipId, asked: Annotated[AttendanceQuery, Query()], reader: Reading
) -> FellowsAttendance:
    """One fellow's attendance, in all their cohorts or in one, with the sessions and the entries behind it."""
    with reader.at(asked, *_VIEWS) as snapshot:
        snapshot.version(FELLOWSHIP, fellowship_id)
        found = attendance(snapshot.connection, snapshot.at, cohort_id=asked.cohort_id, fellowship_id=fellowship_id)
        if not any(each.cells for each in found):
            snapshot.must_have_heard_of(COHORT, asked.cohort_id, "cohort_id")
        names = snapshot.names(each.person_id for each in found)
        shown = _fellow(snapshot, found[0], names, asked.cohort_id, asked.counted) if found else None
        held = {cell.session_id for cell in shown.cells} if shown else ()
        rows = sessions(snapshot.connection, snapshot.at, session_ids=held)
        return snapshot.answer(
            FellowsAttendance,
            fellowship_id=fellowship_id,
            attendance=shown,
            sessions=[_session(snapshot, row) for row in rows],
        )


def _session(snapshot: Snapshot, row: SessionRow) -> SessionOut:
    href = snapshot.href(f"/v1/sessions/{row.session_id}/register")
    return SessionOut.model_validate(row._asdict() | {"href": href})


def _named(counted: Iterable[Counted]) -> list[str]:
    return [each.value for each in counted]


def _line(snapshot: Snapshot, cell: Cell, names: Mapping[str, str]) -> LineOut:
    more = {
        "name": names.get(str(cell.person_id)),
        "href": snapshot.timeline(cell.fellowship_id),
        "entries": snapshot.causes(cell.causes),
    }
    return LineOut.model_validate(cell._asdict() | more)


def _guest(snapshot: Snapshot, found: Guest, names: Mapping[str, str]) -> GuestOut:
    more = {"name": names.get(found.person_id), "entries": snapshot.causes([found.cause])}
    return GuestOut.model_validate(found._asdict() | more)


def _total(snapshot: Snapshot, found: AttendanceMatrix, cohort_id: CohortId) -> AttendanceTotalOut:
    href = snapshot.href(f"/v1/cohorts/{cohort_id}/attendance")
    return AttendanceTotalOut(
        attended_minutes=found.attended_minutes,
        expected_minutes=found.expected_minutes,
        percent=found.percent,
        hrefs={"attended_minutes": href, "expected_minutes": href},
    )


def _fellow(
    snapshot: Snapshot,
    found: FellowAttendance,
    names: Mapping[str, str],
    cohort_id: CohortId | None,
    counted: Sequence[Counted] = (),
) -> FellowAttendanceOut:
    cells = [
        CellOut.model_validate(cell._asdict() | {"entries": snapshot.causes(cell.causes)})
        for cell in found.cells
        if not counted or cell.counted in counted
    ]

    def href(counted: Sequence[Counted] = ()) -> str:
        path = f"/v1/fellowships/{found.fellowship_id}/attendance"
        return snapshot.href(path, cohort_id=cohort_id, counted=_named(counted))

    return FellowAttendanceOut(
        fellowship_id=FellowshipId(found.fellowship_id),
        person_id=PersonId(found.person_id),
        name=names.get(str(found.person_id)),
        attended_minutes=found.attended_minutes,
        expected_minutes=found.expected_minutes,
        percent_so_far=found.percent_so_far,
        sessions_so_far=found.sessions_so_far,
        planned_minutes=found.planned_minutes,
        percent_of_planned=found.percent_of_planned,
        planned_sessions=found.planned_sessions,
        unknown_sessions=found.unknown_sessions,
        unknown_minutes=found.unknown_minutes,
        caught_up_minutes=found.caught_up_minutes,
        contradicted=len(found.contradicted),
        href=href(),
        hrefs={name: href(behind) for name, behind in COUNTED_AS.items()},
        cells=cells,
    )
