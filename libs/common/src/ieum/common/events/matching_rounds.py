"""What matching tells of a round's lottery, of what is passed on after it, and of its end. Subject: round."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from ieum.common.events.model import EventData


class _OfRound(EventData):
    topic: ClassVar[str] = "matching-rounds"

    programme: str


class RoundCommitted(_OfRound):
    """A party besides the platform contributes to the lottery: SHA-256 of its part, in hex."""

    event_type: ClassVar[str] = "kr.ieum.matching.round.committed.v1"

    attempt: int
    party: str
    commitment: str


class RoundClosed(_OfRound):
    """Applications are closed: the market is fixed by the digest of its document without the seed.

    From now until `reveal_by` the parties reveal their parts.
    """

    event_type: ClassVar[str] = "kr.ieum.matching.round.closed.v1"

    attempt: int
    frozen_digest: str
    applicants: int
    openings: int
    places: int
    reveal_by: datetime


class RoundRevealed(_OfRound):
    """A party reveals the part, in hex, that it committed to."""

    event_type: ClassVar[str] = "kr.ieum.matching.round.revealed.v1"

    attempt: int
    party: str
    commitment: str
    part: str


class RoundRecommitted(_OfRound):
    """Parties named in `failed` did not reveal in time: all is committed anew, with other random ids."""

    event_type: ClassVar[str] = "kr.ieum.matching.round.recommitted.v1"

    attempt: int
    commitment: str
    failed: list[str]


class RoundRefilled(_OfRound):
    """What came free was given by a market of its own, with the round's seed and ids; `number` from 1."""

    event_type: ClassVar[str] = "kr.ieum.matching.round.refilled.v1"

    number: int
    market_digest: str
    result_digest: str
    lines_root: str
    applicants: int
    places: int
    matched: int


class RoundEnded(_OfRound):
    """Nothing is passed on any more."""

    event_type: ClassVar[str] = "kr.ieum.matching.round.ended.v1"

    official: str
    official_name: str
