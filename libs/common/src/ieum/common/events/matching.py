"""What matching tells: matches and the rounds that make them."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from ieum.common.events.model import AccessRecorded, Acknowledgement, EventData, PrivateData


class Suggestion(BaseModel):
    """An opening that fits; `score` from 0 to 1000, higher is better; `rank` counts from 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    opening: UUID
    organisation: UUID
    rank: int
    score: int


class Explanation(PrivateData):
    """Record class `application`: why, in sentences for the person; they may tell of age or income."""

    record_class: ClassVar[str] = "application"
    ko: list[str] = []
    en: list[str] = []


class _About(EventData):
    """What every fact about an application says."""

    private_models: ClassVar[dict[str, type[PrivateData]]] = {"application": Explanation}

    application: UUID
    person: UUID
    programme: str


class MatchRanked(_About):
    """On arrival: whether the person is eligible, and the openings that fit best. Subject: application."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.ranked.v1"
    topic: ClassVar[str] = "matching-matches"

    eligible: bool
    failed_rules: list[str] = []
    suggestions: list[Suggestion] = []


class MatchProposed(_About):
    """A place is offered, to be answered by `answer_by`. `rank` of the choice, from 1. Subject: match."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.proposed.v1"
    topic: ClassVar[str] = "matching-matches"

    opening: UUID
    organisation: UUID
    round: UUID | None = None
    rank: int
    answer_by: datetime


class MatchAccepted(_About):
    """The person takes the place. Subject: match."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.accepted.v1"
    topic: ClassVar[str] = "matching-matches"

    opening: UUID
    organisation: UUID


class MatchDeclined(_About):
    """The person does not take the place, and may have said why (a code). Subject: match.

    `cools_until`: the programme is not offered to them again before that day (Korean).
    """

    event_type: ClassVar[str] = "kr.ieum.matching.match.declined.v1"
    topic: ClassVar[str] = "matching-matches"

    opening: UUID
    organisation: UUID
    reason: str | None = None
    cools_until: date | None = None


class MatchExpired(_About):
    """Nobody answered in time; the place is free again. Subject: match."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.expired.v1"
    topic: ClassVar[str] = "matching-matches"

    opening: UUID
    organisation: UUID


class WaitingNumber(BaseModel):
    """A person's number on an opening's waiting list, from 1."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    opening: UUID
    number: int


class MatchWaitlisted(_About):
    """After a round: not placed (yet), with a number at each opening. Subject: application."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.waitlisted.v1"
    topic: ClassVar[str] = "matching-matches"

    round: UUID
    waiting: list[WaitingNumber]


class MatchUnplaced(_About):
    """After a round: not placed and nowhere waiting. Subject: application."""

    event_type: ClassVar[str] = "kr.ieum.matching.match.unplaced.v1"
    topic: ClassVar[str] = "matching-matches"

    round: UUID
    reasons: list[str]


class RoundOpened(EventData):
    """A clearing begins; `commitment` is SHA-256, in hex, of the platform's part in the lottery."""

    event_type: ClassVar[str] = "kr.ieum.matching.round.opened.v1"
    topic: ClassVar[str] = "matching-rounds"

    programme: str
    commitment: str
    opened_by: str


class LotteryPart(BaseModel):
    """What a party contributed to the lottery: its part, and SHA-256 of it, both in hex."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    party: str
    commitment: str
    part: str


class RoundComputed(EventData):
    """The computation: the seed is revealed; digests are SHA-256 in hex of the RFC 8785 documents.

    The seed follows from `parts`; where there are none it is what was committed to at the opening.
    `lines_root` is the root, in hex, of the Merkle tree over the applicants' lines (receipts).
    """

    event_type: ClassVar[str] = "kr.ieum.matching.round.computed.v1"
    topic: ClassVar[str] = "matching-rounds"

    programme: str
    seed: str
    market_digest: str
    result_digest: str
    applicants: int
    openings: int
    places: int
    matched: int
    attempt: int = 1
    parts: list[LotteryPart] = []
    lines_root: str | None = None


class RoundConfirmed(EventData):
    """A named official decides that the computation holds; only now do proposals go out."""

    event_type: ClassVar[str] = "kr.ieum.matching.round.confirmed.v1"
    topic: ClassVar[str] = "matching-rounds"

    programme: str
    official: str
    official_name: str
    result_digest: str


class RoundSentBack(EventData):
    """A named official does not confirm, and says why."""

    event_type: ClassVar[str] = "kr.ieum.matching.round.sent_back.v1"
    topic: ClassVar[str] = "matching-rounds"

    programme: str
    official: str
    official_name: str
    reason: str


class MatchingErasureAcknowledged(Acknowledgement):
    """Matching holds nothing readable of these record classes any more."""

    event_type: ClassVar[str] = "kr.ieum.matching.erasure.acknowledged.v1"
    topic: ClassVar[str] = "matching-acknowledgements"


class MatchingAccessRecorded(AccessRecorded):
    """Sealed data was opened in matching."""

    event_type: ClassVar[str] = "kr.ieum.matching.access.recorded.v1"
    topic: ClassVar[str] = "matching-access"
