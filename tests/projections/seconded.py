"""Organisations and the secondments from them, for tests of what is told of them."""

from datetime import date, timedelta
from decimal import Decimal

from domain.event import Event
from domain.fellowship import FELLOWSHIP
from domain.organisation import ORGANISATION, OrganisationRecorded
from domain.secondment import SECONDMENT
from domain.secondment_decisions import (
    agree_release,
)
from domain.secondment_events import (
    Authority,
)
from domain.values import FellowshipId, Happened, OrganisationId, Precision, SecondmentId
from infra.log.desk import Desk
from tests.office import Office

START, END, DAY = date(2013, 9, 2), date(2014, 8, 31), timedelta(days=1)


def organisation(office: Office, title: str) -> OrganisationId:
    identifier = OrganisationId.new()
    recorded = OrganisationRecorded(title=title)
    office.do(lambda desk: desk.record(ORGANISATION, identifier, recorded, Happened(date(2010, 1, 1))))
    return identifier


def seconded(office: Office, trust: OrganisationId, *, contracted: str = "0.60") -> tuple[FellowshipId, SecondmentId]:
    fellowship, identifier = FellowshipId.new(), SecondmentId.new()
    cohort = office.cohort(office.programme(), 2013)
    office.do(office.accepting(fellowship, office.person(), cohort, date(2013, 6, 1)))

    def act(desk: Desk) -> None:
        release = agree_release(
            desk.fold(FELLOWSHIP, fellowship, on=date(2013, 6, 10)),
            fellowship_id=fellowship,
            organisation_id=trust,
            starts_on=START,
            ends_on=END,
            contracted_wte=Decimal(contracted),
            agreed_by=Authority.CHIEF_NURSE,
        )
        desk.record(SECONDMENT, identifier, release, Happened(date(2013, 6, 10)))

    office.do(act)
    return fellowship, identifier


def state(office: Office, identifier: SecondmentId, day: date, event: Event, precision: Precision | None = None) -> int:
    happened = Happened(day, precision or Precision.DAY)
    return office.do(lambda desk: desk.record(SECONDMENT, identifier, event, happened)).position
