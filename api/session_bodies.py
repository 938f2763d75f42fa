"""What is said of sessions and their registers over HTTP: the bodies of commands."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationInfo, field_validator

from api import examples
from api.answers import Receipt
from api.examples import opened, said, shown
from api.statement import Dated, Day, Note, Reasoned, Statement
from domain.session_events import AbsenceReason, Mark, Minutes, Module, WaiverReason
from domain.values import CohortId, FellowshipId, PersonId, SessionId

_STATEMENT = {name: value for name, value in examples.STATEMENT.items() if name != "happened"}


class Scheduling(Dated):
    """A session to schedule. `happened` is when it was scheduled, `held_on` the day on which it is to be held."""

    model_config = said(
        happened="2013-06-01",
        cohort_id=examples.COHORT,
        module="Improvement science",
        held_on="2013-10-07",
        minutes=360,
        accredited=True,
    )

    cohort_id: CohortId
    module: Module = Field(description="The name of the module that it belongs to.")
    held_on: Day = Field(description="The day of the session.")
    minutes: Minutes = Field(description="How long it is to last.")
    accredited: StrictBool = Field(False, description="Whether it belongs to an accredited module.")


class Rescheduling(Reasoned):
    """The day to which a session was moved."""

    model_config = said(happened="2013-09-20", reason="venue_lost", held_on="2013-10-14", minutes=None)

    held_on: Day = Field(description="The day of the session from now on.")
    minutes: Minutes | None = Field(None, description="How long it is to last now; by default as long as before.")


class Cancelling(Reasoned):
    """That a session was cancelled."""

    model_config = said(happened="2013-10-06", reason="speaker_fell_out", replaced_by=None)

    replaced_by: SessionId | None = Field(None, description="The session held in its place.")


class Reopening(Reasoned):
    """That a signed register was opened again."""

    model_config = said(reason="mark_left_out")


class Delivering(Statement):
    """That a session took place, on its own day."""

    model_config = shown({**_STATEMENT, "minutes": 345})

    minutes: Minutes | None = Field(None, description="How long it lasted; by default as long as planned.")


class Opening(Statement):
    """That the register of a session is open."""

    model_config = shown(_STATEMENT)


class Expecting(Statement):
    """One more fellow who is due."""

    model_config = shown({**_STATEMENT, "fellowship_id": examples.FELLOWSHIP})

    fellowship_id: FellowshipId


class Waiving(Statement):
    """A fellow who need not come."""

    model_config = shown({**_STATEMENT, "fellowship_id": examples.FELLOWSHIP, "circumstance": "exempt"})

    fellowship_id: FellowshipId
    circumstance: WaiverReason = Field(WaiverReason.NOT_RECORDED, description="Why. Personal; kept encrypted.")
    note: Note = None


class MarkIn(BaseModel):
    """One fellow's mark."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fellowship_id: FellowshipId
    mark: Mark
    minutes: Minutes | None = Field(None, description="How long, where the fellow was there in part, and only then.")
    circumstance: AbsenceReason | None = Field(None, description="Why absent. Personal; kept encrypted.")
    note: Note = None


class Marking(Statement):
    """Fellows' marks. They are of the session's own day, whenever they are recorded."""

    model_config = shown(
        {
            **_STATEMENT,
            "marks": [
                {"fellowship_id": examples.FELLOWSHIP, "mark": "part", "minutes": 180},
            ],
        }
    )

    marks: Annotated[
        tuple[MarkIn, ...], Field(min_length=1, max_length=200, description="One for each fellow that is marked.")
    ]


class Welcoming(Statement):
    """A guest, who was there and was not expected: name the person, or their fellowship where they hold one."""

    model_config = shown({**_STATEMENT, "person_id": examples.PERSON})

    person_id: PersonId | None = None
    fellowship_id: FellowshipId | None = Field(None, validate_default=True)
    minutes: Minutes | None = Field(None, description="How long they were there; by default all of the session.")

    @field_validator("fellowship_id")
    @classmethod
    def _one_of_the_two(cls, fellowship_id: FellowshipId | None, info: ValidationInfo) -> FellowshipId | None:
        if (fellowship_id is None) is (info.data.get("person_id") is None):
            raise ValueError("name the person, or their fellowship, and not both")
        return fellowship_id


class CatchingUp(Dated):
    """What a fellow made up for, and when."""

    model_config = said(happened="2013-11-04", fellowship_id=examples.FELLOWSHIP, minutes=120)

    fellowship_id: FellowshipId
    minutes: Minutes = Field(description="How many minutes were made up for.")


class NewSession(Receipt):
    """The receipt for a session."""

    model_config = opened("session", examples.SESSION)

    session_id: SessionId
