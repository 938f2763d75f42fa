"""What tests of the edge share: the application over HTTP, and the command line."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from domain.programme import PROGRAMME, ProgrammeEstablished
from domain.values import Happened, ProgrammeId
from infra.postgres.server import Server
from infra.settings import Connections
from tests.api.command_line import Line, of_roles
from tests.api.edge import Edge, edge_of
from tests.api.oulad_loader import Loader
from tests.conftest import copied
from tests.office import Office
from tests.oulad_folder import write
from tests.sheet_record import SheetRecord


@pytest.fixture
def edge(database: Connections) -> Iterator[Edge]:
    """The application over a fresh database."""
    with edge_of(database) as opened:
        yield opened


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Line:
    """`fellowtrace` in this process, in a bare environment."""
    made = Line(monkeypatch, capsys)
    made.sets(FELLOWTRACE_DATA_DIR=str(tmp_path / "data"))
    return made


@pytest.fixture
def office(database: Connections) -> Iterator[Office]:
    """An office over a fresh database."""
    with closing(Office(database)) as opened:
        yield opened


@pytest.fixture
def programme(line: Line, database: Connections, office: Office) -> ProgrammeId:
    """A programme whose views have been followed, in the database that the environment names."""
    line.sets(**of_roles(database))
    identity = ProgrammeId.new()
    event = ProgrammeEstablished(code="QIF", title="Quality Improvement Fellowship")
    office.do(lambda desk: desk.record(PROGRAMME, identity, event, Happened(date(2013, 1, 1))))
    office.projector.catch_up()
    return identity


@pytest.fixture
def record(database: Connections) -> Iterator[SheetRecord]:
    """A record on which the templates of files can be entered."""
    with closing(SheetRecord(database)) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The place of a file of facts."""
    return tmp_path / "facts.csv"


@pytest.fixture
def loader(database: Connections) -> Iterator[Loader]:
    """The loader of Open University data over a fresh database."""
    with closing(Loader(database)) as opened:
        yield opened


@pytest.fixture(scope="module")
def loaded(
    server: Server, templates: Callable[[bool], Connections], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Loader]:
    """The small folder, loaded; for looking only."""
    with copied(server, templates(False)) as connections, closing(Loader(connections)) as opened:
        opened.load(write(tmp_path_factory.mktemp("small")))
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small folder of Open University data."""
    return write(tmp_path / "data")
