"""What a history says of itself that should not have been."""

from collections.abc import Callable, Iterable
from typing import Any

from domain.stream import Step, Timeline
from tests.scenario import Scenario


def irregular(
    scenario: Scenario[Any], irregularities: Callable[[Timeline[Any], Step], Iterable[str]]
) -> list[tuple[int, str]]:
    """The entries that should not have been, by version, and why. The scenario's last entry was taken."""
    history = scenario.then().history
    return [(step.recorded.version, code) for step in history.steps for code in irregularities(history, step)]
