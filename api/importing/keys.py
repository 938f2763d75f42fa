"""What files name by keys of their own, and what was entered from them before."""

import hmac
from typing import TypeVar
from uuid import UUID

from domain.values import ActorId, Id
from infra.log.desk import Desk
from infra.log.event_log import EventLog
from infra.log.external import identifiers
from infra.postgres.database import Pool
from infra.settings import Secret

N = TypeVar("N", bound=Id)


class Keys:
    """The random identifiers behind natural keys: those on the record, and new ones."""

    def __init__(self, log: EventLog, pool: Pool) -> None:
        self._log = log
        self._pool = pool
        self._recorded: dict[str, dict[bytes, str]] = {}
        self._found: dict[tuple[str, str], Id] = {}
        self._claims: dict[Id, tuple[str, bytes, Id, str | None]] = {}

    def recorded(self, scheme: str, key: str) -> str | None:
        """What the record knows by a natural key."""
        if scheme not in self._recorded:
            self._recorded[scheme] = identifiers(self._pool, scheme)
        return self._recorded[scheme].get(self._log.digest(scheme, key))

    def find(self, kind: type[N], scheme: str, key: str, subject: str | None = None, *, of_itself: bool = False) -> N:
        """The identifier behind a natural key. A new one is of `subject`, with whom it is erased, or of a person."""
        found = self._found.get((scheme, key))
        if found is None:
            recorded = self.recorded(scheme, key)
            found = kind.new() if recorded is None else kind(recorded)
            if recorded is None:
                self._claims[found] = (scheme, self._log.digest(scheme, key), found, found if of_itself else subject)
            self._found[scheme, key] = found
        assert isinstance(found, kind)
        return found

    def claim(self, desk: Desk, *named: Id, subject: str | None = None) -> None:
        """Have the natural keys of these identifiers mapped to them, unless they are on the record.

        To be done with the first fact that names them, so that no run can come to know them by others. `subject` is
        whom they are of, where that was not known before.
        """
        for identifier in named:
            if (claim := self._claims.get(identifier)) is not None:
                scheme, digest, new, of = claim
                desk.external(scheme, digest, new, of or subject)


class CommandIds:
    """The command id of what an import enters: from what it is about, so that entering it again is entering it once."""

    def __init__(self, secret: Secret, principal: str) -> None:
        self._key = secret.derive("command-id")
        self._principal = principal

    def of(self, *about: str) -> str:
        """The id under which something is entered, from whatever row and file it comes."""
        return self._uuid("\n".join(about))

    def actor(self) -> ActorId:
        """Who states what an import enters: the same for one installation."""
        return ActorId(self._uuid("actor"))

    def _uuid(self, text: str) -> str:
        return str(UUID(bytes=hmac.digest(self._key, f"{self._principal}\n{text}".encode(), "sha256")[:16], version=4))
