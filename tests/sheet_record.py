"""A record on which the templates of the sheets can be entered, and what it takes to enter files in it."""

import csv
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from api.codes import claim
from api.importing.problems import FilesRefused
from api.sheets.load import SHEETS, Loaded, load_sheet
from domain.cohort import COHORT, CohortPlanned
from domain.event import Recorded
from domain.organisation import ORGANISATION, OrganisationRecorded
from domain.person import PERSON, PersonRecorded
from domain.programme import PROGRAMME, ProgrammeEstablished, ProgrammeVersionAdopted
from domain.values import CohortId, FellowshipId, OrganisationId, PersonId, ProgrammeId
from infra.log.desk import Desk
from infra.log.reading import COLUMNS, decode
from infra.postgres.database import connect, pool
from infra.settings import Connections
from tests.office import EARLY, Office

F = FellowshipId("9a4d1e70-8a39-4d5e-b1c8-2f9e1d7c3b03")
COACHES = (PersonId("6a1f2b3c-7d8e-4f90-a1b2-c3d4e5f60714"), PersonId("7b2a3c4d-8e9f-4a01-b2c3-d4e5f6071825"))
"""Whom the templates name."""
RELEASE: dict[str, object] = {
    "secondment": "S1", "fact": "release_agreed", "on": "2013-07-15", "fellowship_id": F, "organisation": "ZZF01",
    "starts_on": "2013-09-02", "ends_on": "2014-08-31", "contracted_wte": "0.6", "agreed_by": "line_manager",
}  # fmt: skip
STARTED: dict[str, object] = {"secondment": "S1", "fact": "started", "on": "2013-09-02"}
SESSION_ROW: dict[str, object] = {
    "session": "M1", "fact": "scheduled", "programme": "QIF", "cohort": "QIF-2013", "module": "Improvement science",
    "held_on": "2013-10-07", "minutes": "360",
}  # fmt: skip
REGISTER: dict[str, object] = {"session": "M1", "fact": "register_opened"}
MARK: dict[str, object] = {"session": "M1", "fact": "marked", "fellowship_id": F, "mark": "present"}
"""Rows of files."""


class SheetRecord:
    """The programme, the cohort, the organisation and the people that the templates name; the fellow has started."""

    def __init__(self, database: Connections) -> None:
        self.connections = database
        self.office = Office(database)
        self.pool = pool(database.api)
        self.programme_id, self.cohort_id = ProgrammeId.new(), CohortId.new()
        self.person_id = self.office.person()
        self.office.do(self._known)
        self.starts(F, self.person_id)

    def close(self) -> None:
        """Let go of every connection."""
        self.pool.close()
        self.office.close()

    def starts(self, fellowship_id: FellowshipId, person_id: PersonId) -> None:
        """Have somebody start in the cohort on 2 September 2013."""
        office = self.office
        office.do(office.accepting(fellowship_id, person_id, self.cohort_id, date(2013, 6, 3)))
        office.do(office.confirming(fellowship_id, date(2013, 7, 1)))
        office.do(office.starting(fellowship_id, self.cohort_id, date(2013, 9, 2)))

    def load(self, path: Path, sheet: str, *, dry_run: bool = False, list_to: Path | None = None) -> Loaded:
        """Enter a file, as in a process of its own: nothing is remembered between two runs."""
        with closing(Office(self.connections)) as office:
            secret = self.connections.secret
            return load_sheet(path, SHEETS[sheet], office.log, self.pool, secret, dry_run=dry_run, list_to=list_to)

    def entries(self) -> list[Recorded]:
        """What was entered from files, in the order recorded; personal fields sealed."""
        with self.pool.connection() as connection:
            every = [decode(row) for row in connection.execute(f"SELECT {COLUMNS} FROM log.event ORDER BY position")]
        return [entry for entry in every if str(entry.stated.source).startswith("csv/")]

    def sizes(self) -> list[int]:
        """How many rows the tables have that a file is entered in."""
        with closing(connect(self.connections.api)) as connection:
            counted = connection.execute(
                "SELECT (SELECT count(*) FROM log.event), (SELECT count(*) FROM log.event_guard), "
                "(SELECT count(*) FROM log.command), (SELECT count(*) FROM log.external_id)"
            ).fetchone()
        assert counted is not None
        return list(counted)

    def _known(self, desk: Desk) -> None:
        programme = ProgrammeEstablished(code="QIF", title="Quality")
        cohort = CohortPlanned(
            programme_id=self.programme_id,
            programme_version="1",
            code="QIF-2013",
            starts_on=date(2013, 9, 1),
            ends_on=date(2014, 8, 31),
            capacity=None,
        )
        fenland = OrganisationRecorded(title="Fenland Acute", code="ZZF01")
        surgery = OrganisationRecorded(title="Marsh Lane Surgery", code="ZZM02")
        for stream, identifier, event in (
            (PROGRAMME, self.programme_id, programme),
            (COHORT, self.cohort_id, cohort),
            (ORGANISATION, OrganisationId.new(), fenland),
            (ORGANISATION, OrganisationId.new(), surgery),
        ):
            claim(self.office.log, desk, stream.of(identifier), event)
            desk.record(stream, identifier, event, EARLY)
            if stream is PROGRAMME:
                desk.record(PROGRAMME, self.programme_id, ProgrammeVersionAdopted(programme_version="1"), EARLY)
        for person_id in COACHES:
            desk.record(PERSON, person_id, PersonRecorded(person_id=person_id, name="Cy", email="c@example.org"), EARLY)


def written(path: Path, sheet: str, *rows: dict[str, object]) -> Path:
    """A file with these rows, the first being row 2."""
    with path.open("w", encoding="utf-8", newline="") as out:
        table = csv.DictWriter(out, list(SHEETS[sheet].columns))
        table.writeheader()
        table.writerows(rows)
    return path


def template(sheet: str) -> list[dict[str, object]]:
    """The rows of a template."""
    with SHEETS[sheet].template().open(encoding="utf-8", newline="") as read:
        return [dict(row) for row in csv.DictReader(read)]


def problems(record: SheetRecord, path: Path, sheet: str) -> list[str]:
    """What is wrong with a file, of which nothing may be entered."""
    before = record.sizes()
    said: list[list[str]] = []
    for dry_run in (True, False):
        with pytest.raises(FilesRefused) as refused:
            record.load(path, sheet, dry_run=dry_run)
        each = [str(problem).partition(", ") for problem in refused.value.problems]
        assert {file for file, *_ in each} == {path.name}
        said.append([wrong for *_, wrong in each])
    assert said[0] == said[1]
    assert record.sizes() == before
    return said[0]
