"""How fast the log and the views are, beside the eventsourcing library and the database's own limit: `make bench`."""
