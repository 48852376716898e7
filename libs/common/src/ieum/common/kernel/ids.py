"""Identifiers: UUIDv7 (RFC 9562, section 5.7) for what is new, UUIDv5 for what follows from other facts.

UUIDv4 where an id must not tell when it was made.
"""

from __future__ import annotations

import os
from datetime import datetime
from uuid import UUID, uuid4, uuid5

_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_RANDOM = (1 << 80) - 1 & ~((0xF << 76) | (0b11 << 62))


def new_id(now: datetime) -> UUID:
    """A UUIDv7: 48 bits of milliseconds since 1970, then 74 random bits; sorts by time of making."""
    milliseconds = int(now.timestamp() * 1000)
    random = int.from_bytes(os.urandom(10), "big") & _RANDOM
    return UUID(int=(milliseconds << 80) | _VERSION_AND_VARIANT | random)


def random_id() -> UUID:
    """A UUIDv4: it tells nothing, not even when it was made."""
    return uuid4()


def derived_id(namespace: UUID, *names: str) -> UUID:
    """The one id of something named within a namespace: the same names give the same id."""
    return uuid5(namespace, "\x1f".join(names))
