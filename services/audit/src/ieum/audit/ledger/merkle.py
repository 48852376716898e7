"""Merkle trees as RFC 6962 (section 2.1) and RFC 9162 (section 2.1) define them, over SHA-256.

Leaves and inner nodes are hashed with different first bytes, so neither can pass for the other.
A tree only ever grows to the right; its frontier (the roots of its perfect subtrees) is all that
appending needs. A hash is 32 bytes everywhere; indexes and sizes count leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def hash_leaf(data: bytes) -> bytes:
    """The hash of one leaf: SHA-256(0x00, data)."""
    return sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01, left, right)."""
    return sha256(b"\x01" + left + right).digest()


def fold(roots: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees given left to right, largest first; of none, SHA-256 of nothing."""
    if not roots:
        return EMPTY_ROOT
    return reduce(lambda right, left: hash_node(left, right), reversed(roots))


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: its size and one root for each bit set in it, largest subtree first."""

    size: int = 0
    roots: tuple[bytes, ...] = ()

    @classmethod
    def parse(cls, size: int, data: bytes) -> Frontier:
        """Read what `data` wrote; ValueError where it does not fit the size."""
        if len(data) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"a frontier of {size} leaves has {size.bit_count()} roots")
        return cls(size, tuple(data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)))

    @property
    def data(self) -> bytes:
        """The roots, one after the other."""
        return b"".join(self.roots)

    def root(self) -> bytes:
        """The tree's root."""
        return fold(self.roots)

    def append(self, leaf_hashes: Sequence[bytes]) -> tuple[Frontier, list[list[bytes]]]:
        """Add leaves; gives the new frontier and, for each level, the nodes completed by this batch.

        Level 0 holds the leaf hashes themselves; the first new node of level n has index `size >> n`.
        """
        growth: list[list[bytes]] = []
        edge: list[bytes] = []
        waiting, fresh = list(self.roots), list(leaf_hashes)
        while fresh or self.size >> len(growth):
            left = [waiting.pop()] if self.size >> len(growth) & 1 else []
            growth.append(fresh)
            nodes = left + fresh
            if len(nodes) % 2:
                edge.append(nodes.pop())
            fresh = [sha256(b"\x01" + a + b).digest() for a, b in zip(nodes[::2], nodes[1::2], strict=True)]
        return Frontier(self.size + len(leaf_hashes), tuple(reversed(edge))), growth


def _split(width: int) -> int:
    """The largest power of two smaller than a width of two or more."""
    return 1 << ((width - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[tuple[int, int]]:
    """The leaf ranges whose roots prove that a leaf is in a tree (RFC 6962, section 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    low, high, found = 0, size, []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    return found[::-1]


def consistency_ranges(old: int, new: int) -> list[tuple[int, int]]:
    """The leaf ranges whose roots prove that one tree begins another (RFC 6962, section 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} cannot begin one of {new}")
    if old == 0:
        return []
    low, high, found = 0, new, []
    while high != old:
        middle = low + _split(high - low)
        if old <= middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    if low:
        found.append((low, high))
    return found[::-1]


def perfect_nodes(low: int, high: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees, as (level, index), that make up one of the ranges above."""
    while low < high:
        level = (high - low).bit_length() - 1
        yield level, low >> level
        low += 1 << level


def prove(ranges: Sequence[tuple[int, int]], node: Callable[[int, int], bytes]) -> list[bytes]:
    """The proof for ranges, from the hashes of perfect subtrees, asked for by level and index."""
    return [fold([node(*place) for place in perfect_nodes(*part)]) for part in ranges]


def verify_inclusion(index: int, size: int, leaf_hash: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = hash_node(sibling, found)
            first, last = _skip(first, last)
        else:
            found = hash_node(found, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the old tree begins the new one (RFC 9162, section 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old in (0, new):
        return not proof and old_root == (new_root if old == new else EMPTY_ROOT)
    path = list(proof) if old.bit_count() > 1 else [old_root, *proof]
    if not path:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_found = new_found = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old_found, new_found = hash_node(sibling, old_found), hash_node(sibling, new_found)
            first, last = _skip(first, last)
        else:
            new_found = hash_node(new_found, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and old_found == old_root and new_found == new_root


def _skip(first: int, last: int) -> tuple[int, int]:
    """Pass the levels where a node on the right edge has no sibling."""
    while first and not first & 1:
        first, last = first >> 1, last >> 1
    return first, last
