"""Digests under the installation's secret: of requests, and of natural keys."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from infra.settings import Secret


class Digests:
    """HMAC-SHA-256 under the key that the installation's secret has for one purpose.

    `hmac.digest` of the standard library lets go of the interpreter each time, which takes longer than the digest.
    """

    def __init__(self, secret: Secret, purpose: str) -> None:
        self._begun = HMAC(secret.derive(purpose), SHA256())

    def of(self, said: bytes) -> bytes:
        """The digest of what is said, 32 bytes."""
        digest = self._begun.copy()
        digest.update(said)
        return digest.finalize()
