"""Whether the server keeps what it answers for. Settings under which it may lose or damage the log are refused."""

from contextlib import closing
from typing import Any, cast

from psycopg import Connection

from infra.postgres.database import connect
from infra.postgres.private import SetUpError

_ALWAYS = {
    "fsync": (
        "The PostgreSQL server runs with fsync = off, and a power cut could destroy the database: "
        "set fsync = on in its configuration and reload it."
    ),
    "full_page_writes": (
        "The PostgreSQL server runs with full_page_writes = off, and a power cut could leave pages half written: "
        "set full_page_writes = on in its configuration and reload it."
    ),
    "data_checksums": (
        "The PostgreSQL server keeps no data checksums, so damage to its disk would go unnoticed: "
        "stop it, run `pg_checksums --enable` on its data directory, and start it again."
    ),
}
"""Settings of the server that have to be on, and what to do where one is not."""

_SETTINGS = "SELECT name, setting, source FROM pg_settings WHERE name = ANY(%s)"


def refuse_unsafe(url: str, *, commits: bool = True) -> None:
    """Look at the settings that a session of this URL gets. `commits` is whether its commits must outlive a crash.

    Raises SetUpError for the first setting that is unsafe: fsync, full_page_writes or data checksums that are off, and
    synchronous_commit, from wherever it is set.
    """
    with closing(connect(url)) as session:
        found = session.execute(_SETTINGS, [[*_ALWAYS, "synchronous_commit"]]).fetchall()
        settings = {name: (setting, source) for name, setting, source in cast(list[tuple[str, str, str]], found)}
        for name, sentence in _ALWAYS.items():
            if settings[name][0] == "off":
                raise SetUpError(sentence)
        setting, source = settings["synchronous_commit"]
        if commits and setting == "off":
            raise SetUpError(
                f"Commits of the user {session.info.user} do not wait for the disk (synchronous_commit = off), so a "
                f"crash could lose what was answered for: {_remedy(session, source)}."
            )


def _remedy(session: Connection[Any], source: str) -> str:
    """What undoes a setting that comes from there, as `pg_settings` names it."""
    user, database = session.info.user, session.info.dbname
    match source:
        case "database":
            return f"run `ALTER DATABASE {database} RESET synchronous_commit`"
        case "user":
            return f"run `ALTER ROLE {user} RESET synchronous_commit`"
        case "database user":
            return f"run `ALTER ROLE {user} IN DATABASE {database} RESET synchronous_commit`"
        case "client":
            return "take it out of the connection URL's options, and out of PGOPTIONS"
        case _:
            return "set synchronous_commit = on in the server's configuration and reload it"
