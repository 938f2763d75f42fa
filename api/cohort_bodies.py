"""What is said of cohorts over HTTP: the bodies of commands, and the answers."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, EntryOut, Receipt
from api.examples import answered, opened, said, shown
from api.figures import Figures, figure
from api.statement import Dated, Day, Reasoned
from domain.cohort import Capacity, Code, Label
from domain.cohort_state import WorkForm
from domain.fellowship_state import Standing
from domain.values import CohortId, FellowshipId, PersonId, Precision, ProgrammeId, WorkId
from projections.standing import Attribution

_ROW = {
    "cohort_id": examples.COHORT,
    "code": "QIF-2013",
    "programme_id": examples.PROGRAMME,
    "programme_code": "QIF",
    "programme_version": "2013",
    "starts_on": "2013-09-02",
    "ends_on": "2014-08-31",
    "capacity": 18,
}
_FELLOW = {
    "fellowship_id": examples.FELLOWSHIP,
    "person_id": examples.PERSON,
    "name": "Ada Fenner",
    "state": "paused",
    "since": "2014-03-01",
    "precision": "day",
    "origin_cohort_id": examples.COHORT,
    "current_cohort_id": examples.COHORT,
    "target_cohort_id": None,
    "cause": 1190,
}
_BEFORE = _FELLOW | {"state": "in_progress", "since": "2013-09-02", "cause": 310}


class Plan(Dated):
    """A cohort to plan. Days are inclusive; no capacity means no limit."""

    model_config = said(
        programme_id=examples.PROGRAMME,
        programme_version="2013",
        code="QIF-2013",
        starts_on="2013-09-02",
        ends_on="2014-08-31",
        capacity=18,
    )

    programme_id: ProgrammeId
    programme_version: Label = Field(description="The version of its programme that it follows.")
    code: Code = Field(description="A short code of its own within the programme.")
    starts_on: Day = Field(description="Its first day.")
    ends_on: Day = Field(description="Its last day, inclusive.")
    capacity: Capacity | None = Field(None, description="How many places it has; left out: no limit.")


class Version(Dated):
    """The version of its programme that a cohort is to follow."""

    model_config = said(programme_version="2013a")

    programme_version: Label = Field(description="What the version is called.")


class Dates(Reasoned):
    """A cohort's first and last day."""

    model_config = said(reason="venue_moved", starts_on="2013-09-16", ends_on="2014-09-14")

    starts_on: Day = Field(description="Its first day.")
    ends_on: Day = Field(description="Its last day, inclusive.")


class Places(Reasoned):
    """The number of places in a cohort; null lifts the limit."""

    model_config = said(reason="funding", capacity=20)

    capacity: Capacity | None = Field(description="How many places it has; null: no limit.")


class Stage(Dated):
    """That a cohort has come to a stage."""

    model_config = said()


class Turn(Reasoned):
    """That a cohort has taken a turn for which there is a reason."""

    model_config = said(reason="late_results")


class Work(Dated):
    """A piece of work that a cohort is asked to submit."""

    model_config = said(title="Improvement report", form="project_report", due_on="2014-07-31", weight="60")

    title: Annotated[str, Field(min_length=1, max_length=200)] = Field(description="What the piece of work is called.")
    form: WorkForm
    due_on: Day = Field(description="The day by which it is to be submitted.")
    weight: Annotated[Decimal, Field(ge=0, le=100, max_digits=7, decimal_places=4)] | None = Field(
        None, description="Its part of the whole, in percent."
    )


class NewCohort(Receipt):
    """The receipt for a cohort."""

    model_config = opened("cohort", examples.COHORT)

    cohort_id: CohortId


class NewWork(Receipt):
    """The receipt for a piece of work."""

    model_config = shown({**examples.RECEIPT, "work_id": examples.WORK})

    work_id: WorkId


class CohortOut(BaseModel):
    """A cohort. Its first and last day are both part of it."""

    model_config = ConfigDict(from_attributes=True)

    cohort_id: CohortId
    code: str
    programme_id: ProgrammeId
    programme_code: str | None
    programme_version: str
    starts_on: date
    ends_on: date
    capacity: int | None


class Cohorts(Answer):
    """The cohorts there were."""

    model_config = answered("cohort 1", "programme 1", items=[_ROW])

    items: list[CohortOut]


class OneCohort(Answer):
    """One cohort, and the version of its record."""

    model_config = answered("cohort 1", "programme 1", version=3, cohort=_ROW)

    version: int = Field(description="The version of its record, for If-Match.")
    cohort: CohortOut | None = Field(description="Null where it was not planned by then.")


class Counts(BaseModel):
    """How many fellows are in each state; all are always there. Offers are not counted."""

    accepted: int = figure("Accepted or confirmed, not started.")
    in_progress: int = figure()
    paused: int = figure()
    deferred: int = figure()
    completed: int = figure()
    not_completed: int = figure("Not completed, or ended by the programme.")
    withdrawn: int = figure()
    place_given_up: int = figure()


_COUNTED = (*Counts.model_fields, "imprecise_dates", "moved_in", "moved_out")


class CohortStandingOut(Figures, Answer):
    """Where a cohort's fellows are."""

    model_config = answered(
        "standing 2",
        "cohort 1",
        cohort_id=examples.COHORT,
        attribution="origin",
        counts={
            "accepted": 0,
            "in_progress": 14,
            "paused": 1,
            "deferred": 1,
            "completed": 0,
            "not_completed": 0,
            "withdrawn": 1,
            "place_given_up": 1,
        },
        imprecise_dates=1,
        moved_in=0,
        moved_out=1,
        notice=None,
        hrefs=dict.fromkeys(_COUNTED, f"/v1/cohorts/{examples.COHORT}/roster?as_at=2014-04-12&known_at=1204"),
    )

    cohort_id: CohortId
    attribution: Attribution
    counts: Counts
    imprecise_dates: int = figure("Fellows whose state rests on a date not known to the day.")
    moved_in: int = figure("Members who had accepted a place in another cohort.")
    moved_out: int = figure("Those who accepted a place here and are members of another cohort.")
    notice: str | None = Field(description="What a reader must know to read the counts rightly.")


class FellowOut(BaseModel):
    """A fellow of a cohort: where they are, since when, and the record number of the entry that made it so."""

    model_config = ConfigDict(from_attributes=True)

    fellowship_id: str
    person_id: str
    name: str | None = Field(None, description='"erased" once it was forgotten; null where none was recorded by then.')
    state: Standing
    since: date
    precision: Precision
    origin_cohort_id: str
    current_cohort_id: str
    target_cohort_id: str | None = Field(description="The cohort deferred to, while deferred.")
    cause: int


class Roster(Answer):
    """The fellows whom a cohort's counts count."""

    model_config = answered(
        "standing 2",
        "person 1",
        "cohort 1",
        cohort_id=examples.COHORT,
        attribution="origin",
        items=[_FELLOW],
        notice=None,
        hrefs={examples.FELLOWSHIP: examples.HREF},
    )

    cohort_id: CohortId
    attribution: Attribution
    items: list[FellowOut]
    notice: str | None
    hrefs: dict[str, str] = Field(description="The timeline of each of them.")


class ChangeOut(BaseModel):
    """A fellow who stands otherwise than was known; null: not on the roster."""

    fellowship_id: FellowshipId
    person_id: PersonId
    name: str | None
    before: FellowOut | None
    after: FellowOut | None
    entries: list[EntryOut] = Field(description="The entries that made it so.")


class Changes(Answer):
    """The fellows who, as at one day, stand otherwise as known at `position` than as known at `known_from`."""

    model_config = answered(
        "standing 2",
        "person 1",
        "cohort 1",
        cohort_id=examples.COHORT,
        attribution="origin",
        known_from=1100,
        items=[
            {
                "fellowship_id": examples.FELLOWSHIP,
                "person_id": examples.PERSON,
                "name": "Ada Fenner",
                "before": _BEFORE,
                "after": _FELLOW,
                "entries": [],
            }
        ],
    )

    cohort_id: CohortId
    attribution: Attribution
    known_from: int = Field(description="The record number compared with.")
    items: list[ChangeOut]
