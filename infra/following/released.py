"""What has been released of a view since it was cited."""

import re

import sqlalchemy as sa

from infra.following.release import Release
from infra.views.tables import RELEASE

_BEGUN = sa.text("SELECT to_regclass('views.release')")
_TITLE = re.compile(r"([a-z][a-z0-9_]{0,39}) ([1-9][0-9]{0,8})")


class NotAVersion(Exception):
    """What is cited is not the name of a view and its version."""


def since(connection: sa.Connection, title: str, known: int) -> list[Release]:
    """The releases of a view since it was cited as `title`, `standing 1`, at a position: oldest first.

    They are those of later versions, and those recorded after that position. Raises NotAVersion.
    """
    named = _TITLE.fullmatch(title)
    if named is None:
        raise NotAVersion(f"{title!r} is not a view and its version, such as 'standing 1'")
    if connection.execute(_BEGUN).scalar() is None:
        return []
    row = RELEASE.c
    columns = [row[name] for name in Release._fields]
    later = sa.or_(row.version > int(named[2]), row.position > known)
    found = connection.execute(sa.select(*columns).where(row.view == named[1], later).order_by(row.position))
    return [Release(*each)._replace(build=str(each.build)) for each in found]
