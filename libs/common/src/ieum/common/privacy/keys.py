"""Keys to personal data: one per person, record class and generation, wrapped under the city's key.

A `kid` is `<person uuid>/<record class>/<generation>`. Destroying the wrapped key erases everything
sealed under it, wherever copies lie.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from ieum.common.privacy.sealing import KEY_BYTES

WRAP_ALG = "A256KW"


def kid_of(person: UUID, record_class: str, generation: int = 1) -> str:
    """The name of a person's key for a record class."""
    return f"{person}/{record_class}/{generation}"


class Wrapper(Protocol):
    """Keeps keys to personal data under one key-encryption key (KEK)."""

    name: str
    """Which KEK it is; it tells nothing of it, and another KEK has another name."""

    def new(self) -> tuple[bytes, bytes]:
        """A fresh key and its wrapping."""
        ...

    def wrap(self, key: bytes) -> bytes:
        """The wrapping of a key that is there already."""
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key; raises cryptography's InvalidUnwrap under a foreign key-encryption key."""
        ...


class KeyWrapper:
    """Wraps keys under a key-encryption key in memory (AES Key Wrap, RFC 3394)."""

    def __init__(self, kek: bytes) -> None:
        """Take the 32 bytes of the secret `kek`; raises ValueError for another length."""
        if len(kek) != KEY_BYTES:
            raise ValueError("the key-encryption key has 32 bytes")
        self._kek = kek
        self.name = "file:" + hmac.digest(kek, b"name of the key-encryption key", sha256)[:8].hex()

    def new(self) -> tuple[bytes, bytes]:
        """A fresh key and its wrapping."""
        key = os.urandom(KEY_BYTES)
        return key, self.wrap(key)

    def wrap(self, key: bytes) -> bytes:
        """The wrapping of a key that is there already."""
        return aes_key_wrap(self._kek, key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key; raises cryptography's InvalidUnwrap under a foreign key-encryption key."""
        return aes_key_unwrap(self._kek, wrapped)


class KeyWrappers:
    """The KEK that wraps now, and others under which older keys may still lie, as while one is exchanged."""

    def __init__(self, present: Wrapper, *others: Wrapper) -> None:
        self._all = (present, *others)
        self.name = present.name

    def new(self) -> tuple[bytes, bytes]:
        """A fresh key and its wrapping under the present KEK."""
        return self._all[0].new()

    def wrap(self, key: bytes) -> bytes:
        """The wrapping of a key that is there already, under the present KEK."""
        return self._all[0].wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key, whichever KEK wrapped it: RFC 3394 tells a foreign one; raises InvalidUnwrap."""
        for wrapper in self._all[:-1]:
            with suppress(InvalidUnwrap):
                return wrapper.unwrap(wrapped)
        return self._all[-1].unwrap(wrapped)


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
