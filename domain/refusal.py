"""A refusal: the record said no, and says why in the reader's words."""

import re
from datetime import date
from inspect import cleandoc
from typing import NamedTuple


class Named(NamedTuple):
    """A recorded fact, named so that a reader can go and look at it."""

    stream: str
    version: int
    kind: str
    happened: date


class Refusal(Exception):
    """Base of all that a decision may refuse. A subclass's docstring is the sentence its user reads.

    `detail` holds the particulars of one refusal as a finished sentence, `facts` the recorded facts it rests on.
    """

    def __init__(self, detail: str = "", *, facts: tuple[Named, ...] = ()) -> None:
        self.detail = detail
        self.facts = facts
        super().__init__(detail or self.explanation())

    @classmethod
    def code(cls) -> str:
        """The lasting code of this refusal: `PlaceNotAccepted` is `place_not_accepted`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def explanation(cls) -> str:
        """What the user reads: the docstring."""
        return cleandoc(cls.__doc__ or "")


class WouldContradict(Refusal):
    """Facts recorded for later days could not have happened if this were so. Put those right first."""


class NothingRecorded(Refusal):
    """Nothing of this kind is recorded under that identifier."""


class AlreadyRecorded(Refusal):
    """Something is already recorded under that identifier."""


class NoSuchEntry(Refusal):
    """There is no such entry in this record."""


class NotStanding(Refusal):
    """That entry no longer stands: it was entered in error, or replaced."""


class CannotCorrect(Refusal):
    """An entry that marks another as entered in error cannot be corrected; mark it as entered in error instead."""


class AnotherKind(Refusal):
    """A correction restates the same kind of fact. For another kind, mark this as entered in error and record anew."""


class CorrectsNothing(Refusal):
    """This is what the entry says already. Say what it should have said; if it never happened, mark it as an error."""


class DecidesNothing(Refusal):
    """This is what the entry says already, so nothing was decided later. If its day is wrong, correct that instead."""


class StillReliedOn(Refusal):
    """Other facts rest on this entry. Mark those as entered in error first."""


class NoLongerThere(Refusal):
    """What this entry rests on was changed or marked as entered in error meanwhile. Put that right first."""


class ReasonNeeded(Refusal):
    """This is recorded with a reason. Give a reason code that reveals nothing about a person."""


class TooFarAhead(Refusal):
    """That day lies more than a year ahead. What is decided now for later is entered at most a year before."""


class InTheFuture(Refusal):
    """What lies in the future cannot have taken place yet. The day it happened is today or earlier: record it then."""


class NotLate(Refusal):
    """A late entry is about an earlier day. What happens today is entered as it happens."""
