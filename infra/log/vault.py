"""The vault: one key per person and purpose, wrapped under the installation's secret. Destroying a key is for ever.

Keys are kept in memory, and a destroyed one must not be used from there. Every destruction moves the number in
`log.terms`, and what is kept is of one such number: whoever has seen a higher one asks for keys that hold by it, and
what was kept until then is let go.
"""

import os
from collections import OrderedDict
from collections.abc import Collection, Iterable, Sequence
from threading import Lock
from typing import Any, LiteralString, TypeAlias
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap
from psycopg import Connection
from psycopg_pool import ConnectionPool

from domain.values import Purpose, Sealed
from infra.log.sealing import Key, unseal
from infra.settings import Secret

_SEEN = "key_id, subject, purpose, wrapped, (SELECT number FROM log.terms)"
_FIND = f"SELECT {_SEEN} FROM vault.key WHERE key_id = ANY(%s::uuid[])"
_HELD = f"""
    SELECT {_SEEN} FROM vault.key
    JOIN unnest(%s::uuid[], %s::text[]) AS wanted (subject, purpose) USING (subject, purpose) WHERE episode = ''"""
_MAKE = f"""
    INSERT INTO vault.key (key_id, subject, purpose, wrapped)
    SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::bytea[]) ON CONFLICT DO NOTHING
    RETURNING {_SEEN}"""

Use: TypeAlias = tuple[str, Purpose]
"""What a key is for: a person, and a purpose."""


class Vault:
    """The keys of personal fields, kept in a schema of their own that only the vault's role may read."""

    def __init__(self, pool: ConnectionPool[Connection[Any]], secret: Secret, *, kept: int = 100_000) -> None:
        self._pool = pool
        self._wrapping = secret.derive("vault-wrap")
        self._kept = kept
        self._lock = Lock()
        self._terms = 0
        self._by_id: OrderedDict[bytes, Key] = OrderedDict()
        self._by_use: dict[Use, Key] = {}

    def keys(self, wanted: Collection[Use], terms: int = 0) -> dict[Use, Key]:
        """The key of each use; one that is not there yet is made, and is durable on return.

        None of them had been destroyed when the log's terms came to be `terms`.
        """
        with self._lock:
            self._move_on(terms)
            held = {use: self._by_use[use] for use in wanted if use in self._by_use}
        # Others may make some of them meanwhile, or destroy them: then it is looked for them again.
        while missing := [use for use in wanted if use not in held]:
            held |= {(key.subject, key.purpose): key for key in self._ask(_HELD, _columns(missing))}
            if new := [use for use in missing if use not in held]:
                held |= {(key.subject, key.purpose): key for key in self._make(new)}
        return held

    def find(self, key_id: bytes) -> Key | None:
        """The key of that id, or None when it has been destroyed."""
        return self.load([key_id]).get(key_id)

    def load(self, key_ids: Iterable[bytes], terms: int = 0) -> dict[bytes, Key]:
        """The keys of these ids, by id, without those that had been destroyed when the terms came to be `terms`."""
        wanted = {*key_ids}
        with self._lock:
            self._move_on(terms)
            held = {key_id: self._by_id[key_id] for key_id in wanted if key_id in self._by_id}
        if missing := [str(UUID(bytes=key_id)) for key_id in wanted if key_id not in held]:
            held |= {key.id: key for key in self._ask(_FIND, [missing])}
        return held

    def forget(self) -> None:
        """Let go of every key that is kept: those made last may be gone with the end of a log that lost it."""
        with self._lock:
            self._terms = 0
            self._by_id.clear()
            self._by_use.clear()

    def open(self, sealed: Sealed, subject: str) -> Any:
        """What a sealed field of that person says, or ERASED. Raises Tampered."""
        return unseal(sealed, self.find, subject=subject)

    def _make(self, uses: Collection[Use]) -> list[Key]:
        """Make keys, and return those that nobody else had made."""
        # In one order everywhere: two processes that make the same keys wait for one another, not in a circle.
        ordered = sorted(uses)
        wrapped = [aes_key_wrap(self._wrapping, os.urandom(32)) for _ in ordered]
        return self._ask(_MAKE, [[str(uuid4()) for _ in ordered], *_columns(ordered), wrapped])

    def _ask(self, query: LiteralString, given: Sequence[Sequence[Any]]) -> list[Key]:
        """The keys that a query gives. They are kept, unless the terms have moved since it saw them."""
        with self._pool.connection() as connection:
            rows = connection.execute(query, given).fetchall()
        keys = [
            Key(key_id.bytes, str(subject), Purpose(purpose), aes_key_unwrap(self._wrapping, wrapped))
            for key_id, subject, purpose, wrapped, _ in rows
        ]
        with self._lock:
            for *_, terms in rows[:1]:
                self._move_on(terms)
                if terms == self._terms:
                    self._keep(keys)
        return keys

    def _move_on(self, terms: int) -> None:
        """Let go of what was kept on earlier terms."""
        if terms > self._terms:
            self._terms = terms
            self._by_id.clear()
            self._by_use.clear()

    def _keep(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self._by_id[key.id] = key
            self._by_use[key.subject, key.purpose] = key
        while len(self._by_id) > self._kept:
            _, old = self._by_id.popitem(last=False)
            self._by_use.pop((old.subject, old.purpose), None)


def _columns(uses: Iterable[Use]) -> list[list[str]]:
    """The persons and the purposes of uses."""
    return [list(column) for column in zip(*((subject, purpose.value) for subject, purpose in uses), strict=True)]
