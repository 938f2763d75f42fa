"""Folders for data directories, one that all can go through and one for its maker alone; records and projectors."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.following.projector import Projector
from infra.settings import Connections
from infra.views.view import View
from tests.infra.histories import day
from tests.infra.recording import Recording, recording
from tests.infra.server_process import discard


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every account can go through, for the data directories of one test."""
    folder = Path(tempfile.mkdtemp(prefix="ft-"))
    folder.chmod(0o711)
    yield folder
    discard(folder)


@pytest.fixture
def clone() -> Iterator[Path]:
    """A folder that its maker alone can enter, as `mktemp -d` makes it."""
    folder = Path(tempfile.mkdtemp(prefix="ft-"))
    yield folder
    discard(folder)


@pytest.fixture
def record(database: Connections) -> Iterator[Recording]:
    """A record in a fresh database."""
    with recording(database) as made:
        yield made


@pytest.fixture
def projector(record: Recording, database: Connections) -> Callable[..., Projector]:
    """Makes projectors of the live views, whose today is day 3 unless they are told otherwise."""

    def make(views: tuple[View[Any], ...] = record.live, url: str = database.projector, **settings: Any) -> Projector:
        given: dict[str, Any] = {"decode": record.decode, "today": lambda: day(3)}
        return Projector(url, views, **given | settings)

    return make
