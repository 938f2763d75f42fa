"""What is sent as JSON, read so that a field which is there twice is noticed: elsewhere the last one wins."""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import Request


class Twice:
    """Stands for the value of a field that an object names more than once."""


def _object(fields: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(fields)
    if len(found) < len(fields):
        names = [name for name, _ in fields]
        return {name: value if names.count(name) == 1 else Twice() for name, value in found.items()}
    return found


_READER = json.JSONDecoder(object_pairs_hook=_object)


class Sent(Request):
    """A request whose body has `Twice` for the value of a field that is there more than once."""

    async def json(self) -> Any:
        """The body. Raises ValueError where it is not JSON."""
        body = await self.body()
        return _READER.decode(body.decode(json.detect_encoding(body), "surrogatepass"))
