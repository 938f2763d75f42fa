"""A higher role without a promotion: by the published order somebody rose since entry, and nobody has told of it."""

from collections.abc import Sequence
from datetime import date, timedelta

from domain.career import ACTING_MONTHS
from domain.career_bands import is_promotion
from domain.months import months_after
from projections.career import MoveRow, RoleRow


def higher_role(fellowship_id: str, roles: Sequence[RoleRow], moves: Sequence[MoveRow], day: date) -> RoleRow | None:
    """The first role since entry to a fellowship that is above the one at entry and all moves told; None without one.

    `roles` and `moves` are the person's up to the day. A role held in an acting capacity counts once it has lasted six
    months. Where the order does not tell which of two bands is higher, neither is.
    """
    entry = next((role for role in roles if role.entry_to == fellowship_id), None)
    if entry is None:
        return None
    told = [(entry.framework, entry.band)]
    told += [(move.framework, move.band) for move in moves if move.moved_on >= entry.since]
    for role in roles:
        reached = (role.framework, role.band)
        if role.since >= entry.since and _lasts(role, day) and all(is_promotion(reached, each) for each in told):
            return role
    return None


def _lasts(role: RoleRow, day: date) -> bool:
    end = day if role.until is None else role.until + timedelta(days=1)
    return not role.acting or end >= months_after(role.since, ACTING_MONTHS)
