"""The state of the view that is measured."""

from typing import NamedTuple


class Counted(NamedTuple):
    """How many entries a registration has."""

    submitted: int
