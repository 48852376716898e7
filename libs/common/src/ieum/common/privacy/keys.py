"""Keys to personal data: one per person, record class and generation, wrapped under the city's key.

A `kid` is `<person uuid>/<record class>/<generation>`. Destroying the wrapped key erases everything
sealed under it, wherever copies lie.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

from ieum.common.privacy.sealing import KEY_BYTES

WRAP_ALG = "A256KW"


def kid_of(person: UUID, record_class: str, generation: int = 1) -> str:
    """The name of a person's key for a record class."""
    return f"{person}/{record_class}/{generation}"


class KeyWrapper:
    """Wraps keys under the key-encryption key (AES Key Wrap, RFC 3394)."""

    def __init__(self, kek: bytes) -> None:
        """Take the 32 bytes of the secret `kek`; raises ValueError for another length."""
        if len(kek) != KEY_BYTES:
            raise ValueError("the key-encryption key has 32 bytes")
        self._kek = kek

    def new(self) -> tuple[bytes, bytes]:
        """A fresh key and its wrapping."""
        key = os.urandom(KEY_BYTES)
        return key, aes_key_wrap(self._kek, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key; raises cryptography's InvalidUnwrap under a foreign key-encryption key."""
        return aes_key_unwrap(self._kek, wrapped)


class KeySource(Protocol):
    """Where a service finds keys."""

    async def fetch(self, connection: object, kids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys by kid; a kid without a key was destroyed. `connection` is the caller's transaction."""
        ...


class NoKeys:
    """The source of a service that opens and seals nothing."""

    async def fetch(self, connection: object, kids: Iterable[str]) -> Mapping[str, bytes]:  # noqa: ARG002
        """No keys at all."""
        return {}
