"""The sheet of attendance: sessions, their registers, and the marks in them."""

from api.cancelling import cancel
from api.importing.columns import whole
from api.presence import person_must_be_recorded
from api.sheets.cells import code, day, identifier, period, reason, text, word, yes_or_no
from api.sheets.sheet import FACT, ON, Row, Sheet, Subject, Telling
from domain.capacity import PLACES
from domain.cohort import COHORT
from domain.expectation import open_register
from domain.fellowship import FELLOWSHIP
from domain.session import SESSION
from domain.session_decisions import (
    complete_catch_up,
    deliver_session,
    expect_fellow,
    record_attendance,
    record_guest,
    schedule_session,
    waive_expectation,
)
from domain.session_events import (
    AbsenceReason,
    AttendanceRecorded,
    CatchUpCompleted,
    ExpectationWaived,
    FellowExpected,
    GuestAttendanceRecorded,
    Mark,
    Module,
    RegisterOpened,
    RegisterSigned,
    SessionCancelled,
    SessionDelivered,
    SessionScheduled,
    WaiverReason,
)
from domain.session_state import Session
from domain.values import FellowshipId, Happened, PersonId, Precision, SessionId, today
from infra.log.desk import Desk


def _schedule(desk: Desk, row: Row) -> None:
    # Files rarely tell when a session was scheduled: then by its day, or by now where that is still to come.
    happened = row.happened if row[ON] else Happened(min(row["held_on"], today()), Precision.UNKNOWN)
    scheduled = schedule_session(
        desk.fold(COHORT, row["cohort"], on=happened.day),
        cohort_id=row["cohort"],
        module=row["module"],
        held_on=row["held_on"],
        minutes=row["minutes"],
        accredited=bool(row["accredited"]),
    )
    row.claims(desk)
    desk.record(SESSION, row["session"], scheduled, happened)


def _session(desk: Desk, row: Row) -> Session:
    """The session after everything recorded, as its decisions ask for it."""
    return desk.fold(SESSION, row["session"])


def _due(session: Session) -> Happened:
    return Happened(min(session.day(), today()))


def _open(desk: Desk, row: Row) -> None:
    session = _session(desk, row)
    day = session.day()
    assert session.cohort_id is not None
    members = desk.members(FELLOWSHIP, PLACES.of(session.cohort_id))
    fellowships = {FellowshipId(identifier): history.at(day) for identifier, history in members.items()}
    for event in open_register(session, fellowships):
        desk.record(SESSION, row["session"], event, _due(session))


def _expect(desk: Desk, row: Row) -> None:
    session = _session(desk, row)
    fellowship = desk.fold(FELLOWSHIP, row["fellowship_id"], on=session.day())
    expected = expect_fellow(session, fellowship, fellowship_id=row["fellowship_id"])
    desk.record(SESSION, row["session"], expected, _due(session))


def _waive(desk: Desk, row: Row) -> None:
    session = _session(desk, row)
    desk.fold(FELLOWSHIP, row["fellowship_id"])
    why = row["circumstance"] or WaiverReason.NOT_RECORDED
    waived = waive_expectation(session, fellowship_id=row["fellowship_id"], reason=why)
    desk.record(SESSION, row["session"], waived, _due(session))


def _deliver(desk: Desk, row: Row) -> None:
    session = _session(desk, row)
    delivered = deliver_session(session, today=today(), minutes=row["minutes"])
    desk.record(SESSION, row["session"], delivered, Happened(session.day()))


def _mark(desk: Desk, row: Row) -> None:
    session = _session(desk, row)
    marked = record_attendance(
        session,
        desk.fold(FELLOWSHIP, row["fellowship_id"], on=session.day()),
        fellowship_id=row["fellowship_id"],
        mark=row["mark"],
        today=today(),
        minutes=row["minutes"],
        reason=row["circumstance"],
    )
    desk.record(SESSION, row["session"], marked, Happened(session.day()))


def _welcome(desk: Desk, row: Row) -> None:
    session = _session(desk, row)
    person_id = row["person_id"]
    if person_id is None:
        person_id = desk.fold(FELLOWSHIP, row["fellowship_id"], on=session.day()).holder()
    person_must_be_recorded(desk, person_id)
    guest = record_guest(session, person_id=person_id, fellowship_id=row["fellowship_id"], minutes=row["minutes"])
    desk.record(SESSION, row["session"], guest, Happened(session.day()))


def _catch_up(desk: Desk, row: Row) -> None:
    caught_up = complete_catch_up(
        _session(desk, row),
        desk.fold(FELLOWSHIP, row["fellowship_id"], on=row.day),
        fellowship_id=row["fellowship_id"],
        on=row.day,
        today=today(),
        minutes=row["minutes"],
    )
    desk.record(SESSION, row["session"], caught_up, row.happened)


def _sign(desk: Desk, row: Row) -> None:
    _session(desk, row)
    desk.record(SESSION, row["session"], RegisterSigned(), row.happened)


_FELLOW = ("fellowship_id",)

ATTENDANCE = Sheet(
    name="attendance",
    subject=Subject("session", SessionId, SESSION),
    columns={
        "session": code,
        FACT: code,
        ON: period,
        "programme": code,
        "cohort": code,
        "module": text(Module, "a name of at most 80 characters"),
        "held_on": day,
        "minutes": whole(1, 24 * 60),
        "accredited": yes_or_no,
        "fellowship_id": identifier(FellowshipId),
        "person_id": identifier(PersonId),
        "mark": word(Mark),
        "circumstance": word(AbsenceReason),
        "reason": reason,
    },
    tellings=(
        Telling(
            "scheduled",
            SessionScheduled,
            _schedule,
            needs=("programme", "cohort", "module", "held_on", "minutes"),
            takes=(ON, "accredited"),
            opens=True,
        ),
        Telling("register_opened", RegisterOpened, _open, needs=()),
        Telling("expected", FellowExpected, _expect, needs=_FELLOW, key=_FELLOW),
        Telling(
            "waived",
            ExpectationWaived,
            _waive,
            needs=_FELLOW,
            takes=("circumstance",),
            key=_FELLOW,
            parses={"circumstance": word(WaiverReason)},
        ),
        Telling("delivered", SessionDelivered, _deliver, needs=(), takes=("minutes",)),
        Telling(
            "marked",
            AttendanceRecorded,
            _mark,
            needs=(*_FELLOW, "mark"),
            takes=("minutes", "circumstance"),
            key=_FELLOW,
        ),
        Telling(
            "guest",
            GuestAttendanceRecorded,
            _welcome,
            needs=("person_id",),
            takes=("minutes",),
            key=("person_id",),
        ),
        Telling("fellow_as_guest", GuestAttendanceRecorded, _welcome, needs=_FELLOW, takes=("minutes",), key=_FELLOW),
        Telling("caught_up", CatchUpCompleted, _catch_up, needs=(*_FELLOW, ON, "minutes"), key=_FELLOW),
        Telling("signed", RegisterSigned, _sign),
        Telling(
            "cancelled",
            SessionCancelled,
            lambda desk, row: cancel(desk, row["session"], SessionCancelled(replaced_by=None), row.happened),
            needs=(ON, "reason"),
            undoes=("delivered", "marked", "guest", "fellow_as_guest", "caught_up", "signed"),
        ),
    ),
    by_day=False,
)
