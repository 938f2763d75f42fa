"""The coaching of the demonstration: a few coaches, and so many sessions of an hour and a half for each fellow."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from api.demo.acts import Fellow, absences, record_person, when, wrongly_gone
from api.demo.clerk import Clerk, Item
from api.demo.invented import Someone, identifier
from api.demo.rows import Told, entered, told
from api.sheets.coaching import COACHING_SHEET
from domain.coaching_events import Mode, Notice, Side
from domain.values import CoachingId, PersonId

MINUTES = 90
COACHES = 4
"""Coaches of each cohort."""
_FIRST, _APART = 5, 8
"""The week of the first session, and the weeks between two."""
_CHANGED = (2013, 5)
"""Cohort and fellow whose coach changed half way."""
_LATE = (2013, 10)
"""Cohort and fellow who cancelled too late once, so that the time was used up."""
_DAY = timedelta(days=1)


def coached(clerk: Clerk, fellows: Sequence[Fellow], coaches: Sequence[Someone]) -> Iterator[Item]:
    """The coaching of one cohort's fellows, by coaches of its own."""
    intake = fellows[0].intake
    day = intake.week(-2)
    for coach in coaches:
        yield clerk.item(f"{intake.code} coach {coach.id}", day, record_person(coach, day), source="list_of_coaches")
    for fellow in fellows:
        coach, other = clerk.random.sample(coaches, 2)
        identity, next_identity = identifier(clerk.random, CoachingId), identifier(clerk.random, CoachingId)
        skipped = {number for number in range(6) if clerk.random.random() < 0.2}
        offset = clerk.random.randint(0, 4)
        if fellow.started_on is None:
            continue
        facts = _engaged(fellow, coach.id, other.id, (identity, next_identity), skipped, offset)
        yield from entered(clerk, f"{fellow.name} coaching", facts)


def _engaged(
    fellow: Fellow,
    coach_id: PersonId,
    other_id: PersonId,
    identities: tuple[CoachingId, CoachingId],
    skipped: set[int],
    offset: int,
) -> Iterator[Told]:
    place, intake = (fellow.intake.number, fellow.number), fellow.intake
    identity, next_identity = identities
    source = "return_of_the_coach"

    def fact(word: str, day: date, why: str = "", **values: object) -> Told:
        act = told(COACHING_SHEET, word, day, engagement=identity, **values)
        return Told(day, day + _DAY, act, source, why)

    entitled = intake.coaching_sessions * MINUTES
    yield fact(
        "contracted",
        intake.week(3),
        fellowship_id=fellow.fellowship_id,
        coach_id=coach_id,
        entitlement_minutes=entitled,
    )
    away = absences(fellow)
    if (gone := wrongly_gone(fellow)) is not None:
        away.append((gone, date.max))
    for number in range(intake.coaching_sessions):
        day = intake.week(_FIRST + number * _APART, offset)
        if place == _CHANGED and number == 2:
            values = {"coach_id": other_id, "continued_by": next_identity}
            yield fact("coach_changed", day - 7 * _DAY, "coach_not_available", **values)
            identity = next_identity
        if any(since <= day <= until for since, until in away):
            continue
        session = f"{fellow.name} {number}"
        if place == _LATE and number == 1:
            yield fact("session_cancelled", day, session=session, notice=Notice.LATE, by=Side.FELLOW, minutes=MINUTES)
        elif number not in skipped:
            mode = Mode.VIDEO if number % 2 else Mode.IN_PERSON
            yield fact("session_held", day, session=session, minutes=MINUTES, mode=mode)
    if fellow.left is None:
        yield fact("completed", intake.ends_on)
    else:
        ended = fact("ended_early", when(fellow.left), "left_the_fellowship")
        yield ended._replace(entered=fellow.left.entered_on + _DAY)
