"""One line a person of a round's result, and the proof that it is among those on the log. Pure.

A line is JSON in RFC 8785 bytes: the digest of the market, the applicant's id in it, and either what they got
or why not, as the result has it. The lines, in the market's order of applicants, are the leaves of a Merkle
tree (RFC 9162, section 2.1); its root is on the log with the round. So a person can show, with their receipt
alone, that their line was in the result that everybody else was given, and learns nothing of anybody else.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ieum.matching.clearing.canonical import canonical

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
    return {
        name: canonical({"market": market_digest, "applicant": name} | found[name]) for name in sorted(found)
    }


def root_of(lines: Sequence[bytes]) -> str:
    """The tree's root, in hex."""
    return _root([_leaf(line) for line in lines]).hex()


def proof_of(lines: Sequence[bytes], index: int) -> list[str]:
    """The hashes that lead from a line to the root, in hex, the nearest first."""
    return [one.hex() for one in _proof([_leaf(line) for line in lines], index)]


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


def _split(size: int) -> int:
    """The largest power of two below a size of two or more."""
    return 1 << ((size - 1).bit_length() - 1)


def _root(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) < 2:  # noqa: PLR2004  # two
        return leaves[0] if leaves else sha256(b"").digest()
    middle = _split(len(leaves))
    return _node(_root(leaves[:middle]), _root(leaves[middle:]))


def _proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    if len(leaves) < 2:  # noqa: PLR2004  # two
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*_proof(leaves[:middle], index), _root(leaves[middle:])]
    return [*_proof(leaves[middle:], index - middle), _root(leaves[:middle])]
