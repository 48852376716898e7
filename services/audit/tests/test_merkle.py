"""The tree against published vectors, and against the definition in RFC 6962 written down naively.

The vectors are those of Certificate Transparency, as published with transparency-dev/merkle.
"""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.audit.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_ranges,
    hash_leaf,
    hash_node,
    inclusion_ranges,
    prove,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (leaf from 0, size): proof
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {  # (old size, new size): proof
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 7): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


# --- the oracle: RFC 6962, section 2.1, word for word and as slow as it reads
def mth(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], *, known: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if known else [mth(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], known=known), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], known=False), mth(leaves[:k])]


def nodes_of(leaves: list[bytes]):
    return lambda level, index: mth(leaves[index << level : (index + 1) << level])


trees = st.lists(st.binary(max_size=3), min_size=1, max_size=70)


def test_the_empty_tree_and_the_published_roots() -> None:
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()
    frontier = Frontier()
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        frontier, _ = frontier.append([hash_leaf(leaf)])
        assert frontier.root().hex() == root


def test_the_published_leaf_and_node_hashes() -> None:
    assert hash_leaf(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert (
        hash_node(b"N123", b"N456").hex()
        == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )


@pytest.mark.parametrize("place", INCLUSION)
def test_published_inclusion_proofs_are_made_and_verified(place: tuple[int, int]) -> None:
    index, size = place
    proof = prove(inclusion_ranges(index, size), nodes_of(LEAVES))
    assert [part.hex() for part in proof] == INCLUSION[place]
    assert verify_inclusion(index, size, hash_leaf(LEAVES[index]), proof, bytes.fromhex(ROOTS[size - 1]))


@pytest.mark.parametrize("sizes", CONSISTENCY)
def test_published_consistency_proofs_are_made_and_verified(sizes: tuple[int, int]) -> None:
    old, new = sizes
    proof = prove(consistency_ranges(old, new), nodes_of(LEAVES))
    assert [part.hex() for part in proof] == CONSISTENCY[sizes]
    roots = bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[new - 1])
    assert verify_consistency(old, new, *roots, proof)


@given(trees, st.data())
def test_any_batching_gives_the_root_of_the_definition(leaves: list[bytes], data: st.DataObject) -> None:
    frontier, at = Frontier(), 0
    while at < len(leaves):
        step = data.draw(st.integers(1, len(leaves) - at))
        frontier, growth = frontier.append([hash_leaf(leaf) for leaf in leaves[at : at + step]])
        for level, nodes in enumerate(growth):
            first = at >> level
            assert nodes == [nodes_of(leaves)(level, first + i) for i in range(len(nodes))]
            assert first + len(nodes) == (at + step) >> level
        at += step
    assert frontier.root() == mth(leaves)
    assert Frontier.parse(frontier.size, frontier.data) == frontier


@given(trees, st.data())
def test_inclusion_proofs_are_those_of_the_definition(leaves: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    proof = prove(inclusion_ranges(index, len(leaves)), nodes_of(leaves))
    assert proof == path(index, leaves)
    assert verify_inclusion(index, len(leaves), hash_leaf(leaves[index]), proof, mth(leaves))


@given(trees, st.data())
def test_consistency_proofs_are_those_of_the_definition(leaves: list[bytes], data: st.DataObject) -> None:
    old = data.draw(st.integers(1, len(leaves)))
    proof = prove(consistency_ranges(old, len(leaves)), nodes_of(leaves))
    assert proof == subproof(old, leaves, known=True)
    assert verify_consistency(old, len(leaves), mth(leaves[:old]), mth(leaves), proof)


@given(trees, st.data())
def test_a_changed_proof_proves_nothing(leaves: list[bytes], data: st.DataObject) -> None:
    """Any one bit flipped, hash dropped, added or doubled, any other index, leaf or root: refused."""
    size = len(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof, root, leaf = path(index, leaves), mth(leaves), hash_leaf(leaves[index])
    for bad in broken(proof, data):
        assert not verify_inclusion(index, size, leaf, bad, root)
    flipped = flip(root, data)
    assert not verify_inclusion(index, size, leaf, proof, flipped)
    assert not verify_inclusion(index, size, flip(leaf, data), proof, root)
    assert not verify_inclusion(size, size, leaf, proof, root)
    assert not verify_inclusion(-1, size, leaf, proof, root)


@given(trees, st.data())
def test_a_changed_consistency_proof_proves_nothing(leaves: list[bytes], data: st.DataObject) -> None:
    new = len(leaves)
    old = data.draw(st.integers(1, new))
    proof, roots = subproof(old, leaves, known=True), (mth(leaves[:old]), mth(leaves))
    for bad in broken(proof, data):
        assert not verify_consistency(old, new, *roots, bad)
    assert not verify_consistency(old, new, flip(roots[0], data), roots[1], proof)
    assert not verify_consistency(old, new, roots[0], flip(roots[1], data), proof)
    assert not verify_consistency(new + 1, new, *roots, proof)


def broken(proof: list[bytes], data: st.DataObject) -> list[list[bytes]]:
    spoiled = [[*proof, b"\x07" * 32], [b"\x07" * 32, *proof], [*proof, b""]]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        spoiled += [
            proof[:at] + proof[at + 1 :],
            [*proof[:at], flip(proof[at], data), *proof[at + 1 :]],
            [*proof[:at], proof[at], *proof[at:]],
        ]
    return spoiled


def flip(value: bytes, data: st.DataObject) -> bytes:
    bit = data.draw(st.integers(0, len(value) * 8 - 1))
    return (int.from_bytes(value, "big") ^ (1 << bit)).to_bytes(len(value), "big")


def test_the_empty_tree_begins_every_tree_and_no_tree_begins_it() -> None:
    root = mth(LEAVES)
    assert verify_consistency(0, 8, EMPTY_ROOT, root, [])
    assert not verify_consistency(0, 8, root, root, [])
    assert not verify_consistency(8, 0, root, EMPTY_ROOT, [])
    assert consistency_ranges(0, 8) == []


@pytest.mark.parametrize(("index", "size"), [(0, 0), (8, 8), (-1, 8)])
def test_a_leaf_that_is_not_there_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        inclusion_ranges(index, size)


def test_a_longer_tree_does_not_begin_a_shorter_one() -> None:
    with pytest.raises(ValueError, match="cannot begin"):
        consistency_ranges(9, 8)


def test_a_frontier_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="roots"):
        Frontier.parse(3, b"\x00" * 32)
