"""The sheet of projects: their fellows, their milestones, where they spread and whether they lasted."""

from api.importing.columns import one_of, whole
from api.lasting import cohorts_end
from api.presence import organisation_must_be_recorded
from api.sheets.cells import code, identifier, period, reason, text, word
from api.sheets.sheet import FACT, ON, Row, Sheet, Subject, Telling
from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.patient_data import Sentence
from domain.project import PROJECT, assess_sustainability, join_project, leave_project
from domain.project_events import (
    BaselineFrozen,
    BaselineReason,
    CharterApproved,
    Classification,
    CycleDecision,
    FellowJoinedProject,
    FellowLeftProject,
    ImprovementAbandoned,
    ImprovementAdopted,
    Outcome,
    PdsaCycleConcluded,
    Prediction,
    ProjectAbandoned,
    ProjectHandedOver,
    ProjectProposed,
    ProjectReported,
    Sustainability,
    SustainabilityAssessed,
)
from domain.values import FellowshipId, ProjectId
from infra.log.desk import Desk


def _record(desk: Desk, row: Row, event: Event) -> None:
    organisation_must_be_recorded(desk, row["organisation"])
    if not row.telling.opens:
        desk.fold(PROJECT, row["project"])
    row.claims(desk)
    desk.record(PROJECT, row["project"], event, row.happened)


def _propose(desk: Desk, row: Row) -> None:
    _record(desk, row, ProjectProposed(title=row["title"], organisation_id=row["organisation"]))


def _join(desk: Desk, row: Row) -> None:
    fellowship = desk.fold(FELLOWSHIP, row["fellowship_id"], on=row.day)
    _record(desk, row, join_project(fellowship, fellowship_id=row["fellowship_id"]))


def _leave(desk: Desk, row: Row) -> None:
    fellowship = desk.fold(FELLOWSHIP, row["fellowship_id"], on=row.day)
    _record(desk, row, leave_project(fellowship, fellowship_id=row["fellowship_id"]))


def _assess(desk: Desk, row: Row) -> None:
    assessed = assess_sustainability(
        desk.fold(PROJECT, row["project"], on=row.day),
        on=row.day,
        months=row["months"],
        sustainability=row["sustainability"],
        cohort_ends_on=cohorts_end(desk, row["project"], row.day),
    )
    _record(desk, row, assessed)


def _adopt(desk: Desk, row: Row) -> None:
    _record(desk, row, ImprovementAdopted(site_id=row["site"], organisation_id=row["organisation"]))


_SENTENCE = "a short text about the work, of at most 400 characters"
_CYCLE = ("cycle", "prediction", "outcome", "decision")

PROJECTS = Sheet(
    name="projects",
    subject=Subject("project", ProjectId, PROJECT),
    columns={
        "project": code,
        FACT: code,
        ON: period,
        "title": text(Sentence, _SENTENCE),
        "fellowship_id": identifier(FellowshipId),
        "organisation": code,
        "aim": text(Sentence, _SENTENCE),
        "classification": word(Classification),
        "points": whole(0, 10_000),
        "cause": word(BaselineReason),
        "cycle": whole(1, 1_000),
        "prediction": word(Prediction),
        "outcome": word(Outcome),
        "decision": word(CycleDecision),
        "site": code,
        "months": one_of({"12": 12, "24": 24, "60": 60}),
        "sustainability": word(Sustainability),
        "reason": reason,
    },
    tellings=(
        Telling("proposed", ProjectProposed, _propose, needs=(ON, "title"), takes=("organisation",), opens=True),
        Telling("fellow_joined", FellowJoinedProject, _join, needs=(ON, "fellowship_id"), key=("fellowship_id", ON)),
        Telling(
            "charter_approved",
            CharterApproved,
            lambda desk, row: _record(desk, row, CharterApproved(**row.given("aim", "classification"))),
            needs=(ON, "aim"),
            takes=("classification",),
        ),
        Telling(
            "baseline_frozen",
            BaselineFrozen,
            lambda desk, row: _record(desk, row, BaselineFrozen(points=row["points"], reason=row["cause"])),
            needs=(ON, "points", "cause"),
        ),
        Telling(
            "pdsa_concluded",
            PdsaCycleConcluded,
            lambda desk, row: _record(desk, row, PdsaCycleConcluded(**row.given(*_CYCLE))),
            needs=(ON, *_CYCLE),
            key=("cycle",),
        ),
        Telling("reported", ProjectReported, lambda desk, row: _record(desk, row, ProjectReported())),
        Telling(
            "handed_over",
            ProjectHandedOver,
            lambda desk, row: _record(desk, row, ProjectHandedOver(organisation_id=row["organisation"])),
            takes=("organisation",),
        ),
        Telling("adopted", ImprovementAdopted, _adopt, needs=(ON, "site"), takes=("organisation",), key=("site", ON)),
        Telling(
            "site_abandoned",
            ImprovementAbandoned,
            lambda desk, row: _record(desk, row, ImprovementAbandoned(site_id=row["site"])),
            needs=(ON, "site", "reason"),
            key=("site", ON),
        ),
        Telling(
            "lasting_assessed",
            SustainabilityAssessed,
            _assess,
            needs=(ON, "months", "sustainability"),
            key=("months",),
        ),
        Telling("fellow_left", FellowLeftProject, _leave, needs=(ON, "fellowship_id"), key=("fellowship_id", ON)),
        Telling(
            "abandoned",
            ProjectAbandoned,
            lambda desk, row: _record(desk, row, ProjectAbandoned()),
            needs=(ON, "reason"),
        ),
    ),
)
