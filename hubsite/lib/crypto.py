"""Encryption of secrets at rest: AES-256-GCM with key ids and associated data.

A stored value looks like `k1:base64(nonce + ciphertext)`. The associated data names the row and field the
value belongs to, so that a ciphertext copied to another row does not decrypt.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32


class DecryptionError(Exception):
    """The value was not written for this place, or its key is not among those configured."""


@dataclass(frozen=True)
class KeyRing:
    """The keys by id. New values are written with `current`; every key still reads."""

    keys: Mapping[str, bytes]
    current: str

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """Read `id:base64key,id:base64key`; the first is current. Raises ValueError saying what is wrong."""
        keys: dict[str, bytes] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            key_id, separator, encoded = part.partition(":")
            if not separator or not key_id:
                raise ValueError("each key is written as id:base64")
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError:
                raise ValueError(f"key {key_id!r} is not valid base64") from None
            if len(key) != KEY_BYTES:
                raise ValueError(f"key {key_id!r} is {len(key)} bytes long; it has to be {KEY_BYTES}")
            keys[key_id] = key
        if not keys:
            raise ValueError("no key given")
        return cls(keys=keys, current=next(iter(keys)))

    def encrypt(self, plaintext: str, *, place: str) -> str:
        """Encrypt for `place` (table, row uid and field) with the current key."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.current]).encrypt(nonce, plaintext.encode(), place.encode())
        return f"{self.current}:{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, stored: str, *, place: str) -> str:
        """The plaintext of a value written for `place`. Raises DecryptionError."""
        key_id, _, encoded = stored.partition(":")
        if key_id not in self.keys:
            raise DecryptionError(f"no key with id {key_id!r} is configured")
        try:
            raw = base64.b64decode(encoded, validate=True)
            return (
                AESGCM(self.keys[key_id])
                .decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place.encode())
                .decode()
            )
        except (InvalidTag, ValueError) as error:
            raise DecryptionError(f"value for {place} does not decrypt with key {key_id!r}") from error

    def is_current(self, stored: str) -> bool:
        """Whether the value was written with the current key; else a rotation should rewrite it."""
        return stored.partition(":")[0] == self.current


def new_key() -> str:
    """A fresh key in base64."""
    return base64.b64encode(os.urandom(KEY_BYTES)).decode()


if __name__ == "__main__":
    print(f"k1:{new_key()}")
