"""What routes ask for: a way to record one command, and a way to read at one day and one record number."""

from typing import Annotated, TypeAlias
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response

from api.reader import LARGEST, Coordinates, Reader
from api.recorder import Recorder
from api.resources import Resources

# These wait for nothing, and a thread for each would cost more than they do.


async def resources(request: Request) -> Resources:
    """What the application holds open."""
    held: Resources = request.app.state.resources
    return held


async def seen(
    if_match: Annotated[
        str,
        Header(
            alias="If-Match",
            pattern=r'^"[0-9]{1,9}"$',
            description="The version of this record that you have seen, in quotes, as ETag gave it.",
            examples=['"3"'],
        ),
    ],
) -> int:
    """The version of a stream that the caller has seen."""
    return int(if_match.strip('"'))


Held = Annotated[Resources, Depends(resources)]
Seen = Annotated[int, Depends(seen)]


Asked = Annotated[Coordinates, Query()]


async def recorder(
    request: Request,
    response: Response,
    key: Annotated[
        UUID,
        Header(
            alias="Idempotency-Key",
            description="A UUID of your own for this command; sent again, it gets the same answer.",
            examples=["0b7f7c53-5b2e-4f0a-9a61-3f6d2c1b0a99"],
        ),
    ],
) -> Recorder:
    """A recorder for the command that a request is."""
    return Recorder(await resources(request), key, request, response)


Recording = Annotated[Recorder, Depends(recorder)]


async def reader(
    request: Request,
    response: Response,
    least: Annotated[
        int,
        Header(alias="Min-Position", ge=0, le=LARGEST, description="As `min_position`; the larger of the two counts."),
    ] = 0,
) -> Reader:
    """A reader for one request."""
    return Reader(await resources(request), least, request, response)


Reading: TypeAlias = Annotated[Reader, Depends(reader)]
