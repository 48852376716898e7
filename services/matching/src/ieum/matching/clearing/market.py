"""A market as values: who asks for what, and how each opening chooses.

Made by `parsing` alone, so whoever holds a `Market` holds one without defects.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT = "ieum-market/1"
MECHANISM = "deferred-acceptance"


class Applicant(NamedTuple):
    """One who asks (a person, or a team as one): openings best first, and the groups it belongs to."""

    id: str
    choices: tuple[str, ...]
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reserve:
    """`places` kept for a group; what nobody of the group takes becomes an open place if `opens`."""

    group: str
    places: int
    opens: bool


@dataclass(frozen=True, slots=True)
class Quota:
    """Of the open places, at most this many go to members of a group."""

    group: str
    at_most: int


@dataclass(frozen=True, slots=True)
class Opening:
    """One that chooses: who has a higher `priority` stands before; who has none is not acceptable."""

    id: str
    capacity: int
    priority: Mapping[str, int]
    ties: tuple[str, ...]
    reserves: tuple[Reserve, ...]
    quotas: tuple[Quota, ...]
    minimum: int


@dataclass(frozen=True, slots=True)
class Market:
    """One round to be cleared; `digest` is that of its RFC 8785 bytes, for the certificate."""

    seed: bytes
    applicants: tuple[Applicant, ...]
    openings: tuple[Opening, ...]
    digest: str
