"""A standby of a server, in a folder beside it."""

import shutil
from pathlib import Path

from infra.postgres.cluster import place
from infra.postgres.server import Server


def copied(own: Server, folder: Path) -> Path:
    """Copy the server whose data are in `folder / "data"`; where the copy is, ready to be run."""
    cluster = place(folder / "standby")
    done = cluster.run(
        cluster.programs / "pg_basebackup",
        *("--pgdata", cluster.folder, "--write-recovery-conf", "--checkpoint", "fast"),
        *("--dbname", own.url("postgres")),
    )
    assert done.returncode == 0, done.stderr
    shutil.copy2(folder / "data" / "password", cluster.data_dir / "password")
    return folder / "standby"
