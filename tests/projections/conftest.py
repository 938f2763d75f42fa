"""What tests of the questions share."""

from collections.abc import Iterator

import pytest

from infra.settings import Connections
from tests.office import Office


@pytest.fixture
def office(database: Connections) -> Iterator[Office]:
    """A programme office with a record of its own."""
    opened = Office(database)
    yield opened
    opened.close()
