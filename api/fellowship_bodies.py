"""What is said of fellowships over HTTP: the bodies of commands, and the answers."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api import examples
from api.answers import Answer, EntryOut, Receipt
from api.examples import answered, opened, said
from api.statement import Dated, Note
from domain.fellowship_reasons import DeferralReason, Ground, LeavingReason, PauseReason, ReversalReason
from domain.fellowship_state import Standing
from domain.values import CohortId, FellowshipId, PersonId, Precision, ProgrammeId

ENTRY: Mapping[str, Any] = {
    "position": 1190,
    "stream": f"fellowship:{examples.FELLOWSHIP}",
    "version": 4,
    "kind": "fellowship.paused",
    "says": "The fellowship was paused.",
    "happened": "2014-03-01",
    "precision": "day",
    "recorded_at": "2014-03-03T10:02:11.000417Z",
    "actor": examples.ACTOR,
    "actor_name": "Nell Farrow",
    "role": "programme_manager",
    "on_behalf_of": None,
    "on_behalf_of_name": None,
    "approved_by": None,
    "approved_by_name": None,
    "source": "letter_of_the_employer",
    "source_dated": "2014-02-28",
    "reason": None,
    "irregularities": [],
    "evidence": [],
    "command": "0b7f7c53-5b2e-4f0a-9a61-3f6d2c1b0a99",
    "fields": {"person_id": examples.PERSON, "reason": "parental_leave", "note": None},
    "link_how": None,
    "link_version": None,
    "status": "stands",
    "changed_by": [],
    "taken_back": [],
}
"""An entry of a timeline, as the examples have it."""


class Place(Dated):
    """A person's place in a cohort."""

    model_config = said(person_id=examples.PERSON, cohort_id=examples.COHORT)

    person_id: PersonId
    cohort_id: CohortId


class Plainly(Dated):
    """That something happened, with nothing further to say of it."""

    model_config = said()


class Leaving(Dated):
    """That a place was declined or given up, or a fellowship left."""

    model_config = said(circumstance="moved_job")

    circumstance: LeavingReason = Field(LeavingReason.NOT_RECORDED, description="Why. Personal; kept encrypted.")
    note: Note = None


class Pausing(Dated):
    """That a fellowship was paused."""

    model_config = said(circumstance="parental_leave")

    circumstance: PauseReason = Field(description="Why. Personal; kept encrypted.")
    note: Note = None


class Deferring(Dated):
    """That a fellow was deferred to another cohort."""

    model_config = said(to_cohort_id=examples.LATER_COHORT, circumstance="not_on_track")

    to_cohort_id: CohortId
    circumstance: DeferralReason = Field(description="Why. Personal; kept encrypted.")
    note: Note = None


class Reversing(Dated):
    """That a withdrawal was reversed."""

    model_config = said(circumstance="employer_agreed_release")

    circumstance: ReversalReason = Field(ReversalReason.NOT_RECORDED, description="Why. Personal; kept encrypted.")
    note: Note = None


class Finding(Dated):
    """What the programme found of a fellow."""

    model_config = said(ground="assessment_not_met")

    ground: Ground = Field(Ground.NOT_RECORDED, description="On what ground. Personal; kept encrypted.")
    note: Note = None


class NewFellowship(Receipt):
    """The receipt for a fellowship."""

    model_config = opened("fellowship", examples.FELLOWSHIP)

    fellowship_id: FellowshipId


class FellowshipOut(BaseModel):
    """Where a fellow is. Cohorts are named once a place was accepted: an offer belongs to none yet."""

    model_config = ConfigDict(from_attributes=True)

    fellowship_id: FellowshipId
    person_id: PersonId
    programme_id: ProgrammeId
    state: Standing
    since: date
    precision: Precision
    origin_cohort_id: CohortId | None = Field(description="The cohort of the place that was accepted; it stays.")
    current_cohort_id: CohortId | None
    target_cohort_id: CohortId | None = Field(description="The cohort deferred to, while deferred.")
    started_on: date | None
    cause: int = Field(description="The record number of the entry that made it so.")


class OneFellowship(Answer):
    """One fellowship, and the version of its record."""

    model_config = answered(
        "standing 2",
        version=4,
        fellowship={
            "fellowship_id": examples.FELLOWSHIP,
            "person_id": examples.PERSON,
            "programme_id": examples.PROGRAMME,
            "state": "paused",
            "since": "2014-03-01",
            "precision": "day",
            "origin_cohort_id": examples.COHORT,
            "current_cohort_id": examples.COHORT,
            "target_cohort_id": None,
            "started_on": "2013-09-02",
            "cause": 1190,
        },
    )

    version: int = Field(description="The version of its record, for If-Match.")
    fellowship: FellowshipOut | None = Field(description="Null where nothing of it had happened by then.")


class Timeline(Answer):
    """What happened to a fellow, in the order it happened, each with its record (`stream`) and what became of it."""

    model_config = answered(fellowship_id=examples.FELLOWSHIP, items=[ENTRY])

    fellowship_id: FellowshipId
    items: list[EntryOut]
