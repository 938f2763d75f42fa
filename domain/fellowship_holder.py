"""A person's places: nobody holds two of one cohort at a time, though they may hold places in several cohorts.

Nor is anybody offered a place where they hold one, or have an offer to answer.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from domain.contradiction import named
from domain.fellowship import FELLOWSHIP, Holding, held
from domain.fellowship_state import Fellowship, Standing
from domain.person import PERSON
from domain.refusal import Refusal
from domain.rule import Rule
from domain.stream import Timeline
from domain.values import CohortId, PersonId


class TwoPlacesInOneCohort(Refusal):
    """Nobody holds two places of one cohort at a time. Go on with the place that the person has there already."""


class OfferedThereAlready(Refusal):
    """The person holds a place of that cohort, or has an offer of one to answer. Go on with that one."""


def must_not_be_there(
    fellowships: Iterable[Timeline[Fellowship]], *, person_id: PersonId, cohort_id: CohortId, on: date
) -> None:
    """Refuse an offer to whoever holds a place of the cohort on its day, or an offer of one: OfferedThereAlready.

    `fellowships` are the others that ever named the person.
    """
    for fellowship in fellowships:
        state = fellowship.at(on)
        offered = state.origin if state.standing is Standing.OFFERED else None
        if state.person_id == person_id and cohort_id in (state.occupies, offered):
            facts = tuple(named(step.recorded) for step in fellowship.steps if step.place.day <= on)[-1:]
            raise OfferedThereAlready(f"{facts[0].stream} stood so on {on}.", facts=facts)


def _held(person_id: str, fellowships: Sequence[Timeline[Fellowship]]) -> list[Holding]:
    return [
        holding
        for fellowship in fellowships
        if fellowship.at(None).person_id == person_id
        for holding in held(fellowship)
    ]


def _on(day: date, holdings: Sequence[Holding]) -> Counter[CohortId]:
    """How many places of each cohort are held on a day."""
    return Counter(
        each.cohort_id for each in holdings if each.since <= day and (each.until is None or day < each.until)
    )


def breaks_one_place(
    person_id: str,
    person_before: Timeline[Any],
    person_after: Timeline[Any],
    before: Sequence[Timeline[Fellowship]],
    after: Sequence[Timeline[Fellowship]],
) -> Refusal | None:
    """The refusal if on some day a person holds two places of one cohort, and did not as much before; else None.

    `before` and `after` are the histories of all fellowships of the person.
    """
    was, now = _held(person_id, before), _held(person_id, after)
    for day in sorted({each.since for each in now} | {each.until for each in was if each.until}):
        earlier = _on(day, was)
        for cohort_id, places in _on(day, now).items():
            if places > max(1, earlier[cohort_id]):
                return TwoPlacesInOneCohort(f"On {day} the person would hold {places} places of that cohort.")
    return None


ONE_PLACE = Rule(
    guard="holder",
    owner=PERSON,
    member=FELLOWSHIP,
    breaks=breaks_one_place,
)
"""A contradiction, refused however it is entered: a second place of the same cohort never happened.

It is the same place told twice, by a row imported again or a form filled in by two people; taken, it would count one
person as two in every figure of the cohort. Another cohort's place, whether before, after or meanwhile, is no matter.
"""
