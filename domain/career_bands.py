"""Which bands and grades there are, and which is higher: the published order that promotions are judged by.

The orders have versions. One that was given stays as it is, for careers are judged by it for ever; a change is another
version, and a promotion names the one that it was judged by.
"""

from collections.abc import Mapping
from typing import NamedTuple

from domain.career_events import PayFramework

Reached = tuple[PayFramework, str]
"""A framework, and a band or grade of it."""


class Order(NamedTuple):
    """An order of bands and grades.

    `ladders` holds the rungs of each framework from the lowest to the highest, bands on one rung being equal. Of a
    framework without a ladder every band is taken, and none is higher than another. `above` holds pairs of frameworks:
    all bands of the first are above all of the second.
    """

    ladders: Mapping[PayFramework, tuple[tuple[str, ...], ...]]
    above: frozenset[tuple[PayFramework, PayFramework]]


def _rungs(rungs: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(rung.strip().split(" = ")) for rung in rungs.split(" < "))


ORDERS: Mapping[int, Order] = {
    1: Order(
        {
            PayFramework.AGENDA_FOR_CHANGE: _rungs("1 < 2 < 3 < 4 < 5 < 6 < 7 < 8a < 8b < 8c < 8d < 9"),
            PayFramework.MEDICAL_TRAINING: _rungs(
                "f1 < f2 < ct1 = st1 < ct2 = st2 < ct3 = st3 < ct4 = st4 < st5 < st6 < st7 < st8"
            ),
            PayFramework.MEDICAL_CAREER: _rungs(
                "specialty doctor = staff grade < associate specialist = specialist < consultant"
            ),
            PayFramework.GENERAL_PRACTICE: _rungs("locum = salaried < partner"),
        },
        frozenset({(PayFramework.VERY_SENIOR_MANAGER, PayFramework.AGENDA_FOR_CHANGE)}),
    )
}
"""The orders by version, in small letters. Sources: NHS terms and conditions of service (Agenda for Change, 2004); the
pay circulars for doctors (foundation, core and specialty training; specialty doctor, specialist and consultant); the
guidance on pay of very senior managers, which begins above band 9."""
LATEST = max(ORDERS)
"""The version by which promotions are judged now."""


def has_band(framework: PayFramework, band: str, version: int | None = None) -> bool:
    """Whether a framework has such a band or grade, whatever its case; of one without a ladder, True.

    By that version of the order; by any of them where none is named, so that what was recorded by one stays legal.
    """
    orders = ORDERS.values() if version is None else (ORDERS[version],)
    ladders = [order.ladders.get(framework) for order in orders]
    return any(ladder is None or any(band.lower() in rung for rung in ladder) for ladder in ladders)


def is_progress_in_training(reached: Reached, than: Reached) -> bool:
    """Whether a move stays within a training programme, or leads from its end to consultant: no promotion by any order.

    Source: domain.md section 0, promotion.
    """
    consultant = reached[0] is PayFramework.MEDICAL_CAREER and reached[1].lower() == "consultant"
    return than[0] is PayFramework.MEDICAL_TRAINING and (reached[0] is than[0] or consultant)


def is_promotion(reached: Reached, than: Reached, version: int = LATEST) -> bool:
    """Whether the published order makes a move a promotion: to a higher band, and no progress in training."""
    return not is_progress_in_training(reached, than) and is_higher(reached, than, version) is True


def is_higher(reached: Reached, than: Reached, version: int = LATEST) -> bool | None:
    """Whether a band or grade is higher than another, of the same framework or of two; None where no order tells."""
    (framework, band), (other, lower) = reached, than
    order = ORDERS[version]
    if framework is not other:
        higher = (framework, other) in order.above
        return higher if higher or (other, framework) in order.above else None
    ladder = order.ladders.get(framework, ())
    places = [number for each in (band, lower) for number, rung in enumerate(ladder) if each.lower() in rung]
    return places[0] > places[1] if len(places) == 2 else None
