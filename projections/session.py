"""Which sessions a cohort has, and where each stands. Their registers' lines are in `projections.attendance`."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, select

from domain.event import Recorded
from domain.session_events import (
    RegisterOpened,
    RegisterReopened,
    RegisterSigned,
    SessionCancelled,
    SessionDelivered,
    SessionRescheduled,
    SessionScheduled,
)
from domain.session_state import Register, SessionStage
from domain.values import CohortId, SessionId
from infra.views.reading import At
from infra.views.view import Routed, View


class Session(NamedTuple):
    """A session as the view holds it: the minutes planned, or those it lasted once delivered."""

    cohort_id: CohortId
    module: str
    held_on: date
    minutes: int
    accredited: bool
    stage: SessionStage
    register: Register | None
    replaced_by: SessionId | None


_OF_THE_SESSION = (
    SessionScheduled
    | SessionRescheduled
    | SessionDelivered
    | SessionCancelled
    | RegisterOpened
    | RegisterSigned
    | RegisterReopened
)


def route(recorded: Recorded) -> Iterable[Routed]:
    """What is of a session as a whole goes to that session."""
    if isinstance(recorded.event, _OF_THE_SESSION):
        yield Routed((recorded.key,), recorded.day, recorded.event)


def fold(session: Session | None, event: object) -> Session | None:
    """The session after a fact."""
    if isinstance(event, SessionScheduled):
        return Session(
            event.cohort_id,
            event.module,
            event.held_on,
            event.minutes,
            event.accredited,
            SessionStage.SCHEDULED,
            session.register if session else None,
            None,
        )
    if session is None:
        return None
    match event:
        case SessionRescheduled(held_on=held_on, minutes=minutes):
            return session._replace(held_on=held_on, minutes=minutes or session.minutes)
        case SessionDelivered(minutes=minutes):
            return session._replace(stage=SessionStage.DELIVERED, minutes=minutes)
        case SessionCancelled(replaced_by=replaced_by):
            return session._replace(stage=SessionStage.CANCELLED, replaced_by=replaced_by)
        case RegisterOpened():
            return session._replace(register=Register.OPEN)
        case RegisterSigned():
            return session._replace(register=Register.SIGNED)
        case RegisterReopened():
            return session._replace(register=Register.REOPENED)
        case _:
            return session


SESSIONS = View(
    name="session",
    version=1,
    key={"session_id": SessionId},
    state=Session,
    route=route,
    fold=fold,
    ever=("cohort_id",),
)


class SessionRow(NamedTuple):
    """A session as a reader sees it, and the position of the entry that made it so."""

    session_id: str
    cohort_id: str
    module: str
    held_on: date
    minutes: int
    accredited: bool
    stage: SessionStage
    register: Register | None
    replaced_by: str | None
    cause: int

    def awaits_signature(self, day: date) -> bool:
        """Whether it was due by a day, and not cancelled, and nobody has signed its register, opened or not."""
        due = self.held_on <= day and self.stage is not SessionStage.CANCELLED
        return due and self.register is not Register.SIGNED


def sessions(
    connection: Connection,
    at: At,
    cohort_id: str | Collection[str] | None = None,
    *,
    session_ids: Collection[str] | None = None,
) -> list[SessionRow]:
    """The sessions of a cohort, or of several, or those of these identifiers; by the day they are held."""
    cohorts = cohort_id if cohort_id is None or isinstance(cohort_id, str) else list(cohort_id)
    keys = None if session_ids is None else [(each,) for each in session_ids]
    if [] in (cohorts, keys):
        return []
    where = None if cohorts is None else {"cohort_id": cohorts}
    rows = SESSIONS.as_of(valid=at.valid, known=at.known, where=where, keys=keys)
    columns = [rows.c[name] for name in SessionRow._fields]
    found = connection.execute(select(*columns).order_by(rows.c.held_on, rows.c.session_id))
    return [_row(SessionRow(*row)) for row in found]


def session(connection: Connection, at: At, session_id: str) -> SessionRow | None:
    """One session, or None where there was none then."""
    return next(iter(sessions(connection, at, session_ids=[session_id])), None)


def _row(row: SessionRow) -> SessionRow:
    return row._replace(
        stage=SessionStage(row.stage), register=None if row.register is None else Register(row.register)
    )
