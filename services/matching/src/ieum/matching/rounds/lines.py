"""One line a person of a round's result, and the proof that it is among those on the log. Pure.

A line is JSON in RFC 8785 bytes: the digest of the market, the applicant's id in it, and either what they got
or why not, as the result has it. The lines, in the market's order of applicants, are the leaves of a Merkle
tree (RFC 9162, section 2.1); its root is on the log with the round. So a person can show, with their receipt
alone, that their line was in the result that everybody else was given, and learns nothing of anybody else.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ieum.matching.clearing.canonical import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FORMAT = "ieum-receipt/1"


def lines_of(market_digest: str, result: Mapping[str, Any]) -> dict[str, bytes]:
    """Every applicant's line, by id, in the order of the ids' code points."""
    found: dict[str, dict[str, Any]] = {}
    for one in result["matches"]:
        found[one["applicant"]] = {"match": {name: one[name] for name in ("opening", "rank", "place")}}
    for one in result["unmatched"]:
        found[one["applicant"]] = {"match": None, "reasons": one["reasons"]}
    return {name: plain({"market": market_digest, "applicant": name} | found[name]) for name in sorted(found)}


class Lines:
    """The lines of a result: `of` each applicant, at which `index` each stands, and their `tree`."""

    def __init__(self, market_digest: str, result: Mapping[str, Any]) -> None:
        self.of = lines_of(market_digest, result)
        self.index = {name: number for number, name in enumerate(self.of)}
        self.tree = Tree([*self.of.values()])


class Tree:
    """The Merkle tree over these lines: hashes pairwise, level by level; a last one alone goes up as it is.

    That is the tree of RFC 9162, section 2.1.1, which splits at the largest power of two.
    """

    def __init__(self, lines: Sequence[bytes]) -> None:
        level = [_leaf(line) for line in lines]
        self._levels = [level]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)
            level = [_node(left, right) for left, right in pairs] + level[len(level) // 2 * 2 :]
            self._levels.append(level)

    @property
    def root(self) -> str:
        """In hex."""
        return (self._levels[-1] or [sha256(b"").digest()])[0].hex()

    def proof(self, index: int) -> list[str]:
        """The hashes that lead from a line to the root, in hex, the nearest first."""
        found = []
        for level in self._levels:
            if (index ^ 1) < len(level):
                found.append(level[index ^ 1].hex())
            index //= 2
        return found


def leads_to(root: str, line: bytes, index: int, size: int, proof: Sequence[str]) -> bool:
    """Whether the proof leads from the line to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, _leaf(line)
    for sibling in map(bytes.fromhex, proof):
        if last == 0:
            return False
        if first % 2 or first == last:
            found = _node(sibling, found)
            while first % 2 == 0 and first:
                first, last = first // 2, last // 2
        else:
            found = _node(found, sibling)
        first, last = first // 2, last // 2
    return last == 0 and found.hex() == root


def _leaf(line: bytes) -> bytes:
    return sha256(b"\x00" + line).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
