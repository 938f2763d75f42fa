"""What tests of the contract share: the document that the application gives of itself."""

from typing import Any

import pytest

from api.app import create_app
from infra.settings import Connections
from tests.conftest import SECRET

NOWHERE = "postgresql://nobody@nowhere/nothing"


@pytest.fixture(scope="session")
def document() -> dict[str, Any]:
    """The document; nothing needs to run for it."""
    connections = Connections(admin=None, api=NOWHERE, projector=NOWHERE, sealer=NOWHERE, vault=NOWHERE, secret=SECRET)
    return create_app(connections).openapi()
