"""The demonstration: an invented record made by the ordinary decisions, its story, and its end."""

import re
import signal
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import psycopg
import pytest

from api.demo.plan import INTAKES
from api.demo.recording import record
from api.record import catch_up, recorder
from api.demo.seed import Seed
from infra.database import connect, engine
from infra.migrate import installation
from infra.reading import resolve
from infra.settings import Connections
from projections.cohort import CohortRow, cohorts
from projections.retention import months_after
from projections.standing import STANDING, Attribution, standing
from tests.api.command_line import Running, Said, get, running
from tests.infra.server_process import discard, is_alive, postmaster

TOTAL = {intake.code: intake.fellows for intake in INTAKES}


@pytest.fixture
def recorded(demonstration_database: Connections) -> Connections:
    """A database with the demonstration's record, the views up to date."""
    record(demonstration_database, str(installation(demonstration_database).id), lambda done, total: True)
    catch_up(demonstration_database, lambda reached, end: None)
    return demonstration_database


def counts(database: Connections, *, known: date | None = None) -> dict[str, dict[str, int]]:
    """Each cohort's counts twelve months after its start, as known on that day itself or, without `known`, today."""
    views = engine(database.api)
    try:
        with views.connect() as connection:
            now = resolve(connection, (STANDING,))
            found: dict[str, dict[str, int]] = {}
            for cohort in cohorts(connection, now):
                day = months_after(cohort.starts_on, 12)
                at = resolve(connection, (STANDING,), valid=day, known=str(day) if known else None)
                found[cohort.code] = dict(standing(connection, at, cohort.cohort_id, Attribution.ORIGIN).counts)
            return found
    finally:
        views.dispose()
