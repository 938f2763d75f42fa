"""The log, its one way in, and the vault."""

from pathlib import Path
from typing import cast

import psycopg
from alembic import op

revision = "0001"
down_revision = None

FILES = ("tables", "append", "verdicts", "reading", "library")


def upgrade() -> None:
    """Run this revision's SQL as it stands in its files."""
    connection = cast(psycopg.Connection, op.get_bind().connection.driver_connection)
    for name in FILES:
        connection.execute(Path(__file__).with_name(f"{revision}_{name}.sql").read_bytes())
