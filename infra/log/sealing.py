"""How one personal field is encrypted: AES-256-GCM, bound to its place in the log, committed to its key.

A stored ciphertext is: suite (1 byte), key id (16), nonce (12), commitment to the key (32), ciphertext and tag. The
plaintext is JSON padded with spaces to a multiple of 64 bytes, so that a coded reason cannot be told by its length.
"""

import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.values import ERASED, Purpose, Sealed

_SUITE = b"\x01"
_ID, _NONCE, _COMMITMENT, _PAD = 16, 12, 32, 64
_HEAD = 1 + _ID + _NONCE + _COMMITMENT


@dataclass(frozen=True)
class Key:
    """A person's key for one purpose, with what is made of it at its first use and goes with it."""

    id: bytes
    subject: str
    purpose: Purpose
    secret: bytes = field(repr=False)

    @cached_property
    def cipher(self) -> AESGCM:
        """What encrypts under it."""
        return AESGCM(self.secret)

    @cached_property
    def commitment(self) -> bytes:
        """What a ciphertext bears so that no other key opens it."""
        return hashlib.sha256(b"fellowtrace/key/v1" + self.secret).digest()


class Place(NamedTuple):
    """Where a personal field lies; its ciphertext opens nowhere else."""

    stream: str
    version: int
    kind: str
    field: str
    subject: str

    def bound(self) -> bytes:
        """The associated data of the ciphertext."""
        stream, version, kind, field, subject = self
        return f"fellowtrace/field/v1\n{stream}\n{version}\n{kind}\n{field}\n{subject}".encode()


class Tampered(Exception):
    """A ciphertext does not belong where it lies, or not to the key it names."""


def seal(value: Any, key: Key, place: Place) -> bytes:
    """Encrypt one field's JSON value."""
    plain = msgspec.json.encode(value)
    plain += b" " * (-len(plain) % _PAD)
    nonce = os.urandom(_NONCE)
    return _SUITE + key.id + nonce + key.commitment + key.cipher.encrypt(nonce, plain, place.bound())


def unread(ciphertext: bytes, place: Place) -> Sealed:
    """A stored ciphertext together with its place, so that it can be kept elsewhere and opened there."""
    bound = place.bound()
    return Sealed(len(bound).to_bytes(2, "big") + bound + ciphertext)


def key_of(sealed: Sealed) -> bytes:
    """The id of the key that a field names as the one it was written under."""
    start = 2 + int.from_bytes(sealed.ciphertext[:2], "big") + len(_SUITE)
    return sealed.ciphertext[start : start + _ID]


def unseal(sealed: Sealed, find: Callable[[bytes], Key | None], *, subject: str | None = None) -> Any:
    """The JSON value of a sealed field, or ERASED when its key has been destroyed.

    `subject`, where given, is the person it must be about. Raises Tampered when it is not, when the ciphertext was
    moved or altered, or when the key is not the one it was written under.
    """
    length = int.from_bytes(sealed.ciphertext[:2], "big")
    bound, ciphertext = sealed.ciphertext[2 : 2 + length], sealed.ciphertext[2 + length :]
    about = bound.rpartition(b"\n")[2].decode()
    if subject is not None and about != subject:
        raise Tampered(f"this field is about {about}, not about {subject}")
    if ciphertext[:1] != _SUITE:
        raise Tampered("this field names a cipher suite that this program does not know")
    key = find(ciphertext[1 : 1 + _ID])
    if key is None:
        return ERASED
    nonce = ciphertext[1 + _ID : 1 + _ID + _NONCE]
    commitment = ciphertext[_HEAD - _COMMITMENT : _HEAD]
    if key.subject != about or not hmac.compare_digest(commitment, key.commitment):
        raise Tampered("this field was not written under the key it names")
    try:
        return msgspec.json.decode(key.cipher.decrypt(nonce, ciphertext[_HEAD:], bound))
    except InvalidTag:
        raise Tampered("this field was altered, or moved from where it was written") from None
