"""The sheet of coaching: what was agreed, the sessions held or not, and how it ended."""

from api.importing.columns import whole
from api.presence import person_must_be_recorded
from api.sheets.cells import code, identifier, period, reason, word
from api.sheets.sheet import FACT, ON, Row, Sheet, Subject, Telling
from domain.coaching import COACHING, CoachingNotContracted
from domain.coaching_decisions import change_coach, contract_coaching, hold_coaching_session
from domain.coaching_events import (
    CoachChanged,
    CoachingCompleted,
    CoachingContracted,
    CoachingEndedEarly,
    CoachingSessionCancelled,
    CoachingSessionHeld,
    EntitlementExtended,
    Mode,
    Notice,
    Side,
)
from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import Fellowship
from domain.values import CoachingId, FellowshipId, PersonId, today
from infra.log.desk import Desk


def _contract(desk: Desk, row: Row) -> None:
    person_must_be_recorded(desk, row["coach_id"])
    fellowship = desk.fold(FELLOWSHIP, row["fellowship_id"], on=row.day)
    contracted = contract_coaching(
        fellowship,
        fellowship_id=row["fellowship_id"],
        coach_id=row["coach_id"],
        on=row.day,
        entitlement_minutes=row["entitlement_minutes"],
    )
    row.claims(desk, fellowship.holder())
    desk.record(COACHING, row["engagement"], contracted, row.happened)


def _coached(desk: Desk, row: Row) -> Fellowship:
    coaching = desk.fold(COACHING, row["engagement"], on=row.day)
    if coaching.fellowship_id is None:
        raise CoachingNotContracted
    return desk.fold(FELLOWSHIP, coaching.fellowship_id, on=row.day)


def _hold(desk: Desk, row: Row) -> None:
    fellowship = _coached(desk, row)
    _record(
        desk,
        row,
        hold_coaching_session(fellowship, on=row.day, today=today(), minutes=row["minutes"], mode=row["mode"]),
    )


def _change(desk: Desk, row: Row) -> None:
    person_must_be_recorded(desk, row["coach_id"])
    fellowship = _coached(desk, row)
    ended, continued = change_coach(
        desk.fold(COACHING, row["engagement"], on=row.day),
        fellowship,
        on=row.day,
        coaching_id=row["engagement"],
        continued_by=row["continued_by"],
        coach_id=row["coach_id"],
        carried_minutes=row["minutes"],
    )
    row.claims(desk, fellowship.holder())
    _record(desk, row, ended)
    desk.record(COACHING, row["continued_by"], continued, row.happened)


def _cancelled(row: Row) -> CoachingSessionCancelled:
    return CoachingSessionCancelled(notice=row["notice"], by=row["by"], minutes_used=row["minutes"] or 0)


def _record(desk: Desk, row: Row, event: Event) -> None:
    desk.fold(COACHING, row["engagement"])
    desk.record(COACHING, row["engagement"], event, row.happened)


COACHING_SHEET = Sheet(
    name="coaching",
    subject=Subject("engagement", CoachingId, COACHING),
    columns={
        "engagement": code,
        FACT: code,
        ON: period,
        "fellowship_id": identifier(FellowshipId),
        "coach_id": identifier(PersonId),
        "entitlement_minutes": whole(0, 100_000),
        "session": code,
        "minutes": whole(1, 24 * 60),
        "mode": word(Mode),
        "notice": word(Notice),
        "by": word(Side),
        "continued_by": code,
        "reason": reason,
    },
    tellings=(
        Telling(
            "contracted",
            CoachingContracted,
            _contract,
            needs=(ON, "fellowship_id", "coach_id", "entitlement_minutes"),
            opens=True,
        ),
        Telling(
            "entitlement_extended",
            EntitlementExtended,
            lambda desk, row: _record(desk, row, EntitlementExtended(minutes=row["minutes"])),
            needs=(ON, "minutes", "reason"),
            key=(ON,),
        ),
        Telling(
            "session_held",
            CoachingSessionHeld,
            _hold,
            needs=(ON, "session", "minutes"),
            takes=("mode",),
            key=("session",),
        ),
        Telling(
            "session_cancelled",
            CoachingSessionCancelled,
            lambda desk, row: _record(desk, row, _cancelled(row)),
            needs=(ON, "session", "notice", "by"),
            takes=("minutes",),
            key=("session",),
        ),
        Telling(
            "coach_changed",
            CoachChanged,
            _change,
            needs=(ON, "coach_id", "continued_by", "reason"),
            takes=("minutes",),
            parses={"minutes": whole(0, 100_000)},
        ),
        Telling("completed", CoachingCompleted, lambda desk, row: _record(desk, row, CoachingCompleted())),
        Telling(
            "ended_early",
            CoachingEndedEarly,
            lambda desk, row: _record(desk, row, CoachingEndedEarly()),
            needs=(ON, "reason"),
        ),
    ),
)
