"""Opens personal fields at the edge. Whoever may not see one gets no opener; as yet nobody signs in, and all may."""

from collections.abc import Iterable
from typing import Any

from domain.values import ERASED, Sealed
from infra.log.sealing import key_of, unseal
from infra.log.vault import Vault

READS_ERASED = "erased"


class Opener:
    """Opens the sealed fields of one answer, having fetched all their keys at once."""

    def __init__(self, vault: Vault, fields: Iterable[Any], terms: int) -> None:
        """`terms` are those of the log when the answer was begun: no key destroyed by then opens anything."""
        self._keys = vault.load({key_of(field) for field in fields if isinstance(field, Sealed)}, terms)

    def open(self, field: Any, subject: str | None = None) -> Any:
        """What a field says, "erased" if its key was destroyed; one that is not sealed is as it is. Raises Tampered.

        `subject`, where given, is the person it must be about.
        """
        if isinstance(field, Sealed):
            field = unseal(field, self._keys.get, subject=subject)
        return READS_ERASED if field is ERASED else field
