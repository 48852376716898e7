"""The answer to a market, in the format `ieum-result/1`, with its certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ieum.matching.clearing.canonical import canonical, digest

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


@dataclass(frozen=True, slots=True)
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

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of the outcome's RFC 8785 bytes."""
        return digest(self.outcome())

    def document(self) -> dict[str, Json]:
        """Give the whole document; the certificate digests the market and the outcome."""
        outcome = self.outcome()
        certificate: dict[str, Json] = {
            "market": self.market_digest,
            "result": digest(outcome),
            "claims": list(CLAIMS),
            "closed": [{"opening": name, "placed": number} for name, number in self.closed.items()],
            "nobody_asked": list(self.nobody_asked),
        }
        return outcome | {"certificate": certificate}

    def encode(self) -> bytes:
        """Give the RFC 8785 bytes of the whole document: the same for the same market."""
        return canonical(self.document())
