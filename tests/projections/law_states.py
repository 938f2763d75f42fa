"""What the facts that stand mean for each view, said without its routing and its fold: of the facts in order, which
one tells what. Whoever changes a view on purpose says here once more what it tells.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeAlias

from domain.career_events import RoleAtEntryRecorded
from domain.session_state import Register, SessionStage
from domain.values import Sealed
from projections import career, cohort, milestone, organisation, person, programme, project, register, session
from tests.infra.brute_force import Key, Known
from tests.projections import law_standing
from tests.projections.law_facts import Facts, by, day, last, name, of, only, said, since, told

States: TypeAlias = dict[Key, Any]


def effective(known: Known, valid: date) -> Facts:
    """The facts that count at the end of a day, in effective order."""
    left_out = {old for entry, _, old in known.replaced if entry.day <= valid}
    standing = [(slot, entry) for slot, entry in known.contents.items() if entry.day <= valid and slot not in left_out]
    return [entry for _, entry in sorted(standing, key=lambda each: (each[1].day, type(each[1].event).phase, each[0]))]


def _each(facts: Facts, stream: str, state: Callable[[Facts], Any]) -> States:
    """A state for each stream of this name whose facts make one."""
    found = {(key,): state(mine) for key, mine in by(only(facts, stream), lambda fact: fact.key).items()}
    return {key: value for key, value in found.items() if value is not None}


def _programme(facts: Facts) -> Any:
    known = since(facts, "established", first=True)
    if known is None:
        return None
    established = last(known, "established")
    return programme.Programme(established.code, established.title, told(known, "programme_version", "version_adopted"))


def _cohort(facts: Facts) -> Any:
    if (planned := since(facts, "planned")) is None:
        return None
    first = planned[0].event
    assert isinstance(first, cohort.CohortPlanned)
    dates = last(planned, "planned", "dates_changed")
    return cohort.Cohort(
        first.code,
        first.programme_id,
        last(planned, "planned", "programme_version_assigned").programme_version,
        dates.starts_on,
        dates.ends_on,
        last(planned, "planned", "capacity_changed").capacity,
    )


def _person(facts: Facts) -> Any:
    if (known := since(facts, "recorded")) is None:
        return None
    name, email = last(known, "recorded", "name_changed").name, last(known, "recorded", "contact_changed").email
    return person.Person(*(value if isinstance(value, Sealed) else None for value in (name, email)))


def _organisation(facts: Facts) -> Any:
    if (known := since(facts, "recorded", first=True)) is None:
        return None
    return organisation.Organisation(
        last(known, "recorded", "renamed").title,
        last(known, "recorded").code,
        told(known, "merged_into", "merged"),
    )


def _session(facts: Facts) -> Any:
    ever, here = since(facts, "scheduled", first=True), since(facts, "scheduled")
    if ever is None or here is None:
        return None
    first = last(here, "scheduled")
    stages = {"scheduled": SessionStage.SCHEDULED, "delivered": SessionStage.DELIVERED}
    stage = of(here, *stages, "cancelled")[-1]
    registers = {
        "register_opened": Register.OPEN,
        "register_signed": Register.SIGNED,
        "register_reopened": Register.REOPENED,
    }
    marked = of(ever, *registers)
    timed = of(here, "scheduled", "rescheduled", "delivered")
    minutes: list[int] = [said(fact).minutes for fact in timed if said(fact).minutes is not None]
    return session.Session(
        first.cohort_id,
        first.module,
        last(here, "scheduled", "rescheduled").held_on,
        minutes[-1],
        first.accredited,
        stages.get(name(stage), SessionStage.CANCELLED),
        registers[name(marked[-1])] if marked else None,
        told(here, "replaced_by", "cancelled"),
    )


def _attendance(facts: Facts) -> States:
    names = ("fellow_expected", "expectation_waived", "attendance_recorded", "catch_up_completed")
    found: States = {}
    for key, mine in by(of(only(facts, "session"), *names), lambda fact: (fact.key, said(fact).fellowship_id)).items():
        if (here := since(mine, "fellow_expected")) is not None:
            found[key] = register.Line(
                said(here[0]).person_id,
                bool(of(here, "expectation_waived")),
                told(here, "mark", "attendance_recorded"),
                told(here, "minutes", "attendance_recorded"),
                told(here, "minutes", "catch_up_completed"),
            )
    return found


def _project(facts: Facts) -> Any:
    if (here := since(facts, "proposed")) is None:
        return None
    proposed = said(here[0])

    def lasted(months: int) -> Any:
        answers = [fact for fact in of(here, "sustainability_assessed") if said(fact).months == months]
        return told(answers, "sustainability", "sustainability_assessed")

    return project.Project(
        proposed.title,
        proposed.organisation_id,
        here[0].day,
        told(here, "classification", "charter_approved"),
        len(of(here, "pdsa_cycle_concluded")),
        len(of(here, "adopted_at_site")) - len(of(here, "abandoned_at_site")),
        lasted(12),
        lasted(24),
        lasted(60),
        told(here, "sustainability", "sustainability_assessed"),
        day(here, "sustainability_assessed"),
        day(here, "abandoned"),
    )


def _undertaking(facts: Facts) -> States:
    work = of(only(facts, "project"), "fellow_joined", "fellow_left")
    found: States = {}
    for key, mine in by(work, lambda fact: (fact.key, said(fact).fellowship_id)).items():
        ever, lately = since(mine, "fellow_joined", first=True), since(mine, "fellow_joined")
        if ever is not None and lately is not None:
            left = of(lately, "fellow_left")
            person_id = said(lately[0]).person_id
            found[key] = project.Undertaking(person_id, ever[0].day, left[-1].day if left else None)
    return found


_MILESTONES = {
    "charter_approved": "charter_approved",
    "baseline_frozen": "baseline_frozen",
    "pdsa_cycle_concluded": "first_pdsa_concluded",
    "reported": "reported",
    "handed_over": "handed_over",
    "adopted_at_site": "adopted_elsewhere",
    "sustainability_assessed": "sustained",
}


def _milestone(facts: Facts) -> States:
    reaching = by(of(only(facts, "project"), *_MILESTONES), lambda fact: (fact.key, _MILESTONES[name(fact)]))
    found: States = {}
    for key, mine in reaching.items():
        sustained = [name(f) != "sustainability_assessed" or said(f).sustainability == "sustained" for f in mine]
        if True in sustained:
            first = mine[sustained.index(True)]
            # Lost since the first of the assessments that follow the last one which says so.
            since_then = mine[len(sustained) - sustained[::-1].index(True) :]
            lost = since_then[0].day if since_then else None
            found[key] = milestone.Reached(first.day, first.happened.precision, lost)
    return found


def _role(facts: Facts) -> States:
    began = ("role_at_entry_recorded", "role_recorded")
    found: States = {}
    for role_id, mine in by(of(only(facts, "career"), *began, "role_ended"), lambda fact: said(fact).role_id).items():
        if (here := since(mine, *began)) is not None:
            role = said(here[0])
            found[role_id,] = career.Role(
                role.person_id,
                role.fellowship_id if isinstance(role, RoleAtEntryRecorded) else None,
                here[0].day,
                here[0].happened.precision,
                day(here, "role_ended"),
                role.organisation_id,
                role.profession,
                role.framework,
                role.band,
                None if role.wte is None else round(1000 * role.wte),
                role.qi_remit,
                role.qi_remit_source,
                not isinstance(role, RoleAtEntryRecorded) and role.acting,
            )
    return found


def _move(facts: Facts) -> States:
    return {
        (move.person_id, fact.slot): career.Move(
            fact.day,
            fact.happened.precision,
            "promotion" if name(fact) == "promotion_recorded" else move.progression.value,
            move.framework,
            move.band,
            move.role_id,
        )
        for fact in of(only(facts, "career"), "promotion_recorded", "progression_recorded")
        for move in [said(fact)]
    }


def _entry(facts: Facts) -> States:
    return {
        (entry.fellowship_id,): career.RoleAtEntry(entry.person_id, entry.role_id, fact.day)
        for fact in of(only(facts, "career"), "role_at_entry_recorded")
        for entry in [said(fact)]
    }


def _contact(facts: Facts) -> States:
    told_of = of(only(facts, "career"), "last_contact_confirmed", "follow_up_ended")
    found: States = {}
    for person_id, mine in by(told_of, lambda fact: said(fact).person_id).items():
        met, ended = of(mine, "last_contact_confirmed"), of(mine, "follow_up_ended")
        found[person_id,] = career.Contact(
            met[-1].day if met else None,
            met[-1].happened.precision if met else None,
            ended[-1].day if ended else None,
        )
    return found


STATES: Mapping[str, Callable[[Facts], States]] = {
    "programme": lambda facts: _each(facts, "programme", _programme),
    "cohort": lambda facts: _each(facts, "cohort", _cohort),
    "person": lambda facts: _each(facts, "person", _person),
    "standing": lambda facts: _each(facts, "fellowship", law_standing.fellow),
    "organisation": lambda facts: _each(facts, "organisation", _organisation),
    "secondment": lambda facts: _each(facts, "secondment", law_standing.secondment),
    "session": lambda facts: _each(facts, "session", _session),
    "attendance": _attendance,
    "coaching": lambda facts: _each(facts, "coaching", law_standing.coaching),
    "project": lambda facts: _each(facts, "project", _project),
    "undertaking": _undertaking,
    "milestone": _milestone,
    "role": _role,
    "move": _move,
    "role_at_entry": _entry,
    "contact": _contact,
}
"""What each view tells of these facts, by its name."""
