"""Run the campaign in full: `python -m tests.crash [seed]`, some forty minutes. It ends with status 1 on any fault."""

import argparse
import logging
import sys
import tempfile
from pathlib import Path
from random import randrange

from tests.crash.campaign import Sizes, run


def main() -> int:
    """Run it in a folder of its own."""
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # it says of each killed connection that it is lost
    asked = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    asked.add_argument("seed", type=int, nargs="?", help="every random choice follows from it; by default a new one")
    given: int | None = asked.parse_args().seed
    seed = randrange(10_000) if given is None else given
    with tempfile.TemporaryDirectory(prefix="fellowtrace-crash-") as folder:
        Path(folder).chmod(0o711)
        return 0 if run(Path(folder), seed, Sizes(), lambda line: print(line, flush=True)) else 1


if __name__ == "__main__":
    sys.exit(main())
