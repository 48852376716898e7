"""Tiles: the examples of C2SP tlog-tiles, and the tree's definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.audit.ledger.merkle import Frontier, hash_leaf
from ieum.audit.ledger.tiles import (
    ENTRIES,
    Tile,
    bundles_of,
    decode_bundle,
    encode_bundle,
    grown_tiles,
    node_in_tile,
    split_hashes,
    tile_at,
    tile_of_node,
)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 1234067), "tile/0/x001/x234/067"),
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 999, 17), "tile/1/999.p/17"),
        (Tile(63, 1000), "tile/63/x001/000"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
        (Tile(ENTRIES, 1_000_000), "tile/entries/x001/x000/000"),
    ],
)
def test_paths_are_those_of_the_specification(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.parse(path) == tile


@given(st.integers(-1, 63), st.integers(0, 10**15), st.integers(1, 256))
def test_every_path_names_its_tile(level: int, index: int, width: int) -> None:
    assert Tile.parse(Tile(level, index, width).path) == Tile(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000/",
        "tile/0/٠٠٠",
        "tile/data/000",
        "tile/0/000\n",
        "tile/entries/000.p",
    ],
)
def test_any_other_spelling_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a tile"):
        Tile.parse(path)


def test_a_tree_of_70000_has_the_tiles_the_specification_says() -> None:
    size = 70_000
    frontier, growth = Frontier().append([hash_leaf(b"%d" % n) for n in range(size)])
    tiles = dict(grown_tiles(0, growth))
    level_0 = [tile for tile in tiles if tile.level == 0]
    assert [tile.width for tile in level_0] == [256] * 273 + [112]
    assert [tile.width for tile in tiles if tile.level == 1] == [256, 17]
    assert [tile.width for tile in tiles if tile.level == 2] == [1]
    assert max(tile.level for tile in tiles) == 2
    assert [tile.width for tile in bundles_of(size)] == [256] * 273 + [112]
    assert tile_at(0, 273, size) == Tile(0, 273, 112)
    assert frontier.size == size


def test_a_tree_of_256_is_a_full_tile_and_a_partial_one_above() -> None:
    _, growth = Frontier().append([hash_leaf(b"%d" % n) for n in range(256)])
    assert [tile for tile, _ in grown_tiles(0, growth)] == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(bundles_of(256)) == [Tile(ENTRIES, 0)]
    assert list(bundles_of(0)) == []


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8))
def test_tiles_grown_in_batches_are_the_tiles_of_the_whole(batches: list[int]) -> None:
    hashes = [hash_leaf(b"%d" % n) for n in range(sum(batches))]
    frontier, kept, widths = Frontier(), {}, {}
    for batch in batches:
        before = frontier.size
        frontier, growth = frontier.append(hashes[before : before + batch])
        for tile, data in grown_tiles(before, growth):
            place = tile.level, tile.index
            kept[place] = kept.get(place, b"") + data
            widths[place] = tile.width
    whole = {(tile.level, tile.index): data for tile, data in grown_tiles(0, Frontier().append(hashes)[1])}
    assert kept == whole
    assert {place: len(data) // 32 for place, data in kept.items()} == widths


@given(st.integers(1, 1500), st.data())
def test_every_perfect_subtree_is_found_in_its_tile(size: int, data: st.DataObject) -> None:
    hashes = [hash_leaf(b"%d" % n) for n in range(size)]
    tiles = {(t.level, t.index): part for t, part in grown_tiles(0, Frontier().append(hashes)[1])}
    level = data.draw(st.integers(0, size.bit_length() - 1))
    index = data.draw(st.integers(0, (size >> level) - 1))
    tile = tile_of_node(level, index, size)
    expected = Frontier().append(hashes[index << level : (index + 1) << level])[0].root()
    assert node_in_tile(level, index, tiles[tile.level, tile.index]) == expected
    assert len(split_hashes(tiles[tile.level, tile.index])) == tile.width


def test_a_tile_that_is_too_narrow_or_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="too narrow"):
        node_in_tile(1, 1, b"\x00" * 96)
    with pytest.raises(ValueError, match="32-byte"):
        split_hashes(b"\x00" * 33)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles_hold_what_was_put_in(entries: list[bytes]) -> None:
    assert decode_bundle(encode_bundle(entries)) == entries


def test_a_bundle_is_big_endian_and_a_cut_one_is_refused() -> None:
    assert encode_bundle([b"ab", b""]) == b"\x00\x02ab\x00\x00"
    for cut in (b"\x00", b"\x00\x02a", b"\x00\x01a\x00"):
        with pytest.raises(ValueError, match="cut short"):
            decode_bundle(cut)
    with pytest.raises(OverflowError):
        encode_bundle([b"x" * 65_536])
