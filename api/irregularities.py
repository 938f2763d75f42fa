"""What happened and should not have, listed for staff and auditors."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from api import examples
from api.answers import Answer, CausesHref, EntryOut
from api.deps import Reading
from api.examples import answered
from api.fellowship_bodies import ENTRY
from api.problems import reading
from api.reader import Coordinates, Snapshot
from api.routes import Routes
from projections.coaching import COACHING_USE
from projections.counted import Counted
from projections.irregularity import Irregular, irregularities
from projections.person import PEOPLE
from projections.register import ATTENDANCE
from projections.session import SESSIONS
from projections.standing import STANDING

router = Routes(prefix="/v1", tags=["questions"])

_VIEWS = (SESSIONS, ATTENDANCE, STANDING, PEOPLE, COACHING_USE)


class IrregularityQuery(Coordinates):
    """Where an answer is to stand, and the page of it."""

    after: int = Field(0, ge=0, le=2**63 - 1, description="Only entries after this record number: `next` of a page.")
    limit: int = Field(100, ge=1, le=500)


class IrregularOut(EntryOut):
    """An entry that should not have been: what it says, what became of it since, and where it is shown."""

    irregularities: list[str] = Field(
        description="What should not have happened. `mark_contradicted`: the fellow is marked as there, and had left, "
        "paused or deferred before, or had not started by then; listed as long as that is so. "
        "`coaching_contradicted`: the fellow was coached, and had left or deferred before, or had not started by then; "
        "listed likewise."
    )
    href: str = Field(description="Where it is shown: the register of a mark that is contradicted, else its record.")
    entries: CausesHref


class Irregularities(Answer):
    """Entries that say what should not have happened, or what other records contradict."""

    model_config = answered(
        *(view.title for view in _VIEWS),
        items=[
            {
                **ENTRY,
                "kind": "fellowship.place_accepted",
                "irregularities": ["over_capacity"],
                "href": f"/v1/entries/fellowship/{examples.FELLOWSHIP}?as_at=2014-04-12&known_at=1204",
                "entries": examples.CAUSES,
            }
        ],
        next=None,
    )

    items: list[IrregularOut]
    next: int | None = Field(description="Ask again with this as `after`; null at the end.")


@router.get("/irregularities", summary="List what is irregular", responses=reading())
def list_irregularities(asked: Annotated[IrregularityQuery, Query()], reader: Reading) -> Irregularities:
    """The entries that say what should not have happened, or what other records contradict, by record number."""
    with reader.at(asked, *_VIEWS) as snapshot:
        found = irregularities(snapshot.connection, snapshot.at, after=asked.after, limit=asked.limit)
        items = [
            _out(snapshot, each, entry)
            for each, entry in zip(found, snapshot.entries([each.entry for each in found]), strict=True)
        ]
        further = items[-1].position if len(items) == asked.limit else None
        return snapshot.answer(Irregularities, items=items, next=further)


def _out(snapshot: Snapshot, found: Irregular, entry: EntryOut) -> IrregularOut:
    cell = found.contradicted
    if cell is None:
        record, _, record_id = entry.stream.partition(":")
        href, causes = snapshot.href(f"/v1/entries/{record}/{record_id}"), [entry.position, *found.causes]
    else:
        href = snapshot.href(f"/v1/sessions/{cell.session_id}/register", counted=[Counted.CONTRADICTED.value])
        causes = [entry.position, *cell.causes]
    more = {"irregularities": list(found.codes), "href": href, "entries": snapshot.causes(causes)}
    return IrregularOut.model_validate(entry.model_dump() | more)
