"""A secondment of Ada's, for the tests of its beginning and of its end."""

from datetime import date
from decimal import Decimal
from typing import Any

from domain.secondment import SECONDMENT, irregularities
from domain.secondment_decisions import (
    agree_release,
    pause_secondment,
)
from domain.secondment_events import (
    AgreementSigned,
    Authority,
    BackfillConfirmed,
    Party,
    ReleaseAgreed,
    SecondmentEndedAsPlanned,
    SecondmentResumed,
    SecondmentStarted,
)
from domain.secondment_state import (
    Secondment,
)
from domain.values import FellowshipId, OrganisationId
from tests.domain.fellows import a_place
from tests.domain.irregular import irregular
from tests.scenario import Entry, Scenario, given, on

FELLOWSHIP_ID, TRUST = FellowshipId.new(), OrganisationId.new()
PLACE = a_place().history.at(None)
EVERYONE = tuple(Party)
PAPER, OTHER_PAPER = "a" * 64, "b" * 64


def release(contracted: str = "1.00", released: str | None = None, **other: Any) -> ReleaseAgreed:
    said: dict[str, Any] = {
        "fellowship_id": FELLOWSHIP_ID,
        "organisation_id": TRUST,
        "starts_on": date(2013, 9, 2),
        "ends_on": date(2014, 8, 31),
        "contracted_wte": Decimal(contracted),
        "released_wte": None if released is None else Decimal(released),
        "agreed_by": Authority.MEDICAL_DIRECTOR,
    }
    return agree_release(PLACE, **(said | other))


AGREED = on("2013-06-01", lambda _: release())
BACKFILL = on("2013-07-01", BackfillConfirmed())
SIGNED = on("2013-08-01", AgreementSigned(parties=EVERYONE, sha256=PAPER))
STARTED = on("2013-09-02", SecondmentStarted())
PAUSED = on("2014-01-10", pause_secondment)
RESUMED = on("2014-02-10", SecondmentResumed())
ENDED = on("2014-08-31", SecondmentEndedAsPlanned())


def agreed(*more: Entry) -> Scenario[Secondment]:
    return given(SECONDMENT, AGREED, *more)


def running(*more: Entry) -> Scenario[Secondment]:
    return agreed(BACKFILL, SIGNED, STARTED, *more)


def odd(scenario: Scenario[Secondment]) -> list[tuple[int, str]]:
    return irregular(scenario, irregularities)
