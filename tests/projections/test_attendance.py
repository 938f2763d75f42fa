"""Who is in the denominator of a session: those expected who still belonged to it on its day."""

from collections.abc import Callable

import pytest

from domain.values import FellowshipId
from infra.log.desk import Act
from infra.views.reading import At
from projections.attendance import attendance
from projections.counted import Counted
from tests.office import Office
from tests.projections.test_attendance_law import World, day

Later = Callable[[World, FellowshipId], list[Act]]


def withdrawn(on: int) -> Later:
    return lambda world, fellow: [world.office.withdrawing(fellow, day(on))]


def paused(on: int, *, left: int) -> Later:
    return lambda world, fellow: [
        world.office.pausing(fellow, day(on)),
        world.office.withdrawing(fellow, day(left)),
    ]


def moved(on: int, *, taken_up: int) -> Later:
    return lambda world, fellow: [
        world.office.deferring(fellow, world.other, day(on)),
        world.office.taking_up(fellow, world.other, day(taken_up)),
    ]


@pytest.mark.parametrize(
    ("later", "counted"),
    [
        (withdrawn(4), Counted.MARKED),
        (withdrawn(3), Counted.CONTRADICTED),
        (paused(2, left=4), Counted.CONTRADICTED),
        (paused(4, left=5), Counted.MARKED),
        (moved(2, taken_up=3), Counted.CONTRADICTED),
        (moved(4, taken_up=5), Counted.MARKED),
    ],
)
def test_what_is_learned_later_counts_from_before_the_session_and_not_from_its_own_day(
    office: Office, later: Later, counted: Counted
) -> None:
    world = World(office)
    fellow = next(iter(world.fellows))
    for act in later(world, fellow):
        office.do(act)
    with office.reading() as connection:
        (found,) = attendance(connection, At(day(6), office.known()), fellowship_id=fellow)
        cell = next(cell for cell in found.cells if cell.session_id == world.sessions[0])
        assert cell.counted is counted
        assert found.expected_minutes == (100 if counted is Counted.MARKED else 0)
        assert bool(found.contradicted) is (counted is Counted.CONTRADICTED)
        with pytest.raises(ValueError, match="of a cohort or of a fellow"):
            attendance(connection, At(day(6), office.known()))
