"""For which rules the whole log was gone through, so that what was recorded before a rule came is under it too."""

from alembic import op

revision = "0002"
down_revision = "0001"

GUARDED = """
CREATE TABLE log.guarded (
    rule text COLLATE "C" PRIMARY KEY
);
COMMENT ON TABLE log.guarded IS 'The rules over sets under which every event was brought, and is recorded.';

CREATE TRIGGER terms_move BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON log.guarded
    FOR EACH STATEMENT EXECUTE FUNCTION log.move_terms();
"""


def upgrade() -> None:
    """Make the table. What the roles may do with it is in `grants.sql`."""
    op.execute(GUARDED)
