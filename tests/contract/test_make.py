"""The Makefile: what it would do, it tells without doing it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
FILES = ("Makefile", "requirements.lock", "requirements-dev.lock", "requirements-uv.lock", "pyproject.toml")


@pytest.mark.parametrize("target", ["demo", "test"])
def test_a_dry_run_in_a_fresh_folder_does_nothing(tmp_path: Path, target: str) -> None:
    for name in FILES:
        shutil.copy(REPOSITORY / name, tmp_path)
    variables = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    made = subprocess.run(
        ["make", "--dry-run", target], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
    )
    assert (made.returncode, made.stderr) == (0, "")
    assert "uv pip sync" in made.stdout
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)
