"""Break the engine on purpose, one mutant at a time, and see that the tests notice: `python -m tests.mutants`.

Each mutant is a change of one place in the source, made in a copy of the tree. The history that was written to show it
is run first; where that one does not notice, all histories, the law and the projector's tests are. Arguments name the
mutants to try; without any, all are. Ends with 1 if one survives.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infra.postgres.server import running
from tests.mutant_list import MUTANTS, Mutant

ROOT = Path(__file__).parents[1]
PARTS = ("domain", "infra", "projections", "api", "tests", "pyproject.toml")
HISTORIES, LAW, PROJECTOR = (f"tests/infra/test_{name}.py" for name in ("view_histories", "view_law", "projector"))
FAILED, PASSED = 1, 0
"""What pytest ends with; anything else means that the tests could not be run."""
_LONGEST = 600
"""Seconds after which a run is taken to hang, which is noticed as well."""


class CannotRun(Exception):
    """The tests of a mutated tree did not get as far as passing or failing."""


def main(wanted: Sequence[str]) -> int:
    """Try these mutants, or all; 1 if one survives."""
    chosen = [mutant for mutant in MUTANTS if not wanted or mutant.name in wanted]
    if unknown := set(wanted) - {mutant.name for mutant in chosen}:
        print(f"no such mutant: {', '.join(sorted(unknown))}")
        return 2
    survivors: list[str] = []
    with tempfile.TemporaryDirectory(prefix="fellowtrace-mutants-") as folder:
        Path(folder).chmod(0o711)
        tree, data = Path(folder) / "tree", Path(folder) / "data"
        with running(data):
            copy(tree)
            if _run(tree, data, HISTORIES, LAW, PROJECTOR, *sorted({mutant.shown_by for mutant in chosen})):
                print("the tests fail without any mutant: mend that first")
                return 2
            for mutant in chosen:
                noticed = try_one(mutant, tree, data)
                print(
                    f"{'killed' if noticed else 'SURVIVED':9} {mutant.name}: {noticed or mutant.shown_by}", flush=True
                )
                if not noticed:
                    survivors.append(mutant.name)
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} killed")
    return 1 if survivors else 0


def copy(tree: Path) -> None:
    """The source and the tests, as they are."""
    tree.mkdir()
    for part in PARTS:
        source, target = ROOT / part, tree / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def try_one(mutant: Mutant, tree: Path, data: Path) -> str:
    """What noticed the mutant; empty if nothing did. Leaves the tree as it was."""
    path = tree / mutant.file
    original = path.read_text()
    if path.suffix == ".sql":  # it is run where a server's first database is made
        data = Path(tempfile.mkdtemp(dir=data.parent))
        data.chmod(0o711)
    path.write_text(mutant.applied(original))
    try:
        for name, tests in (
            (mutant.shown_by, [mutant.shown_by]),
            ("another history", [HISTORIES]),
            ("the law", [LAW]),
            ("a test of the projector", [PROJECTOR]),
        ):
            if _run(tree, data, *tests):
                return name
        return ""
    finally:
        path.write_text(original)


def _run(tree: Path, data: Path, *tests: str) -> bool:
    """Whether these tests fail. Raises CannotRun."""
    environment = os.environ | {
        "PYTHONPATH": str(tree),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FELLOWTRACE_TEST_DATA_DIR": str(data),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", *tests]
    try:
        run = subprocess.run(
            command, cwd=tree, env=environment, capture_output=True, text=True, timeout=_LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return True
    if run.returncode not in (PASSED, FAILED):
        raise CannotRun(run.stdout + run.stderr)
    return run.returncode == FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
