"""The api and the projector served apart, as in containers, each knowing no more than it needs."""

import re
import signal
from collections.abc import Mapping
from contextlib import closing

import pytest

from domain.programme import PROGRAMME, ProgrammeEstablished
from domain.values import ProgrammeId
from infra.settings import Connections
from projections import VIEWS
from tests.api.command_line import Line, get, of_roles, running
from tests.office import EARLY, Office


def of(database: Connections, *names: str) -> Mapping[str, str]:
    """These of the variables that name a database."""
    return {name: value for name, value in of_roles(database).items() if name in names}


def test_each_part_serves_alone_and_the_views_tell_how_far_they_are(
    database: Connections, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Office(database)) as office:
        established = ProgrammeEstablished(code="QIF", title="Quality")
        office.do(lambda desk: desk.record(PROGRAMME, ProgrammeId.new(), established, EARLY))
    projector = of(database, "FELLOWTRACE_PROJECTOR_URL")
    api = of(database, "FELLOWTRACE_API_URL", "FELLOWTRACE_VAULT_URL", "FELLOWTRACE_SECRET")
    line.sets(**projector)

    with monkeypatch.context() as patched:
        patched.setattr("api.views_command.PATIENCE", 0)
        behind = line.run("views")
    assert behind.status == 1
    assert behind.err.startswith("The views are behind the record: see that the projector runs")
    assert all("nobody keeps it" in told for told in behind.out.splitlines()[1:])

    with (
        running("serve", "--only", "projector", variables=projector) as keeping,
        running("serve", "--only", "api", "--port", "0", variables=api) as answering,
    ):
        url = answering.url()
        assert list(answering.children()) == ["api"]
        assert keeping.until("until you stop it").startswith("The views are kept")
        programmes = get(f"{url}/v1/programmes?min_position=1")["items"]
        assert [programme["code"] for programme in programmes] == ["QIF"]
        reached = line.run("views")
        assert (reached.status, reached.err) == (0, "")
        told = [re.split("  +", each) for each in reached.out.splitlines()]
        assert told[0] == ["view", "reached", "behind", "kept by", "state"]
        assert {title: (come, behind, state) for title, come, behind, _, state in told[1:]} == {
            view.title: ("1 of 1", "0 entries, 0.0 s", "follows") for view in VIEWS
        }
        assert len({holder for *_, holder, _ in told[1:]}) == 1
        ready = get(f"{url}/health/ready")
        assert ready["views"] == {view.title: 1 for view in VIEWS}
        assert ready["lag"] == {view.title: {"events": 0, "seconds": 0, "kept": True} for view in VIEWS}
        assert answering.ends(signal.SIGTERM).status == 0
        assert keeping.ends(signal.SIGTERM).status == 0
