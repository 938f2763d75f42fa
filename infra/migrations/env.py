"""What Alembic runs: the revisions, on the connection that `infra.migrate` hands over, in its transaction."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table="revision", version_table_schema="log", transactional_ddl=False)
context.run_migrations()
