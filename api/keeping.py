"""What to do about views that are behind because nobody keeps them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from infra.following.lag import lagging
from infra.views.view import View


def advice_on(connection: Connection, views: Sequence[View[Any]]) -> str:
    """What makes those of these views follow that are behind and that nobody keeps, in sentences; "" of none."""
    titles = {view.title for view in views}
    unkept = [
        each for each in lagging(connection, views) if each.title in titles and each.events and each.holder is None
    ]
    said = [each.remedy for each in unkept if each.remedy is not None]
    if left := [each.title for each in unkept if each.remedy is None]:
        said.append(
            f"Nobody keeps {', '.join(left)} at the moment, so that asking again does not help: run the projector, "
            "`fellowtrace serve --only projector`, or see why it has ended. `fellowtrace views` tells who keeps what."
        )
    return " ".join(said)
