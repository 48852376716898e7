"""The order of applicants at an opening: priority, then the tie groups, then one lottery number each.

The number is drawn from the round's seed and the applicant's id, so anybody who has both computes it again.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from ieum.matching.clearing.market import Market, Opening


def lottery_number(seed: bytes, applicant: str) -> int:
    """Give the first eight bytes, big-endian, of SHA-256(seed, 0x00, id in UTF-8); lower is better."""
    return int.from_bytes(sha256(seed + b"\x00" + applicant.encode()).digest()[:8], "big")


def draw(market: Market) -> dict[str, int]:
    """Give each applicant its lottery rank, 0 first; equal numbers stand by id, in code point order."""
    numbered = sorted((lottery_number(market.seed, one.id), one.id) for one in market.applicants)
    return {name: rank for rank, (_, name) in enumerate(numbered)}


def line_up(
    opening: Opening, groups: Mapping[str, frozenset[str]], ranks: Mapping[str, int], asking: Container[str]
) -> list[str]:
    """Put those acceptable to an opening, and asking, in its strict order, best first.

    Among equals the tie groups are compared one after another as listed (동점자 처리기준): who is in the
    first group stands before who is not; if both or neither are, the second group decides, and so on; then
    the lottery.
    """

    def place(name: str) -> tuple[int, tuple[bool, ...], int]:
        outside = tuple(group not in groups[name] for group in opening.ties)
        return -opening.priority[name], outside, ranks[name]

    return sorted(filter(asking.__contains__, opening.priority), key=place)
