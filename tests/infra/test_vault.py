"""Keys: made once, kept in memory, and used no more once they are destroyed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import cast
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.person import PERSON, PersonRecorded
from domain.values import PersonId, Purpose
from infra.log.append import Appender, GroundsMoved
from infra.log.desk import Act
from infra.log.reading import COLUMNS, Row, decode
from infra.log.sealing import Key
from infra.log.submission import Grounds
from infra.log.vault import Use, Vault
from infra.postgres.database import Pool, pool
from infra.settings import Connections
from tests.infra.submissions import accepted, appending, fresh, rows, submission
from tests.infra.together import WAITING
from tests.office import EARLY, Office


@pytest.fixture
def keys(database: Connections) -> Iterator[Pool]:
    with closing(pool(database.vault, size=2)) as connections:
        yield connections


@pytest.fixture
def office(database: Connections) -> Iterator[Office]:
    with closing(Office(database)) as opened:
        yield opened


def destroy(database: Connections, subject: str) -> None:
    with psycopg.connect(database.vault, autocommit=True) as connection:
        connection.execute("DELETE FROM vault.key WHERE subject = %s", [subject])


def terms(database: Connections) -> int:
    return rows(database, "SELECT number FROM log.terms")[0][0]


def called(person: PersonId, name: str) -> Act:
    return lambda desk: desk.record(PERSON, person, PersonRecorded(person_id=person, name=name), EARLY)


def names(database: Connections, vault: Vault) -> list[object]:
    """The names on the record, by their entries, as a process with these keys reads them."""
    read: list[object] = []
    for row in rows(database, f"SELECT {COLUMNS} FROM log.event ORDER BY position"):
        event = decode(cast(Row, row), vault).event
        assert isinstance(event, PersonRecorded)
        read.append(event.name)
    return read


def test_a_key_is_made_once_and_is_the_same_for_all(database: Connections, keys: Pool) -> None:
    uses = [(str(uuid4()), purpose) for purpose in Purpose]

    def made(vault: Vault) -> dict[Use, Key]:
        return vault.keys(uses)

    with ThreadPoolExecutor(4) as threads:
        first, *others = threads.map(made, [Vault(keys, database.secret) for _ in range(4)])
    assert len({key.id for key in first.values()}) == len(uses)
    assert all(other == first for other in others)
    assert Vault(keys, database.secret).keys(uses) == first


def test_who_has_seen_that_a_key_was_destroyed_finds_it_no_more(database: Connections, keys: Pool) -> None:
    vault, who, other = Vault(keys, database.secret), str(uuid4()), str(uuid4())
    held = vault.keys([(who, Purpose.IDENTITY), (other, Purpose.IDENTITY)])
    gone, left = held[who, Purpose.IDENTITY], held[other, Purpose.IDENTITY]
    assert vault.load([gone.id, left.id], terms(database)) == {gone.id: gone, left.id: left}
    destroy(database, who)
    now = terms(database)
    assert vault.load([gone.id, left.id], now) == {left.id: left}
    assert vault.find(gone.id) is None
    assert vault.keys([(who, Purpose.IDENTITY)], now)[who, Purpose.IDENTITY].id != gone.id


def test_what_was_read_before_a_key_was_destroyed_is_not_kept_by_who_has_seen_it_destroyed(
    database: Connections, keys: Pool
) -> None:
    vault, who = Vault(keys, database.secret), str(uuid4())
    (made,) = Vault(keys, database.secret).keys([(who, Purpose.IDENTITY)]).values()
    with psycopg.connect(database.vault) as destroying:
        destroying.execute("DELETE FROM vault.key WHERE subject = %s", [who])
        ((later,),) = destroying.execute("SELECT number FROM log.terms").fetchall()
        # As one finds it who began to read it before this is done, and ends after another has heard of it.
        assert vault.load([made.id], later) == {made.id: made}
    assert vault.load([made.id], later) == {}


def test_what_is_sealed_under_a_key_that_is_destroyed_before_it_is_recorded_is_sealed_anew(
    database: Connections, office: Office, keys: Pool
) -> None:
    person = PersonId.new()
    office.vault.keys([(str(person), purpose) for purpose in Purpose])
    with psycopg.connect(database.admin or "") as holding, ThreadPoolExecutor(1) as threads:
        holding.execute("SELECT log.lock()")
        recording = threads.submit(office.do, called(person, "Ada Fenner"))
        while rows(database, WAITING) != [(1,)]:
            assert not recording.done()
        holding.execute("DELETE FROM vault.key WHERE subject = %s", [str(person)])
        holding.commit()
        assert recording.result(20).position == 1
    assert names(database, Vault(keys, database.secret)) == ["Ada Fenner"]


def test_a_process_that_kept_a_destroyed_key_seals_nothing_under_it(
    database: Connections, office: Office, keys: Pool
) -> None:
    person = PersonId.new()
    held = office.vault.keys([(str(person), purpose) for purpose in Purpose])
    office.do(called(PersonId.new(), "Ben Hale"))
    destroy(database, str(person))
    office.do(called(person, "Ada Fenner"))
    assert names(database, Vault(keys, database.secret)) == ["Ben Hale", "Ada Fenner"]
    found = rows(database, "SELECT key_id FROM vault.key WHERE subject = %s", str(person))
    assert {key_id for (key_id,) in found}.isdisjoint(UUID(bytes=key.id) for key in held.values())


def test_nothing_is_recorded_on_terms_that_have_moved(database: Connections) -> None:
    timeline = rows(database, "SELECT log.timeline()")[0][0]

    def answered(appender: Appender, then: int) -> None:
        accepted(appender.append([submission(fresh())], Grounds(then, timeline))[0])

    with appending(database) as appender:
        answered(appender, then := terms(database))
        destroy(database, str(uuid4()))
        assert terms(database) > then
        with pytest.raises(GroundsMoved):
            answered(appender, then)
        assert rows(database, "SELECT log.head()") == [(1,)]
        answered(appender, terms(database))


def test_who_destroys_a_key_waits_for_what_is_being_recorded_and_cannot_say_otherwise(database: Connections) -> None:
    with psycopg.connect(database.admin or "") as holding, ThreadPoolExecutor(1) as threads:
        holding.execute("SELECT log.lock()")
        destroying = threads.submit(destroy, database, str(uuid4()))
        while rows(database, WAITING) != [(1,)]:
            assert not destroying.done()
        holding.rollback()
        destroying.result(20)
    with psycopg.connect(database.vault, autocommit=True) as vault:
        for statement in ("UPDATE log.terms SET number = 1", "ALTER TABLE vault.key DISABLE TRIGGER ALL"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                vault.execute(statement.encode())
