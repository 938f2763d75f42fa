"""The exported log: every event, in order, byte for byte, personal fields unread, and never half a file."""

import io
import json
import stat
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from domain.person import PERSON, PersonRecorded
from domain.programme import PROGRAMME, ProgrammeEstablished
from domain.values import Happened, PersonId, ProgrammeId
from infra.log.export import line, parse, replaced, write
from infra.log.reading import COLUMNS
from infra.postgres.database import connect
from infra.postgres.private import SetUpError
from infra.settings import Connections
from tests.office import Office

DAY = Happened(date(2013, 9, 2))


def recorded(database: Connections, people: int) -> None:
    """A programme and so many people, on the record."""
    with closing(Office(database)) as office:
        programme = ProgrammeEstablished(code="QIF", title="Fellowship “Ä”\n")
        office.do(lambda desk: desk.record(PROGRAMME, ProgrammeId.new(), programme, DAY))
        for number in range(people):
            person = PersonRecorded(person_id=PersonId.new(), name=f"Ada Fenner the {number}th")
            office.do(lambda desk, person=person: desk.record(PERSON, person.person_id, person, DAY))


def exported(database: Connections) -> list[str]:
    file = io.StringIO()
    told: list[tuple[int, int]] = []
    with closing(connect(database.api)) as connection:
        head = write(connection, file, lambda done, total: told.append((done, total)))
    lines = file.getvalue().splitlines()
    assert (head, told[-1]) == (len(lines), (head, head))
    return lines


def test_the_lines_give_back_every_row_of_the_log_in_order(database: Connections) -> None:
    recorded(database, people=3)
    with closing(connect(database.api)) as connection:
        rows = connection.execute(f"SELECT {COLUMNS} FROM log.event ORDER BY position").fetchall()
    lines = exported(database)
    assert [parse(each) for each in lines] == rows
    assert [json.loads(each)["position"] for each in lines] == [1, 2, 3, 4]


def test_a_line_can_be_read_without_this_program(database: Connections) -> None:
    recorded(database, people=1)
    programme, person = map(json.loads, exported(database))
    assert programme["envelope"]["happened"] == "2013-09-02"
    assert programme["state"]["fields"] == {"code": "QIF", "title": "Fellowship “Ä”\n"}
    assert person["state"]["sealed"].keys() == {"name", "email"}
    assert {f"person:{held['of']}" for held in person["state"]["sealed"].values()} == {person["stream"]}


def test_nothing_personal_is_in_it_in_the_clear(database: Connections) -> None:
    recorded(database, people=2)
    assert "Fenner" not in "".join(exported(database))


def test_an_empty_log_is_an_empty_file(database: Connections) -> None:
    assert exported(database) == []


def test_bytes_that_json_would_not_give_back_are_kept_whole() -> None:
    moment = datetime(2013, 9, 2, 10, 30, 0, 7, tzinfo=UTC)
    for envelope, state in (
        (b'{"b":1,"a":2}', b"\x01{}" + b"s" * 16),
        (b"not JSON", b"\x01[]" + b"s" * 16),
        (b'{"a":1}', b'\x01{"fields":{},"format":7}' + b"s" * 16),
        (b'{"a":1}', b"short"),
        (b'{"a":1}', b""),
        (b"\xff", b"\x02" + b'{"fields":{"a":1.0}}' + b"s" * 16),
    ):
        row = (7, "a:b", 2, "k", 1, 3, moment, envelope, state)
        assert parse(line(row)) == row


def break_off(path: Path) -> None:
    """Write half of a file, and fail."""
    with replaced(path) as file:
        file.write("half")
        raise RuntimeError


def test_a_file_is_there_when_it_is_whole_and_private_and_before_that_nothing_is_changed(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("the last one")
    with pytest.raises(RuntimeError):
        break_off(path)
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("log.jsonl", "the last one")]
    with replaced(path) as file:
        file.write("whole")
        assert path.read_text() == "the last one"
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("log.jsonl", "whole")]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_where_it_cannot_be_written_that_is_said_in_a_sentence(tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none" / "log", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(SetUpError, match=f"^{path} cannot be written: {why}.$"), replaced(path):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_device_is_written_to_and_stays_what_it_is() -> None:
    with replaced(Path("/dev/null")) as file:
        file.write("gone")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
