"""The secondments of the demonstration: one for each fellow, as long as they were in the programme."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from api.demo.acts import Fellow, standing_cases, when
from api.demo.clerk import Clerk, Item
from api.demo.invented import identifier
from api.demo.national import RUNNING
from api.demo.rows import Told, entered, told
from api.sheets.secondments import SECONDMENTS
from domain.event import How
from domain.secondment_events import Authority, Party, SecondmentReason
from domain.values import OrganisationId, SecondmentId

_DAY = timedelta(days=1)
_WITHOUT_AGREEMENT = {(2014, 3)}
"""Cohort and fellow of a secondment that started before the agreement was signed."""
_FRACTION_CHANGED = (RUNNING, 10, 12, Decimal("0.4"))
"""Cohort, fellow, week, and what is released from then on."""
_WORDS = {"paused": "paused", "resumed": "resumed", "deferred": "paused", "taken_up": "resumed"}


def released(clerk: Clerk, fellows: Sequence[Fellow], organisations: Mapping[str, OrganisationId]) -> Iterator[Item]:
    """The secondments of one cohort's fellows."""
    for fellow in fellows:
        contracted = Decimal(clerk.random.choice(("1.0", "1.0", "1.0", "1.0", "0.8", "0.6")))
        authority = clerk.random.choice(
            (Authority.CHIEF_NURSE, Authority.MEDICAL_DIRECTOR, Authority.DIRECTOR, Authority.LINE_MANAGER)
        )
        backfill = clerk.random.random() < 0.85
        identity = identifier(clerk.random, SecondmentId)
        said = {case.what for case in fellow.cases}
        if "declined" in said:
            continue
        organisation, day = fellow.someone.organisation, fellow.confirmed_on
        agreed = told(
            SECONDMENTS,
            "release_agreed",
            day,
            secondment=identity,
            fellowship_id=fellow.fellowship_id,
            organisation=organisations[organisation.code],
            starts_on=fellow.started_on or fellow.intake.starts_on,
            ends_on=fellow.intake.ends_on,
            contracted_wte=contracted,
            agreed_by=authority,
        )
        acts = [agreed]
        if backfill:
            acts.append(told(SECONDMENTS, "backfill_confirmed", day, secondment=identity))
        if (fellow.intake.number, fellow.number) not in _WITHOUT_AGREEMENT:
            acts.append(told(SECONDMENTS, "agreement_signed", day, secondment=identity, parties=tuple(Party)))
        known = max(day, fellow.known_from) + _DAY
        facts = [Told(day, known, act, "release_agreement") for act in acts]
        yield from entered(clerk, f"{fellow.name} secondment", [*facts, *_run(fellow, identity, known)])


def _run(fellow: Fellow, identity: SecondmentId, known: date) -> Iterator[Told]:
    """From the start to the end, with what befell the fellow on the way."""
    source = "return_of_the_employer"

    def fact(word: str, day: date, entered_on: date, why: str = "", **values: object) -> Told:
        act = told(SECONDMENTS, word, day, secondment=identity, **values)
        return Told(day, max(entered_on, known + _DAY), act, source, why)

    given_up = next((case for case in fellow.cases if case.what == "place_given_up"), None)
    if given_up is not None:
        yield fact("cancelled", when(given_up), when(given_up), circumstance=SecondmentReason.MOVED_JOB)
        return
    started = fellow.started_on
    assert started is not None
    yield fact("started", started, started)
    for case in standing_cases(fellow):
        if (word := _WORDS.get(case.what)) is not None:
            yield fact(word, when(case), case.entered_on)
    cohort, number, week, fraction = _FRACTION_CHANGED
    if (fellow.intake.number, fellow.number) == (cohort, number):
        day = fellow.intake.week(week)
        yield fact("fraction_changed", day, day, "service_pressure", released_wte=fraction)
    planned = fellow.intake.ends_on
    ending = fellow.ending
    last = planned if ending is None or ending.how is How.SUPERSEDES else fellow.last_day
    learned = last if ending is None or last == planned else max(last, ending.entered_on)
    if last > planned:
        agreed = planned - 10 * _DAY
        late = learned if (learned - last).days > 90 else agreed
        authority = Authority.DIRECTOR
        yield fact("extended", agreed, late, "time_away_made_up", ends_on=last, agreed_by=authority)
    left = {"circumstance": SecondmentReason.LEFT_THE_FELLOWSHIP} if last < planned else {}
    yield fact("ended", last, learned, **left)
