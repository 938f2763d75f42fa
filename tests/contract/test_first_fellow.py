"""docs/first-fellow.md: what it shows to paste makes a record, from nothing to a started fellow."""

import re
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from infra.settings import Connections
from tests.api.command_line import of_roles, running

SHOWN = (Path(__file__).parents[2] / "docs" / "first-fellow.md").read_text(encoding="utf-8")
ADDRESS = "127.0.0.1:8000"


def test_what_it_shows_makes_a_started_fellow_of_an_empty_record(database: Connections) -> None:
    serve, paste = re.findall(r"^```sh\n(.*?)^```$", SHOWN, re.DOTALL | re.MULTILINE)
    assert serve.split()[-1] == "serve"
    assert paste.count(ADDRESS) == 1
    with running("serve", "--port", "0", variables=of_roles(database)) as served:
        script = paste.replace(ADDRESS, urlsplit(served.url()).netloc)
        pasted = subprocess.run(["/bin/sh"], input=script, capture_output=True, text=True, check=False)
        assert served.ends(signal.SIGTERM).status == 0
    assert (pasted.returncode, pasted.stderr) == (0, "")
    *said, roster = pasted.stdout.splitlines()
    assert [line.split()[0] for line in said] == ["201", "200", "201", "201", "201", "200", "200", "200"]
    assert roster == "('Ada Fenner', 'in_progress')"


def test_it_makes_its_record_where_nothing_else_is_kept() -> None:
    folder = re.findall(r"FELLOWTRACE_DATA_DIR=(\S+)", SHOWN)
    ignored = (Path(__file__).parents[2] / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert folder
    assert set(folder) <= {each.rstrip("/") for each in ignored} - {".data"}
