"""The declaration that a record is a demonstration."""

from domain.installation import INSTALLATION, DemonstrationAlreadyDeclared, DemonstrationDeclared
from tests.scenario import given, on


def test_a_record_is_declared_a_demonstration_once() -> None:
    declared = on("2026-01-01", DemonstrationDeclared())
    given(INSTALLATION).then(demonstration=False).when(declared).then(demonstration=True).when(declared).refused(
        DemonstrationAlreadyDeclared
    )
