"""The sheet of careers: the role at entry, roles, promotions, and the last contact, of people who held a place."""

from collections.abc import Callable
from datetime import date
from typing import Any

from api.presence import organisation_must_be_recorded
from api.sheets.cells import code, evidence, identifier, number, period, text, word, yes_or_no
from api.sheets.sheet import FACT, ON, Row, Sheet, Telling
from domain.career import CAREER, Career, RemitNeedsASource
from domain.career_decisions import end_follow_up, promote, record_role_at_entry
from domain.career_events import (
    Band,
    CareerEvent,
    CareerFollowUpEnded,
    FollowUpEnd,
    LastContactConfirmed,
    PayFramework,
    Profession,
    Progression,
    ProgressionRecorded,
    PromotionBasis,
    PromotionRecorded,
    QiRemit,
    RemitSource,
    RoleAtEntryRecorded,
    RoleEnded,
    RoleRecorded,
    Wte,
)
from domain.career_placing import place_within_period
from domain.fellowship import FELLOWSHIP
from domain.fellowship_state import Fellowship
from domain.values import FellowshipId, PersonId, Precision, today
from infra.log.desk import Desk

_Decide = Callable[[Row, Career, Fellowship, PersonId], CareerEvent]


def _by(decide: _Decide) -> Callable[[Desk, Row], None]:
    """Enter what is decided on the career of whoever held the place."""

    def enter(desk: Desk, row: Row) -> None:
        organisation_must_be_recorded(desk, row["organisation"])
        fellowship = desk.fold(FELLOWSHIP, row["fellowship_id"], on=row.day)
        person_id = fellowship.holder()
        history = desk.history(CAREER, person_id)

        def told(career: Career, day: date) -> CareerEvent:
            return decide(row, career, fellowship, person_id)

        placed = row.happened
        if placed.precision is not Precision.DAY:
            placed = place_within_period(history, placed, told, latest=today())
        event = told(history.at(placed.day), placed.day)
        row.claims(desk, person_id)
        desk.record(CAREER, person_id, event, placed)

    return enter


def _role(row: Row) -> dict[str, Any]:
    if (row["qi_remit"] in (None, QiRemit.NOT_KNOWN)) is not (row["qi_remit_source"] is None):
        raise RemitNeedsASource
    return row.given("profession", "framework", "band", "wte", "qi_remit", "qi_remit_source") | {
        "role_id": row["role"],
        "organisation_id": row["organisation"],
    }


def _entered(row: Row, career: Career, fellowship: Fellowship, person_id: PersonId) -> CareerEvent:
    return record_role_at_entry(fellowship, fellowship_id=row["fellowship_id"], **_role(row))


def _taken_up(row: Row, career: Career, fellowship: Fellowship, person_id: PersonId) -> CareerEvent:
    return RoleRecorded(person_id=person_id, **_role(row), acting=bool(row["acting"]))


def _ended(row: Row, career: Career, fellowship: Fellowship, person_id: PersonId) -> CareerEvent:
    return RoleEnded(person_id=person_id, role_id=row["role"])


def _promoted(row: Row, career: Career, fellowship: Fellowship, person_id: PersonId) -> CareerEvent:
    evidenced, reached = row["evidence"] is not None, row.given("framework", "band", "basis")
    return promote(career, person_id=person_id, role_id=row["role"], evidenced=evidenced, **reached)


def _progressed(row: Row, career: Career, fellowship: Fellowship, person_id: PersonId) -> CareerEvent:
    reached = row.given("progression", "framework", "band")
    return ProgressionRecorded(person_id=person_id, role_id=row["role"], **reached)


def _confirmed(row: Row, career: Career, fellowship: Fellowship, person_id: PersonId) -> CareerEvent:
    return LastContactConfirmed(person_id=person_id)


def _followed(row: Row, career: Career, fellowship: Fellowship, person_id: PersonId) -> CareerEvent:
    return end_follow_up(person_id=person_id, reason=row["circumstance"] or FollowUpEnd.NOT_RECORDED)


_NEEDS = (ON, "role", "profession", "framework", "band")
_TAKES = ("organisation", "wte", "qi_remit", "qi_remit_source")

CAREER_SHEET = Sheet(
    name="career",
    subject=None,
    columns={
        "fellowship_id": identifier(FellowshipId),
        FACT: code,
        ON: period,
        "role": code,
        "organisation": code,
        "profession": word(Profession),
        "framework": word(PayFramework),
        "band": text(Band, "a band or grade such as 7, 8a, ST5 or consultant"),
        "wte": number(Wte, "a number of whole-time equivalents above 0 and up to 2, with two decimals at most"),
        "qi_remit": word(QiRemit),
        "qi_remit_source": word(RemitSource),
        "acting": yes_or_no,
        "basis": word(PromotionBasis),
        "progression": word(Progression),
        "circumstance": word(FollowUpEnd),
        "evidence": evidence,
    },
    tellings=(
        Telling("role_at_entry", RoleAtEntryRecorded, _by(_entered), needs=_NEEDS, takes=_TAKES, opens=True),
        Telling(
            "role_taken_up",
            RoleRecorded,
            _by(_taken_up),
            needs=_NEEDS,
            takes=(*_TAKES, "acting"),
            key=("role",),
        ),
        Telling(
            "promoted",
            PromotionRecorded,
            _by(_promoted),
            needs=(ON, "framework", "band", "basis"),
            takes=("role", "evidence"),
            key=("framework", "band"),
        ),
        Telling(
            "progressed",
            ProgressionRecorded,
            _by(_progressed),
            needs=(ON, "progression", "framework", "band"),
            takes=("role",),
            key=("framework", "band"),
        ),
        Telling("contact_confirmed", LastContactConfirmed, _by(_confirmed), key=(ON,)),
        Telling("role_ended", RoleEnded, _by(_ended), needs=(ON, "role"), key=("role",)),
        Telling("follow_up_ended", CareerFollowUpEnded, _by(_followed), takes=("circumstance",)),
    ),
    optional=("evidence",),
)
