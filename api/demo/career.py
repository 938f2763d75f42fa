"""The careers of the demonstration: the role at entry, who was met when, and what had become of them by then."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from api.demo.acts import Fellow
from api.demo.clerk import FOLLOW_UP, Clerk, Item
from api.demo.invented import identifier
from api.demo.plan import Intake
from api.demo.rows import Told, entered, told
from api.sheets.career import CAREER_SHEET
from domain.career_events import PayFramework, Progression, PromotionBasis, QiRemit, RemitSource
from domain.values import OrganisationId, RoleId
from projections.retention import months_after

_DAY = timedelta(days=1)
WAVES = ((12, 0.9), (24, 0.75), (60, 0.5))
"""Months after the cohort's end at which fellows were asked, and how many of them answered."""
ANSWER = "answer_to_the_follow_up"
NO_ROLE_AT_ENTRY = {(2014, 4)}
"""Cohort and fellow whose role at entry was never told."""


class Rise(NamedTuple):
    """A promotion: when it happened, as exactly as was told, and when it was learned."""

    happened: str
    entered: date


LEARNED_LATE = {(2013, 12): Rise("2015-05", date(2018, 4, 17))}
"""By cohort and fellow: promotions of which nobody knew for years."""


def followed(clerk: Clerk, fellows: Sequence[Fellow], organisations: Mapping[str, OrganisationId]) -> Iterator[Item]:
    """The careers of one cohort's fellows, from their entry on."""
    for fellow in fellows:
        entry, risen = identifier(clerk.random, RoleId), identifier(clerk.random, RoleId)
        met = [month for month, share in WAVES if clerk.random.random() < share]
        rose_after = clerk.random.randint(3, 55) if clerk.random.random() < 0.5 else None
        if fellow.started_on is None or (fellow.intake.number, fellow.number) in NO_ROLE_AT_ENTRY:
            continue
        late = LEARNED_LATE.get((fellow.intake.number, fellow.number))
        rise = late or _rise(fellow.intake, met, rose_after)
        asked = [late.entered] if late else [_asked_on(fellow.intake, month) for month in met]
        facts = [_at_entry(fellow, entry, organisations), *(_met(fellow, day) for day in asked)]
        if rise is not None:
            facts += _risen(fellow, risen, rise, organisations)
        yield from entered(clerk, f"{fellow.name} career", facts, role=FOLLOW_UP)


def _rise(intake: Intake, met: Sequence[int], rose_after: int | None) -> Rise | None:
    """When a fellow rose, learned when they were next met; None where they did not or were never met again."""
    wave = next((month for month in met if rose_after is not None and month >= rose_after), None)
    if wave is None or rose_after is None:
        return None
    return Rise(str(months_after(intake.ends_on, rose_after)), _asked_on(intake, wave))


def _asked_on(intake: Intake, month: int) -> date:
    return months_after(intake.ends_on, month)


def _at_entry(fellow: Fellow, role_id: RoleId, organisations: Mapping[str, OrganisationId]) -> Told:
    assert fellow.started_on is not None
    day = fellow.started_on
    act = told(CAREER_SHEET, "role_at_entry", day, **_role(fellow, role_id, 0, organisations))
    return Told(day, max(day, fellow.known_from) + 9 * _DAY, act, "application_form")


def _met(fellow: Fellow, day: date) -> Told:
    act = told(CAREER_SHEET, "contact_confirmed", day, fellowship_id=fellow.fellowship_id)
    return Told(day, day, act, ANSWER)


def _risen(fellow: Fellow, role_id: RoleId, rise: Rise, organisations: Mapping[str, OrganisationId]) -> Iterator[Told]:
    """A promotion into a role that includes improving quality; in training, a progression that is none."""
    post = fellow.someone.post
    day = date.fromisoformat(f"{rise.happened}-01"[:10])
    to = {"fellowship_id": fellow.fellowship_id, "framework": post.framework, "band": post.steps[1]}
    if post.framework is PayFramework.MEDICAL_TRAINING:
        act = told(CAREER_SHEET, "progressed", rise.happened, progression=Progression.IN_TRAINING, **to)
        yield Told(day, rise.entered, act, ANSWER)
        return
    role = _role(fellow, role_id, 1, organisations)
    remit = {"qi_remit": QiRemit.IMPROVEMENT, "qi_remit_source": RemitSource.SELF_DECLARED}
    taken_up = told(CAREER_SHEET, "role_taken_up", rise.happened, **role, **remit)
    yield Told(day, rise.entered, taken_up, ANSWER)
    graded = post.framework is PayFramework.AGENDA_FOR_CHANGE
    basis = PromotionBasis.HIGHER_BAND if graded else PromotionBasis.HIGHER_GRADE
    promoted = told(CAREER_SHEET, "promoted", rise.happened, basis=basis, role=role_id, **to)
    yield Told(day, rise.entered, promoted, ANSWER)


def _role(fellow: Fellow, role_id: RoleId, step: int, organisations: Mapping[str, OrganisationId]) -> dict[str, object]:
    post = fellow.someone.post
    return {
        "fellowship_id": fellow.fellowship_id,
        "role": role_id,
        "organisation": organisations[fellow.someone.organisation.code],
        "profession": post.profession,
        "framework": post.framework,
        "band": post.steps[step],
    }
