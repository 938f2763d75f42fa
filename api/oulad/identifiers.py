"""The random identifiers behind the files' natural keys, and who and what an import's commands are."""

import hmac
from typing import TypeVar
from uuid import UUID

from api import codes
from api.oulad.facts import Fact
from api.oulad.files import Place, Presentation
from domain.event import Event
from domain.values import AccreditationId, ActorId, CohortId, FellowshipId, Id, PersonId, ProgrammeId, WorkId
from infra.database import Pool
from infra.desk import Desk
from infra.event_log import EventLog
from infra.external import identifiers
from infra.settings import Secret

PRINCIPAL = "import:oulad"
"""Whose commands an import's are."""

N = TypeVar("N", bound=Id)


class Identifiers:
    """The identifiers of what the files name by natural keys: those on the record, and new ones."""

    def __init__(self, log: EventLog, pool: Pool) -> None:
        self._log = log
        self._pool = pool
        self._recorded: dict[str, dict[bytes, str]] = {}
        self._found: dict[tuple[str, str], Id] = {}
        self._claims: dict[Id, tuple[str, bytes, Id, str | None]] = {}

    def programme(self, module: str) -> ProgrammeId:
        """The programme of a module."""
        return self._find(ProgrammeId, "oulad-module", module)

    def cohort(self, presentation: Presentation) -> CohortId:
        """The cohort of a presentation."""
        return self._find(CohortId, "oulad-presentation", str(presentation))

    def work(self, assessment: str) -> WorkId:
        """The piece of work of an assessment."""
        return self._find(WorkId, "oulad-assessment", assessment)

    def person(self, learner: str) -> PersonId:
        """The person who is a learner."""
        return self._find(PersonId, "oulad-learner", learner, of_itself=True)

    def fellowship(self, place: Place) -> FellowshipId:
        """The fellowship of a learner on a presentation."""
        return self._find(FellowshipId, "oulad-fellowship", _key(place), self.person(place.learner))

    def accreditation(self, place: Place) -> AccreditationId:
        """The registration for credit of a learner on a presentation."""
        return self._find(AccreditationId, "oulad-accreditation", _key(place), self.person(place.learner))

    def claim(self, desk: Desk, *named: Id) -> None:
        """Have the natural keys of these identifiers mapped to them, unless they are on the record.

        To be done with the first fact that names them, so that no run can come to know them by others.
        """
        for identifier in named:
            if (claim := self._claims.get(identifier)) is not None:
                desk.external(*claim)

    def claim_code(self, desk: Desk, record: str, event: Event) -> None:
        """Have the code that a programme or cohort is known by stand for it alone."""
        codes.claim(self._log, desk, record, event)

    def other_with_code(self, presentation: Presentation) -> str | None:
        """What the record knows by the code of this module or presentation, if that is not what was loaded from it."""
        programme, cohort = self.programme(presentation.module), self.cohort(presentation)
        if self._known_by(codes.PROGRAMME_CODE, presentation.module) not in (None, programme):
            return f"another programme with the code {presentation.module}"
        if self._known_by(codes.COHORT_CODE, f"{programme}\n{presentation}") not in (None, cohort):
            return f"another cohort with the code {presentation}"
        return None

    def _known_by(self, scheme: str, key: str) -> str | None:
        if scheme not in self._recorded:
            self._recorded[scheme] = identifiers(self._pool, scheme)
        return self._recorded[scheme].get(self._log.digest(scheme, key))

    def _find(self, kind: type[N], scheme: str, key: str, subject: str | None = None, *, of_itself: bool = False) -> N:
        found = self._found.get((scheme, key))
        if found is None:
            recorded = self._known_by(scheme, key)
            found = kind.new() if recorded is None else kind(recorded)
            if recorded is None:
                self._claims[found] = (scheme, self._log.digest(scheme, key), found, found if of_itself else subject)
            self._found[scheme, key] = found
        assert isinstance(found, kind)
        return found


class CommandIds:
    """The command id of each fact: from what it is about, so that entering it again is entering it once."""

    def __init__(self, secret: Secret) -> None:
        self._key = secret.derive("command-id")

    def of(self, fact: Fact) -> str:
        """The id under which this fact is entered, from whatever row and folder it comes."""
        return self._uuid("\n".join((type(fact).__name__.lower(), *fact.key)))

    def actor(self) -> ActorId:
        """Who states what an import enters: the same for one installation."""
        return ActorId(self._uuid("actor"))

    def _uuid(self, text: str) -> str:
        return str(UUID(bytes=hmac.digest(self._key, f"{PRINCIPAL}\n{text}".encode(), "sha256")[:16], version=4))


def _key(place: Place) -> str:
    return f"{place.presentation}-{place.learner}"
