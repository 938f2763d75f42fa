"""Where the program listens: on this machine alone, unless it is in a container."""

from pathlib import Path

import pytest

from api import serving
from api.serving import is_contained, listening
from infra.postgres.private import SetUpError


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.0.2.1"])
def test_other_machines_are_kept_out(monkeypatch: pytest.MonkeyPatch, bind: str) -> None:
    monkeypatch.setattr(serving, "is_contained", lambda: False)
    with pytest.raises(SetUpError, match=f"FELLOWTRACE_BIND={bind} .* listen on 127.0.0.1"), listening(bind, 0):
        pass


@pytest.mark.parametrize("bind", ["127.0.0.1", "127.0.0.2", "localhost"])
def test_this_machine_is_let_in_anywhere(monkeypatch: pytest.MonkeyPatch, bind: str) -> None:
    monkeypatch.setattr(serving, "is_contained", lambda: False)
    with listening(bind, 0) as listener:
        assert listener.getsockname()[1] > 0


def test_a_container_is_told_by_what_it_leaves_behind(tmp_path: Path) -> None:
    assert not is_contained(tmp_path, {})
    assert is_contained(tmp_path, {"container": "lxc"})
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".containerenv").touch()
    assert is_contained(tmp_path, {})
