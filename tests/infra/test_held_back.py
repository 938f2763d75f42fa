"""A program with another version of a view starts before that is made: what is live stays as it is, and goes on."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from infra.following.projector import Projector
from infra.following.rebuild import Rebuild
from infra.following.release import Release
from infra.settings import Connections
from infra.views.builds import LIVE, NEXT, builds, held_back
from infra.views.reading import Behind, resolve
from tests.infra.followers import eventually, following, some
from tests.infra.histories import A, day
from tests.infra.recording import Recording


def test_a_version_that_was_never_made_is_not_filled_in_the_place_of_the_one_that_is_live(
    record: Recording, projector: Callable[..., Projector], caplog: pytest.LogCaptureFixture
) -> None:
    history = some(record)
    trails, marks = record.live
    newer = replace(trails, version=3)
    with projector((newer, marks)) as later:
        later.catch_up()
        assert later.positions() == {"mark 1": history.base + 12}
        later.close()
        later.catch_up()
    assert builds(record.projector, "trail").keys() == {(1, LIVE), (2, LIVE)}
    assert held_back(record.projector, (newer, marks)) == {"trail 3": 2}
    (said,) = [each.getMessage() for each in caplog.records if "rebuild" in each.getMessage()]
    assert said == "trail 3 is not kept, as version 2 of it is live: run `fellowtrace rebuild trail`, which makes it"
    with projector() as before:
        before.catch_up()
    assert record.trail(history, A, on=6)


def test_an_answer_is_not_given_by_a_view_that_is_not_there_and_all_others_are(
    record: Recording, projector: Callable[..., Projector]
) -> None:
    history = some(record)
    trails, marks = record.live
    newer = replace(trails, version=3)
    with projector((newer, marks)) as later:
        later.catch_up()
    with record.reader.connect() as reader:
        assert resolve(reader, [marks]).known == history.base + 12
        for known in (None, "0", str(history.base + 12)):
            with pytest.raises(Behind) as behind:
                resolve(reader, [newer, marks], known=known, patience=0)
            assert (behind.value.view, behind.value.reached) == ("trail 3", 0)


def test_what_a_rebuild_has_made_and_released_is_kept_by_a_projector_that_runs_already(
    record: Recording, projector: Callable[..., Projector], database: Connections
) -> None:
    history = some(record)
    trails, marks = record.live
    record.build(record.whole, day(3))
    newer = replace(trails, version=3)
    work = Rebuild(database.projector, [newer], decode=record.decode, today=lambda: day(3))
    record.prepare(newer.staged(NEXT), history.base)
    with following(projector((newer, marks)), poll=0.01):
        work.fill(lambda reached, to: None)
        compared = work.compare(newer)
        assert compared is not None
        assert (compared.compared_with, compared.differing) == (2, 0)
        build = builds(record.projector, "trail")[3, NEXT]
        assert eventually(lambda: builds(record.projector, "mark")[1, LIVE].position == history.base + 12)
        work.release(newer, Release(1, "trail", 3, build.id, 2, 0, None))
        record.record([history.say(A, on=1)])
        assert eventually(lambda: builds(record.projector, "trail")[3, LIVE].position == history.base + 13)
    # Of the version before, nothing was touched: its own program keeps it.
    assert builds(record.projector, "trail")[2, LIVE].position == history.base + 12
