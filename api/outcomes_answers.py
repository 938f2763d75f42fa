"""What is asked and answered about outcomes over HTTP."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, CausesHref, Percent, TimelineHref
from api.examples import answered
from api.figures import Figures, figure
from api.reader import Coordinates
from domain.values import CohortId, FellowshipId, PersonId, Precision, ProjectId
from projections.milestone import Milestone
from projections.outcomes import MONTHS, OUTCOME_VIEWS

_TITLES = tuple(view.title for view in OUTCOME_VIEWS)
_BEHIND = f"/v1/cohorts/{examples.COHORT}/outcomes/12/promoted?as_at=2015-12-31&known_at=1204"
_FIGURE = {
    "count": 3,
    "n": 17,
    "percent": 17.6,
    "imprecise_dates": 1,
    "href": _BEHIND,
    "hrefs": dict.fromkeys(("count", "n", "imprecise_dates"), _BEHIND),
}
PERSONS = ("promoted", "not_promoted", "not_known", "traced", "qi_remit", "qi_remit_known", "qi_remit_not_known")
"""The figures of a month that count people."""
_PERSON = {
    "fellowship_id": examples.FELLOWSHIP,
    "person_id": examples.PERSON,
    "name": "Ada Fenner",
    "promoted": True,
    "promoted_on": "2015-06-01",
    "precision": "month",
    "qi_remit": True,
    "traced": True,
    "last_contact_on": "2015-10-01",
    "censored_on": None,
    "higher_role_since": None,
    "role_at_entry": True,
    "known_since": {"position": 1190, "recorded_at": "2016-01-14T10:12:09.000000Z"},
    "href": examples.HREF,
    "entries": examples.CAUSES,
}

Months = Annotated[int, Field(ge=0, le=600)]


class FigureName(StrEnum):
    """The figures of a month: everyone (n), what became of them, all their projects, and the milestones of these."""

    N = "n"
    PROJECTS = "projects"
    PROMOTED = "promoted"
    NOT_PROMOTED = "not_promoted"
    NOT_KNOWN = "not_known"
    TRACED = "traced"
    QI_REMIT = "qi_remit"
    QI_REMIT_KNOWN = "qi_remit_known"
    QI_REMIT_NOT_KNOWN = "qi_remit_not_known"
    CHARTER_APPROVED = "charter_approved"
    BASELINE_FROZEN = "baseline_frozen"
    FIRST_PDSA_CONCLUDED = "first_pdsa_concluded"
    REPORTED = "reported"
    HANDED_OVER = "handed_over"
    ADOPTED_ELSEWHERE = "adopted_elsewhere"
    SUSTAINED = "sustained"


class OutcomesQuery(Coordinates):
    """Where an answer is to stand, and which months are compared."""

    months: Annotated[list[Months], Field(min_length=1, max_length=40)] = Field(
        list(MONTHS), description="Months since the cohort's last day."
    )


class FigureOut(Figures):
    """A count of how many people, and the address of the people and entries behind it."""

    count: int = figure(rows="people")
    n: int = figure(rows="people")
    percent: Percent | None = Field(description="Null of nothing.")
    imprecise_dates: int = figure("How many of them rest on a date not known to the day.", rows="people")
    href: str


class MilestoneFigureOut(FigureOut):
    """A count of how many projects, and the address of the projects, the people and the entries behind it."""

    count: int = figure(rows="projects")
    n: int = figure(rows="projects")
    imprecise_dates: int = figure("How many of them rest on a date not known to the day.", rows="projects")


class Part(StrEnum):
    """A part of what is behind a figure."""

    IMPRECISE = "imprecise"


class BehindQuery(Coordinates):
    """Where an answer is to stand, and what of that which is behind a figure is counted and listed."""

    only: Part | None = Field(None, description="Only what rests on a date not known to the day; by default all.")


class OutcomeMonthOut(Figures):
    """So many months after the cohort's last day.

    `not_yet`, without figures: that day lies after the day of the answer, or after the last on which what is known was
    all that was recorded. `promoted`, `not_promoted` and `not_known` make up `n`; `traced` had a confirmed contact on
    the day or later. Of whoever took up a higher role, and no promotion is told, it is `not_known`. `qi_remit` is of
    `qi_remit_known`: those of them of whom it is known whether a role held has the remit, who with `qi_remit_not_known`
    make up `n`. `milestones` count projects, of `projects_n`; `sustained` those of which the latest assessment says so,
    not those of which one ever did.
    """

    month: int
    day: date
    not_yet: bool
    n: int | None = figure(rows="people")
    href: str | None = Field(description="Everyone who is counted.")
    projects_n: int | None = figure(rows="projects")
    promoted: FigureOut | None
    not_promoted: FigureOut | None
    not_known: FigureOut | None
    traced: FigureOut | None
    qi_remit: FigureOut | None
    qi_remit_known: FigureOut | None
    qi_remit_not_known: FigureOut | None
    milestones: dict[Milestone, MilestoneFigureOut] | None


_MONTH: dict[str, Any] = {
    "month": 12,
    "day": "2015-08-31",
    "not_yet": False,
    "n": 17,
    "href": _BEHIND,
    "projects_n": 9,
    "hrefs": dict.fromkeys(("n", "projects_n"), _BEHIND),
    **dict.fromkeys(PERSONS, _FIGURE),
    "milestones": {"reported": _FIGURE},
}
_NOT_YET = dict.fromkeys(_MONTH) | {"month": 60, "day": "2019-08-31", "not_yet": True, "hrefs": dict[str, str]()}


class Outcomes(Answer):
    """What became of a cohort's fellows, by origin: everyone who had started, wherever they are."""

    model_config = answered(
        *_TITLES,
        cohort_id=examples.COHORT,
        code="QIF-2013",
        programme_version="2013",
        ends_on="2014-08-31",
        months=[_MONTH, _NOT_YET],
    )

    cohort_id: CohortId
    code: str | None = Field(description="Null where the cohort was not planned by then.")
    programme_version: str | None
    ends_on: date | None
    months: list[OutcomeMonthOut]


class KnownSince(BaseModel):
    """The entry that made something known, as it is told here: its record number, and when it was recorded."""

    position: int
    recorded_at: datetime


class OutcomeOut(BaseModel):
    """What became of one fellow by the day. Null: it is not known."""

    model_config = ConfigDict(from_attributes=True)

    fellowship_id: FellowshipId
    person_id: PersonId
    name: str | None
    promoted: bool | None
    promoted_on: date | None
    precision: Precision | None
    qi_remit: bool | None
    traced: bool
    last_contact_on: date | None
    censored_on: date | None = Field(description="The last contact, where it is before the day.")
    higher_role_since: date | None = Field(
        description="Since when a role is recorded that is above the one at entry, and no promotion is told: until "
        "then it is not known."
    )
    role_at_entry: bool
    known_since: KnownSince | None = Field(
        description="Since when it is known that they count here: of a promotion the entry that tells it, of a contact "
        "or that they were not promoted the last contact. Null of everybody (`n`) and of those not known."
    )
    href: TimelineHref
    entries: CausesHref


class ProjectBehind(BaseModel):
    """A project that is counted."""

    project_id: ProjectId
    known_since: KnownSince | None = Field(description="Since when it is known that it counts here.")
    href: str


class Behind(Answer):
    """The people, the projects and the entries behind one figure."""

    model_config = answered(
        *_TITLES,
        "person 1",
        cohort_id=examples.COHORT,
        month=12,
        day="2015-08-31",
        not_yet=False,
        figure="promoted",
        count=1,
        people=[_PERSON],
        projects=[],
        entries=examples.CAUSES,
    )

    cohort_id: CohortId
    month: int
    day: date | None = Field(description="Null where the cohort was not planned by then.")
    not_yet: bool
    figure: FigureName
    count: int | None = Field(description="The figure, or with `only` that part of it; null where it is not yet.")
    people: list[OutcomeOut]
    projects: list[ProjectBehind]
    entries: CausesHref | None
