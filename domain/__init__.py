"""The language of the record: facts, what they add up to, what may be decided, and why the record says no.

One file a subject, or a few that share its name: `programme`, `cohort`, `person`, `fellowship`, `accreditation`. What
joins two of them has its own: `capacity`. They are made of `event`, `stream`, `contradiction`, `values`, `refusal` and
`rule`. EVENTS.md lists all kinds of fact; importing this package makes that list complete.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from domain.accreditation import ACCREDITATION
from domain.capacity import PLACES
from domain.career import CAREER
from domain.coaching import COACHING
from domain.cohort import COHORT
from domain.cohort_cancellation import CANCELLATION, EMPTINESS
from domain.fellowship import FELLOWSHIP
from domain.fellowship_holder import ONE_PLACE
from domain.independence import INDEPENDENCE, ONE_COACH
from domain.installation import INSTALLATION
from domain.organisation import ORGANISATION
from domain.overlap import RELEASES
from domain.oversight import OVERSIGHT
from domain.person import PERSON
from domain.programme import PROGRAMME
from domain.project import PROJECT
from domain.rule import Rule
from domain.secondment import SECONDMENT
from domain.session import SESSION
from domain.stream import Stream

STREAMS: Mapping[str, Stream[Any]] = MappingProxyType(
    {
        stream.name: stream
        for stream in (
            INSTALLATION,
            PROGRAMME,
            COHORT,
            PERSON,
            FELLOWSHIP,
            ACCREDITATION,
            ORGANISATION,
            SECONDMENT,
            SESSION,
            COACHING,
            OVERSIGHT,
            PROJECT,
            CAREER,
        )
    }
)
"""Every stream, by the name it has in `<name>:<id>`."""

RULES: tuple[Rule, ...] = (ONE_PLACE, PLACES, CANCELLATION, EMPTINESS, RELEASES, ONE_COACH, INDEPENDENCE)
"""Every rule over a set, in the order in which they are judged: who holds a place there needs to hear that first."""

__all__ = ["RULES", "STREAMS"]
