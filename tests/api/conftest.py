"""What tests of the interface share."""

from collections.abc import Iterator

import pytest

from infra.settings import Connections
from tests.api.edge import Edge, edge_of


@pytest.fixture
def edge(database: Connections) -> Iterator[Edge]:
    """The application over a fresh database."""
    with edge_of(database) as opened:
        yield opened
