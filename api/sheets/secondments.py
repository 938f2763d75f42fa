"""The sheet of secondments: releases agreed, started, paused, changed and ended."""

from typing import Any

from api.presence import organisation_must_be_recorded
from api.sheets.cells import code, day, identifier, number, period, reason, word, words
from api.sheets.sheet import FACT, ON, Row, Sheet, Subject, Telling
from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.secondment import SECONDMENT
from domain.secondment_decisions import (
    agree_release,
    cancel_secondment,
    change_fraction,
    end_secondment_early,
    pause_secondment,
    refuse_release,
    resume_secondment,
)
from domain.secondment_events import (
    AgreementSigned,
    Authority,
    BackfillConfirmed,
    BackfillWithdrawn,
    ContractedWte,
    FractionChanged,
    Party,
    ReleaseAgreed,
    ReleasedWte,
    ReleaseRefused,
    ReleasingOrganisationChanged,
    ReturnMeetingHeld,
    SecondmentCancelled,
    SecondmentEndedAsPlanned,
    SecondmentEndedEarly,
    SecondmentExtended,
    SecondmentPaused,
    SecondmentReason,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import Secondment
from domain.values import FellowshipId, SecondmentId
from infra.log.desk import Desk


def _agree(desk: Desk, row: Row) -> None:
    organisation_must_be_recorded(desk, row["organisation"])
    fellowship = desk.fold(FELLOWSHIP, row["fellowship_id"], on=row.day)
    agreed = agree_release(
        fellowship,
        fellowship_id=row["fellowship_id"],
        organisation_id=row["organisation"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        contracted_wte=row["contracted_wte"],
        agreed_by=row["agreed_by"],
        released_wte=row["released_wte"],
    )
    row.claims(desk, agreed.person_id)
    desk.record(SECONDMENT, row["secondment"], agreed, row.happened)


def _refuse(desk: Desk, row: Row) -> None:
    organisation_must_be_recorded(desk, row["organisation"])
    refused = refuse_release(
        desk.fold(FELLOWSHIP, row["fellowship_id"], on=row.day),
        fellowship_id=row["fellowship_id"],
        organisation_id=row["organisation"],
        refused_by=row["agreed_by"],
    )
    row.claims(desk, refused.person_id)
    desk.record(SECONDMENT, row["secondment"], refused, row.happened)


def _take_over(desk: Desk, row: Row) -> None:
    organisation_must_be_recorded(desk, row["organisation"])
    _record(desk, row, ReleasingOrganisationChanged(organisation_id=row["organisation"], agreed_by=row["agreed_by"]))


def _state(desk: Desk, row: Row) -> Secondment:
    return desk.fold(SECONDMENT, row["secondment"], on=row.day)


def _record(desk: Desk, row: Row, event: Event) -> None:
    desk.fold(SECONDMENT, row["secondment"])
    desk.record(SECONDMENT, row["secondment"], event, row.happened)


def _end(desk: Desk, row: Row) -> None:
    state = _state(desk, row)
    planned = row.day == state.ends_on
    event: Event = SecondmentEndedAsPlanned() if planned else end_secondment_early(state, **_because(row))
    _record(desk, row, event)


def _because(row: Row) -> dict[str, Any]:
    return {} if row["circumstance"] is None else {"reason": row["circumstance"]}


def _pause(desk: Desk, row: Row) -> None:
    paused = pause_secondment(_state(desk, row), **_because(row), proposed_ends_on=row["proposed_ends_on"])
    _record(desk, row, paused)


def _resume(desk: Desk, row: Row) -> None:
    _record(desk, row, resume_secondment(_state(desk, row), on=row.day, proposed_ends_on=row["proposed_ends_on"]))


def _change(desk: Desk, row: Row) -> None:
    _record(desk, row, change_fraction(_state(desk, row), on=row.day, **row.given(*_CHANGED)))


_CHANGED = ("contracted_wte", "released_wte", "proposed_ends_on")
_WTE = "a number of whole-time equivalents above 0 and up to 2, such as 0.6"

SECONDMENTS = Sheet(
    name="secondments",
    subject=Subject("secondment", SecondmentId, SECONDMENT),
    columns={
        "secondment": code,
        FACT: code,
        ON: period,
        "fellowship_id": identifier(FellowshipId),
        "organisation": code,
        "starts_on": day,
        "ends_on": day,
        "contracted_wte": number(ContractedWte, f"{_WTE}, with two decimals at most"),
        "released_wte": number(ReleasedWte, _WTE),
        "agreed_by": word(Authority),
        "parties": words(Party),
        "proposed_ends_on": day,
        "circumstance": word(SecondmentReason),
        "reason": reason,
    },
    tellings=(
        Telling(
            "release_agreed",
            ReleaseAgreed,
            _agree,
            needs=(ON, "fellowship_id", "organisation", "starts_on", "ends_on", "contracted_wte", "agreed_by"),
            takes=("released_wte",),
            opens=True,
        ),
        Telling(
            "release_refused",
            ReleaseRefused,
            _refuse,
            needs=(ON, "fellowship_id", "organisation", "agreed_by", "reason"),
            opens=True,
        ),
        Telling(
            "backfill_confirmed",
            BackfillConfirmed,
            lambda desk, row: _record(desk, row, BackfillConfirmed()),
            key=(ON,),
        ),
        Telling(
            "backfill_withdrawn",
            BackfillWithdrawn,
            lambda desk, row: _record(desk, row, BackfillWithdrawn()),
            needs=(ON, "reason"),
            key=(ON,),
        ),
        Telling(
            "agreement_signed",
            AgreementSigned,
            lambda desk, row: _record(desk, row, AgreementSigned(parties=row["parties"])),
            needs=(ON, "parties"),
            key=(ON, "parties"),
        ),
        Telling("started", SecondmentStarted, lambda desk, row: _record(desk, row, SecondmentStarted())),
        Telling("paused", SecondmentPaused, _pause, takes=("circumstance", "proposed_ends_on"), key=(ON,)),
        Telling(
            "resumed",
            SecondmentResumed,
            _resume,
            takes=("proposed_ends_on",),
            key=(ON,),
        ),
        Telling(
            "fraction_changed",
            FractionChanged,
            _change,
            needs=(ON, "reason"),
            takes=_CHANGED,
            key=(ON,),
        ),
        Telling(
            "extended",
            SecondmentExtended,
            lambda desk, row: _record(desk, row, SecondmentExtended(**row.given("ends_on", "agreed_by"))),
            needs=(ON, "ends_on", "agreed_by", "reason"),
            key=(ON,),
        ),
        Telling(
            "organisation_changed",
            ReleasingOrganisationChanged,
            _take_over,
            needs=(ON, "organisation", "agreed_by", "reason"),
            key=(ON,),
        ),
        Telling(
            "return_meeting_held",
            ReturnMeetingHeld,
            lambda desk, row: _record(desk, row, ReturnMeetingHeld()),
            key=(ON,),
        ),
        Telling("ended", SecondmentEndedEarly, _end, takes=("circumstance",)),
        Telling(
            "cancelled",
            SecondmentCancelled,
            lambda desk, row: _record(desk, row, cancel_secondment(_state(desk, row), **_because(row))),
            takes=("circumstance",),
        ),
    ),
)
