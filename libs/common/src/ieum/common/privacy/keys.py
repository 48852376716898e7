"""Keys to personal data: one per person, record class and generation, wrapped under the city's key.

A `kid` is `<person uuid>/<record class>/<generation>`. Destroying the wrapped key erases everything
sealed under it, wherever copies lie. A key issued anew after that is the next generation: what was sealed
before stays destroyed, and never looks as if somebody had tampered with it. One is in use at a time.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from ieum.common.privacy.sealing import KEY_BYTES

WRAP_ALG = "A256KW"


def kid_of(person: UUID, record_class: str, generation: int = 1) -> str:
    """The kid of one generation; to seal, ask a KeySource which is present."""
    return f"{key_name(person, record_class)}/{generation}"


def key_name(person: UUID, record_class: str) -> str:
    """What the generations of a key share: `<person uuid>/<record class>`."""
    return f"{person}/{record_class}"


class PresentKey(NamedTuple):
    """The key that is sealed under now."""

    kid: str
    key: bytes


def newest(kids: Iterable[str]) -> dict[str, str]:
    """Of these kids the one of the highest generation, by key name."""
    found: dict[str, tuple[int, str]] = {}
    for kid in kids:
        name, _, generation = kid.rpartition("/")
        found[name] = max(found.get(name, (0, "")), (int(generation), kid))
    return {name: kid for name, (_, kid) in found.items()}


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

    async def present(self, connection: object, names: Iterable[str]) -> Mapping[str, PresentKey]:
        """The keys to seal under, by key name; a name without one has had its key destroyed."""
        ...


class NoKeys:
    """The source of a service that opens and seals nothing."""

    async def fetch(self, connection: object, kids: Iterable[str]) -> Mapping[str, bytes]:  # noqa: ARG002
        """No keys at all."""
        return {}

    async def present(self, connection: object, names: Iterable[str]) -> Mapping[str, PresentKey]:  # noqa: ARG002
        """No keys at all."""
        return {}
