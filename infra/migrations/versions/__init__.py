"""The revisions of the database, oldest first. Each runs the SQL files that bear its number."""
