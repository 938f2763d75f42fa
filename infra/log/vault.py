"""The vault: one key per person and purpose, wrapped under the installation's secret. Destroying a key is for ever."""

import os
from collections import OrderedDict
from collections.abc import Collection, Iterable
from threading import Lock
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from psycopg import Connection
from psycopg_pool import ConnectionPool

from domain.values import Purpose, Sealed
from infra.log.sealing import Key, unseal
from infra.settings import Secret

_FIND = "SELECT key_id, subject, purpose, wrapped FROM vault.key WHERE key_id = ANY(%s::uuid[])"
_HELD = """
    SELECT key_id, subject, purpose, wrapped FROM vault.key
    JOIN unnest(%s::uuid[], %s::text[]) AS wanted (subject, purpose) USING (subject, purpose) WHERE episode = ''"""
_MAKE = """
    INSERT INTO vault.key (key_id, subject, purpose, wrapped)
    SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[]) ON CONFLICT DO NOTHING
    RETURNING key_id"""


class Vault:
    """The keys of personal fields, kept in a schema of their own that only the vault's role may read."""

    def __init__(self, pool: ConnectionPool[Connection[Any]], secret: Secret, *, kept: int = 100_000) -> None:
        self._pool = pool
        self._wrapping = secret.derive("vault-wrap")
        self._kept = kept
        self._lock = Lock()
        self._by_id: OrderedDict[bytes, Key] = OrderedDict()
        self._by_use: dict[tuple[str, Purpose], Key] = {}

    def keys(self, wanted: Collection[tuple[str, Purpose]]) -> dict[tuple[str, Purpose], Key]:
        """The key of each (person, purpose); one that is not there yet is made, and is durable on return."""
        with self._lock:
            held = {use: self._by_use[use] for use in wanted if use in self._by_use}
        if missing := [use for use in wanted if use not in held]:
            with self._pool.connection() as connection:
                held |= {(key.subject, key.purpose): key for key in self._held(connection, missing)}
                if new := [use for use in missing if use not in held]:
                    held |= {(key.subject, key.purpose): key for key in self._make(connection, new)}
                # Others may have made some of them meanwhile.
                if theirs := [use for use in new if use not in held]:
                    held |= {(key.subject, key.purpose): key for key in self._held(connection, theirs)}
        return held

    def find(self, key_id: bytes) -> Key | None:
        """The key of that id, or None when it has been destroyed."""
        with self._lock:
            if (key := self._by_id.get(key_id)) is not None:
                return key
        self.load([key_id])
        with self._lock:
            return self._by_id.get(key_id)

    def load(self, key_ids: Iterable[bytes]) -> None:
        """Fetch keys that will be wanted, in one query."""
        with self._lock:
            wanted = [key_id for key_id in set(key_ids) if key_id not in self._by_id]
        if wanted:
            with self._pool.connection() as connection:
                self._keep(connection.execute(_FIND, [[str(UUID(bytes=key_id)) for key_id in wanted]]).fetchall())

    def open(self, sealed: Sealed, subject: str) -> Any:
        """What a sealed field of that person says, or ERASED. Raises Tampered."""
        return unseal(sealed, self.find, subject=subject)

    def _held(self, connection: Connection[Any], uses: Collection[tuple[str, Purpose]]) -> list[Key]:
        subjects, purposes = [use[0] for use in uses], [use[1].value for use in uses]
        return self._keep(connection.execute(_HELD, [subjects, purposes]).fetchall())

    def _make(self, connection: Connection[Any], uses: Collection[tuple[str, Purpose]]) -> list[Key]:
        """Make keys, and return those that nobody else had made."""
        # In one order everywhere: two processes that make the same keys wait for one another, not in a circle.
        keys = [Key(uuid4().bytes, subject, purpose, os.urandom(32)) for subject, purpose in sorted(uses)]
        wrapped = [aes_key_wrap(self._wrapping, key.secret) for key in keys]
        ids = [str(UUID(bytes=key.id)) for key in keys]
        given = [ids, [key.subject for key in keys], [key.purpose.value for key in keys], wrapped]
        made = {key_id.bytes for (key_id,) in connection.execute(_MAKE, given).fetchall()}
        return self._hold([key for key in keys if key.id in made])

    def _keep(self, rows: Iterable[tuple[UUID, UUID, str, bytes]]) -> list[Key]:
        keys = [
            Key(key_id.bytes, str(subject), Purpose(purpose), aes_key_unwrap(self._wrapping, wrapped))
            for key_id, subject, purpose, wrapped in rows
        ]
        return self._hold(keys)

    def _hold(self, keys: list[Key]) -> list[Key]:
        with self._lock:
            for key in keys:
                self._by_id[key.id] = key
                self._by_use[key.subject, key.purpose] = key
            while len(self._by_id) > self._kept:
                _, old = self._by_id.popitem(last=False)
                self._by_use.pop((old.subject, old.purpose), None)
        return keys
