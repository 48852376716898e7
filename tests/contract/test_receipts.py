"""Receipts of rounds and the transparency log hash alike (RFC 9162), in two implementations."""

from __future__ import annotations

from ieum.audit.ledger.merkle import Frontier, hash_leaf, verify_inclusion
from ieum.matching.rounds.lines import Tree


def test_the_trees_of_receipts_are_those_of_the_log() -> None:
    for size in (0, 1, 2, 3, 7, 8, 9, 100):
        lines = [f"{number}".encode() for number in range(size)]
        root = Frontier().append([hash_leaf(line) for line in lines])[0].root()
        assert Tree(lines).root == root.hex()
        for index, line in enumerate(lines):
            proof = [bytes.fromhex(one) for one in Tree(lines).proof(index)]
            assert verify_inclusion(index, size, hash_leaf(line), proof, root)
