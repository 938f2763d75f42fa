"""For which rules the whole log was gone through, so that what was recorded before a rule came is under it too."""

from alembic import op

revision = "0002"
down_revision = "0001"

GUARDED = """
CREATE TABLE log.guarded (
    rule     text   COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL
);
COMMENT ON TABLE log.guarded IS
    'The rules over sets under which every event was brought, and where the log ended when that was done.';
"""


def upgrade() -> None:
    """Make the table. What the roles may do with it is in `grants.sql`."""
    op.execute(GUARDED)
