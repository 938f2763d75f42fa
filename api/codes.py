"""The codes of programmes, cohorts and organisations. A code once given stands for the same one for ever."""

from domain import STREAMS
from domain.cohort import CohortPlanned
from domain.event import Event
from domain.organisation import OrganisationRecorded
from domain.programme import ProgrammeEstablished
from domain.values import Id
from infra.log.desk import Desk
from infra.log.event_log import EventLog

PROGRAMME_CODE = "programme code"
COHORT_CODE = "cohort code"
ORGANISATION_CODE = "organisation code"


def claim(log: EventLog, desk: Desk, record: str, event: Event) -> None:
    """Claim the code that a fact about to be entered gives, unless this record (`<name>:<id>`) had it before.

    The command is answered with KeyTaken where it stands for another one: a programme's code must be its own, a
    cohort's its own within the programme, an organisation's its own.
    """
    name, _, identifier = record.partition(":")
    code = _code(event)
    earlier = {_code(statement.event) for statement in desk.history(STREAMS[name], identifier).statements}
    if code is not None and code not in earlier:
        scheme, key = code
        desk.external(scheme, log.digest(scheme, key), Id(identifier))


def _code(event: Event) -> tuple[str, str] | None:
    match event:
        case ProgrammeEstablished(code=code):
            return PROGRAMME_CODE, code
        case CohortPlanned(programme_id=programme_id, code=code):
            return COHORT_CODE, f"{programme_id}\n{code}"
        case OrganisationRecorded(code=str(code)):
            return ORGANISATION_CODE, code
        case _:
            return None
