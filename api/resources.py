"""What the application holds open for all requests."""

from dataclasses import dataclass

from sqlalchemy import Engine

from infra.event_log import EventLog
from infra.vault import Vault


@dataclass(frozen=True, slots=True)
class Resources:
    """What the application holds open for all requests."""

    log: EventLog
    engine: Engine
    vault: Vault
    demonstration: bool
    patience: float
    """Seconds that an answer waits for a view that is behind."""
