"""The command line, for the tests of what it says."""

from pathlib import Path

import pytest

from tests.api.command_line import Line


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Line:
    """`fellowtrace` in this process, in a bare environment."""
    made = Line(monkeypatch, capsys)
    made.sets(FELLOWTRACE_DATA_DIR=str(tmp_path / "data"))
    return made
