"""Keyed hashes: what is sealed can be found by equality without being readable."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256


class SearchKey:
    """HMAC-SHA-256 (RFC 2104) under the secret `search`, cut to 16 bytes, apart for each kind of value."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, kind: str, value: str) -> bytes:
        """The hash of one value, as of `phone`, `birth-date` or `body`."""
        return hmac.digest(self._secret, f"{kind}\x00{value}".encode(), sha256)[:16]

    def all_of(self, kind: str, values: Iterable[str]) -> list[bytes]:
        """The hashes of several values, without repeats, in a fixed order."""
        return sorted({self.of(kind, value) for value in values})
