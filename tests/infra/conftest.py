"""Folders for data directories: one that every account can go through, and one that its maker alone can enter."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

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
