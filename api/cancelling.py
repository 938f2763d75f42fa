"""Cancels a session with all that says it took place, in one command, whichever way the command came."""

from domain.session import SESSION, undone_by_cancelling
from domain.session_events import SessionCancelled
from domain.values import Happened, SessionId
from infra.log.desk import Desk


def cancel(desk: Desk, session_id: SessionId, event: SessionCancelled, happened: Happened) -> None:
    """Enter that a session was cancelled; its delivery, marks and signatures are marked as entered in error first.

    Raises NothingRecorded for a session that is not on the record.
    """
    desk.fold(SESSION, session_id)
    for version in undone_by_cancelling(desk.history(SESSION, session_id)):
        desk.retract(SESSION, session_id, version)
    desk.record(SESSION, session_id, event, happened)
