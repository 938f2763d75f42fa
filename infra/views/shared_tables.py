"""The tables that all views share, beside their checkpoints: what is left out of them, and who keeps them.

`parked` holds the keys that wait, since which position and why; `waiting` the positions that concern them since.
`paused` says which event a view cannot take at all: it is paused as long as its checkpoint stands just before that.
They go by builds. `projector` tells who there is, what each would keep, and until when its leases last; `lease` who
keeps what. They go by the titles of views.
"""

TABLES = """
    CREATE TABLE IF NOT EXISTS views.parked (
        build uuid NOT NULL, key text NOT NULL, position bigint NOT NULL, error text NOT NULL,
        since timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (build, key)
    );
    CREATE TABLE IF NOT EXISTS views.waiting (
        build uuid NOT NULL, key text NOT NULL, position bigint NOT NULL, PRIMARY KEY (build, key, position)
    );
    CREATE TABLE IF NOT EXISTS views.paused (
        build uuid PRIMARY KEY, position bigint NOT NULL, error text NOT NULL,
        since timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE IF NOT EXISTS views.projector (
        holder text PRIMARY KEY, views text[] NOT NULL, expires timestamptz NOT NULL
    );
    CREATE TABLE IF NOT EXISTS views.lease (view text PRIMARY KEY, holder text NOT NULL);
"""
