"""The random identifiers behind the files' natural keys."""

from api import codes
from api.importing.keys import Keys
from api.oulad.files import Place, Presentation
from domain.event import Event
from domain.values import AccreditationId, CohortId, FellowshipId, PersonId, ProgrammeId, WorkId
from infra.log.desk import Desk
from infra.log.event_log import EventLog
from infra.postgres.database import Pool

PRINCIPAL = "import:oulad"
"""Whose commands an import's are."""


class Identifiers:
    """The identifiers of what the files name by natural keys: those on the record, and new ones."""

    def __init__(self, log: EventLog, pool: Pool) -> None:
        self._log = log
        self._keys = Keys(log, pool)
        self.claim = self._keys.claim

    def programme(self, module: str) -> ProgrammeId:
        """The programme of a module."""
        return self._keys.find(ProgrammeId, "oulad-module", module)

    def cohort(self, presentation: Presentation) -> CohortId:
        """The cohort of a presentation."""
        return self._keys.find(CohortId, "oulad-presentation", str(presentation))

    def work(self, assessment: str) -> WorkId:
        """The piece of work of an assessment."""
        return self._keys.find(WorkId, "oulad-assessment", assessment)

    def person(self, learner: str) -> PersonId:
        """The person who is a learner."""
        return self._keys.find(PersonId, "oulad-learner", learner, of_itself=True)

    def fellowship(self, place: Place) -> FellowshipId:
        """The fellowship of a learner on a presentation."""
        return self._keys.find(FellowshipId, "oulad-fellowship", _key(place), self.person(place.learner))

    def accreditation(self, place: Place) -> AccreditationId:
        """The registration for credit of a learner on a presentation."""
        return self._keys.find(AccreditationId, "oulad-accreditation", _key(place), self.person(place.learner))

    def claim_code(self, desk: Desk, record: str, event: Event) -> None:
        """Have the code that a programme or cohort is known by stand for it alone."""
        codes.claim(self._log, desk, record, event)

    def other_with_code(self, presentation: Presentation) -> str | None:
        """What the record knows by the code of this module or presentation, if that is not what was loaded from it."""
        programme, cohort = self.programme(presentation.module), self.cohort(presentation)
        if self._keys.recorded(codes.PROGRAMME_CODE, presentation.module) not in (None, programme):
            return f"another programme with the code {presentation.module}"
        if self._keys.recorded(codes.COHORT_CODE, f"{programme}\n{presentation}") not in (None, cohort):
            return f"another cohort with the code {presentation}"
        return None


def _key(place: Place) -> str:
    return f"{place.presentation}-{place.learner}"
