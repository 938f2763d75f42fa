"""What the application holds open for all requests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from infra.log.event_log import EventLog
from infra.log.vault import Vault
from infra.views.waiting import Arrivals


@dataclass(frozen=True, slots=True)
class Resources:
    """What the application holds open for all requests."""

    log: EventLog
    engine: Engine
    vault: Vault
    demonstration: bool
    arrivals: Arrivals
    """Wakes those that wait for a view."""
    patience: float
    """Seconds that an answer waits for a view that is behind."""
    today: Callable[[], date | None]
    """The day that a demonstration takes for today; None: it is today in London."""
