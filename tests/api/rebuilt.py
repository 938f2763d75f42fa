"""What tests of rebuilds look at: what the builds of a view hold, and what is recorded of releases."""

from contextlib import closing

from domain.installation import INSTALLATION, InstallationId, ViewReleased
from infra.log.entries import of_streams
from infra.migrate import installation
from infra.postgres.database import connect
from infra.settings import Connections
from infra.views.builds import builds
from projections.programme import PROGRAMMES
from tests.office import Office

SPOIL = "UPDATE views.programme_1 SET title = 'spoilt'"


def titles(database: Connections, stage: str = "") -> list[str]:
    """The titles that a build of the view holds."""
    table = PROGRAMMES.staged(stage).tables.segments.name
    with closing(connect(database.api)) as connection:
        return [title for (title,) in connection.execute(f"SELECT title FROM views.{table}".encode())]


def spoil(database: Connections) -> None:
    """Write into the live build what the log does not say."""
    with closing(connect(database.projector)) as connection:
        connection.execute(SPOIL.encode())


def stages(database: Connections) -> set[str]:
    """The stages of the builds that there are."""
    with closing(connect(database.projector)) as connection:
        return {stage for _, stage in builds(connection, PROGRAMMES.name)}


def released(database: Connections, office: Office) -> list[ViewReleased]:
    """What is recorded of releases of the view."""
    stream = INSTALLATION.of(InstallationId(installation(database).id))
    with office.engine.connect() as connection:
        events = [entry.event for entry in of_streams(connection, [stream], 10**9)]
    return [event for event in events if isinstance(event, ViewReleased) and event.view == PROGRAMMES.name]
