"""The answer to a market, in the format `ieum-result/1`, with its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from ieum.matching.clearing.canonical import plain

if TYPE_CHECKING:
    from ieum.matching.clearing.canonical import Json
    from ieum.matching.clearing.explain import Reason

FORMAT = "ieum-result/1"
CLAIMS = (
    "feasible",
    "acceptable",
    "lottery-order",
    "reserves-kept",
    "quotas-kept",
    "no-blocking-pair",
    "applicant-optimal",
    "waitlists-true",
    "reasons-true",
)
"""What a certificate claims of its result, for its market alone, and `verify` checks."""


@dataclass(frozen=True, slots=True)
class Match:
    """An applicant's place; `rank` 1 is the first choice, `place` is `open` or `reserve:<group>`."""

    applicant: str
    opening: str
    rank: int
    place: str

    def document(self) -> dict[str, Json]:
        """Give the match as it stands in the result."""
        return {
            "applicant": self.applicant,
            "opening": self.opening,
            "rank": self.rank,
            "place": self.place,
        }


@dataclass(frozen=True)
class Result:
    """Who got what (`matches`), who did not and why (`unmatched`), and who waits where (`waitlists`).

    `closed` has the openings closed for their minimum, in the order of closing, with how many they had then;
    `nobody_asked` the openings that stand in nobody's choices: they stay empty, and are named, not dropped.
    """

    market_digest: str
    matches: tuple[Match, ...]
    unmatched: dict[str, tuple[Reason, ...]]
    waitlists: dict[str, tuple[str, ...]]
    closed: dict[str, int]
    nobody_asked: tuple[str, ...]

    def outcome(self) -> dict[str, Json]:
        """Give the document without its certificate."""
        return {
            "format": FORMAT,
            "matches": [match.document() for match in self.matches],
            "unmatched": [
                {"applicant": name, "reasons": [reason.document() for reason in reasons]}
                for name, reasons in self.unmatched.items()
            ],
            "waitlists": [
                {"opening": name, "applicants": list(line)} for name, line in self.waitlists.items()
            ],
        }

    @cached_property
    def _outcome(self) -> bytes:
        return plain(self.outcome())

    @cached_property
    def digest(self) -> str:
        """SHA-256, in hex, of the outcome's RFC 8785 bytes."""
        return sha256(self._outcome).hexdigest()

    def certificate(self) -> dict[str, Json]:
        """Give what is claimed, with the digests of the market and of the outcome."""
        return {
            "market": self.market_digest,
            "result": self.digest,
            "claims": list(CLAIMS),
            "closed": [{"opening": name, "placed": number} for name, number in self.closed.items()],
            "nobody_asked": list(self.nobody_asked),
        }

    def document(self) -> dict[str, Json]:
        """Give the whole document."""
        return self.outcome() | {"certificate": self.certificate()}

    def encode(self) -> bytes:
        """Give the RFC 8785 bytes of the whole document: the same for the same market."""
        # In their order `certificate` stands before every field of the outcome.
        return b'{"certificate":' + plain(self.certificate()) + b"," + self._outcome[1:]
