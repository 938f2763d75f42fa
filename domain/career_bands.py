"""Which band is higher, framework by framework: what a promotion to a higher band is judged by.

The order is that of the published framework, and once given it stays: careers are judged by it for ever. A framework
without an order here, and a band not in it, is judged by nothing.
"""

from collections.abc import Mapping

from domain.career_events import PayFramework

BANDS: Mapping[PayFramework, tuple[str, ...]] = {
    PayFramework.AGENDA_FOR_CHANGE: ("1", "2", "3", "4", "5", "6", "7", "8a", "8b", "8c", "8d", "9"),
}
"""The bands from the lowest to the highest. Source: NHS terms and conditions of service, Agenda for Change, 2004."""


def is_higher(framework: PayFramework, band: str, than: str) -> bool | None:
    """Whether a band is higher than another of the same framework; None where no order tells."""
    order = BANDS.get(framework, ())
    places = [order.index(each) for each in (band.lower(), than.lower()) if each in order]
    return places[0] > places[1] if len(places) == 2 else None
