"""How the campaign is asked for."""

import sys

import pytest

from tests.crash.__main__ import main


@pytest.mark.parametrize(("asked", "status"), [("--help", 0), ("soon", 2)])
def test_it_says_how_it_is_run_and_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], asked: str, status: int
) -> None:
    monkeypatch.setattr(sys, "argv", ["tests.crash", asked])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == status
    said = capsys.readouterr()
    assert "usage: python -m tests.crash" in said.out + said.err
