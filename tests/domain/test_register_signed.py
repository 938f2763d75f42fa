"""The signature under a register, and what comes after it."""

from datetime import UTC, date, datetime

import pytest

from domain.event import Event, Link, Recorded, Retracted, Stated
from domain.event import How as HowChanged
from domain.session import SESSION, SIGNED_BY_ONLY_EDITOR, irregularities
from domain.session_decisions import expect_fellow, record_attendance, waive_expectation
from domain.session_events import (
    AbsenceReason,
    AttendanceRecorded,
    ExpectationWaived,
    FellowExpected,
    Mark,
    RegisterOpened,
    RegisterReopened,
    RegisterSigned,
)
from domain.session_state import (
    Register,
    RegisterAlreadySigned,
    RegisterIsSigned,
    RegisterNotOpen,
    RegisterNotSigned,
    Session,
    SignedBeforeTheSession,
)
from domain.stream import Timeline
from domain.values import Happened
from tests.domain.fellows import ADA
from tests.domain.sessions import (
    ADAS,
    BENS,
    DAY,
    FELLOW,
    REOPENED,
    SIGNED,
    TODAY,
    a_register,
    a_session,
    line,
    marked,
    scheduled,
)
from tests.scenario import Scenario, correcting, on


def test_a_register_is_signed_on_the_session_s_day_or_later_and_once() -> None:
    a_register(SIGNED).then(register=Register.SIGNED).when(on("2013-10-10", RegisterSigned())).refused(
        RegisterAlreadySigned
    )
    a_register().when(on("2013-10-06", RegisterSigned())).refused(SignedBeforeTheSession)
    a_register(on(DAY, RegisterSigned())).then(register=Register.SIGNED)
    a_session().when(SIGNED).refused(RegisterNotOpen)


def decided(scenario: Scenario[Session], mark: Mark = Mark.PRESENT) -> AttendanceRecorded:
    """What is decided about a mark on what the register says after everything recorded."""
    return record_attendance(scenario.history.at(None), FELLOW, fellowship_id=ADAS, mark=mark, today=TODAY)


def test_after_the_signature_marks_are_only_corrected() -> None:
    signed = a_register(marked(Mark.ABSENT_UNAUTHORISED), SIGNED)
    with pytest.raises(RegisterIsSigned):
        decided(signed)
    with pytest.raises(RegisterIsSigned):
        waive_expectation(signed.history.at(None), fellowship_id=BENS)
    with pytest.raises(RegisterIsSigned):
        expect_fellow(signed.history.at(None), FELLOW, fellowship_id=ADAS)
    present = signed.history.entry(5).event.model_copy(update={"mark": Mark.PRESENT})
    corrected = signed.when(correcting(5, DAY, present)).then(register=Register.SIGNED)
    assert line(corrected).mark is Mark.PRESENT


def test_a_reopened_register_takes_new_marks_and_is_signed_again() -> None:
    reopened = a_register(SIGNED, REOPENED).then(register=Register.REOPENED)
    assert decided(reopened).mark is Mark.PRESENT
    reopened.when(marked(Mark.PRESENT), on("2013-10-21", RegisterSigned())).then(register=Register.SIGNED)
    a_register().when(REOPENED).refused(RegisterNotSigned)
    reopened.when(on("2013-10-21", RegisterReopened())).refused(RegisterNotSigned)


def test_reasons_for_absence_and_waiver_are_personal() -> None:
    assert set(AttendanceRecorded.personal()) == set(ExpectationWaived.personal()) == {"reason", "note"}
    sick = record_attendance(
        a_register().history.at(None),
        FELLOW,
        fellowship_id=ADAS,
        mark=Mark.ABSENT_AUTHORISED,
        today=TODAY,
        reason=AbsenceReason.SICKNESS,
    )
    assert sick.subject == ADA


def edited(*who: tuple[str, str, Event, Link | None], accredited: bool = True) -> list[tuple[int, str]]:
    """The irregularities of a register whose entries were made so: by whom, of which day, what, linked to which."""
    facts: list[tuple[str, str, Event, Link | None]] = [
        ("office", "2013-09-01", scheduled(accredited=accredited), None),
        ("office", "2013-10-01", RegisterOpened(), None),
        ("office", "2013-10-01", FellowExpected(fellowship_id=ADAS, person_id=ADA), None),
        *who,
    ]
    history = Timeline(SESSION)
    for version, (actor, day, event, link) in enumerate(facts, 1):
        slot = link.version if link else version
        happened, now = Happened(date.fromisoformat(day)), datetime(2026, 1, 1, tzinfo=UTC)
        name, stated = "session:one", Stated(actor=actor)
        history = history.adding(Recorded(name, version, event, happened, version, slot, now, link, stated))
    assert not history.contradictions()
    return [(step.recorded.version, code) for step in history.steps for code in irregularities(history, step)]


PRESENT = AttendanceRecorded(fellowship_id=ADAS, person_id=ADA, mark=Mark.PRESENT)
LATE = AttendanceRecorded(fellowship_id=ADAS, person_id=ADA, mark=Mark.LATE)
CORRECTS, RETRACTS = Link(HowChanged.CORRECTS, 4), Link(HowChanged.RETRACTS, 4)


def test_an_accredited_register_signed_by_its_only_editor_is_irregular() -> None:
    assert edited(("ann", DAY, PRESENT, None), ("ann", DAY, RegisterSigned(), None)) == [(5, SIGNED_BY_ONLY_EDITOR)]


def test_a_register_signed_by_another_or_by_one_of_several_editors_is_regular() -> None:
    assert edited(("ann", DAY, PRESENT, None), ("bob", DAY, RegisterSigned(), None)) == []
    assert edited(("ann", DAY, PRESENT, None), ("bob", DAY, LATE, CORRECTS), ("ann", DAY, RegisterSigned(), None)) == []
    assert (
        edited(
            ("bob", DAY, PRESENT, None),
            ("ann", DAY, Retracted(), RETRACTS),
            ("ann", DAY, PRESENT, None),
            ("ann", DAY, RegisterSigned(), None),
        )
        == []
    )


def test_a_correction_after_the_signature_makes_no_second_editor() -> None:
    entries = (("ann", DAY, PRESENT, None), ("ann", DAY, RegisterSigned(), None), ("bob", DAY, LATE, CORRECTS))
    assert edited(*entries) == [(5, SIGNED_BY_ONLY_EDITOR)]


def test_a_register_of_no_accredited_module_may_be_signed_by_its_only_editor() -> None:
    assert edited(("ann", DAY, PRESENT, None), ("ann", DAY, RegisterSigned(), None), accredited=False) == []


def test_a_register_without_marks_has_no_editor() -> None:
    assert edited(("ann", DAY, RegisterSigned(), None)) == []
