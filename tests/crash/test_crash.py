"""The campaign in short, so that every run of the tests sees each fault once, and each control fire."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.campaign import Sizes, run

SHORT = Sizes(
    app=1,
    server=1,
    control=1,
    cuts=12,
    silences=1,
    repeats=1,
    races=1,
    held=1,
    backends=1,
    late=2,
    simulations=3,
    statements=6,
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account can go through."""
    with tempfile.TemporaryDirectory(prefix="fellowtrace-crash-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


def test_nothing_acknowledged_is_lost_or_doubled_whatever_is_killed_or_cut(folder: Path) -> None:
    said: list[str] = []
    assert run(folder, 7, SHORT, said.append), "\n".join(said)
    assert len(said) == 12
