"""What has been released of a view since it was cited."""

import re
from collections.abc import Sequence

import sqlalchemy as sa

from infra.following.release import Release
from infra.views.tables import RELEASE
from infra.views.view import View

_BEGUN = sa.text("SELECT to_regclass('views.release')")
_CITED = re.compile(r"([a-z][a-z0-9_]{0,39}) ([1-9][0-9]{0,8})(?:@([1-9][0-9]{0,17}))?")


class NotAVersion(Exception):
    """What is cited is no view behind the answer, or none in a version, or of a release, that there was."""


def since(connection: sa.Connection, cited: str, views: Sequence[View[object]]) -> list[Release]:
    """The releases of one of these views since it was cited: oldest first.

    It is cited as `standing 1`, of a build that was never released; or as `standing 1@5273`, of the one that was
    released at that position, whatever was to be known then. Raises NotAVersion.
    """
    named = _CITED.fullmatch(cited)
    if named is None:
        raise NotAVersion(f"{cited!r} is not a view and its version, such as 'standing 1' or 'standing 1@5273'")
    name, version, released = named[1], int(named[2]), int(named[3] or 0)
    present = next((view.version for view in views if view.name == name), None)
    if present is None:
        raise NotAVersion(f"this answer does not rest on the view {name!r}")
    if version > present:
        raise NotAVersion(f"there is no version {version} of {name}: the last is {present}")
    found = _releases(connection, name)
    if released and (released, version) not in {(each.position, each.version) for each in found}:
        raise NotAVersion(f"record number {released} is no release of {name} {version}")
    return [each for each in found if each.position > released]


def _releases(connection: sa.Connection, name: str) -> list[Release]:
    if connection.execute(_BEGUN).scalar() is None:
        return []
    row = RELEASE.c
    columns = [row[name] for name in Release._fields]
    found = connection.execute(sa.select(*columns).where(row.view == name).order_by(row.position))
    return [Release(*each)._replace(build=str(each.build)) for each in found]
