"""Where a tree's hashes and entries lie: the tiles of C2SP tlog-tiles (c2sp.org/tlog-tiles).

A hash tile of level n holds up to 256 hashes, each over 256**n leaves; a tile never changes but by
growing, so a narrower tile is always the beginning of a wider one. An entry bundle holds up to 256
leaves, each behind its length as a big-endian uint16.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ieum.audit.ledger.merkle import HASH_BYTES, Frontier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HEIGHT: Final = 8
WIDTH: Final = 1 << HEIGHT
ENTRIES: Final = -1
"""The level of an entry bundle."""
ENTRY_BYTES_MAX: Final = 0xFFFF
_LEVEL_MAX = 63
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """One tile's name: level (or ENTRIES), index within the level, and width (1 to 256)."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Its path under the log's prefix: tile/0/x001/234 or tile/entries/000.p/7."""
        digits = str(self.index)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[i : i + 3] for i in range(0, len(digits), 3)]
        place = "/".join([*(f"x{part}" for part in parts[:-1]), parts[-1]])
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"tile/{level}/{place}" + ("" if self.width == WIDTH else f".p/{self.width}")

    @classmethod
    def parse(cls, path: str) -> Tile:
        """The tile a path names; ValueError for any but the one canonical spelling."""
        match = _PATH.fullmatch(path)
        if match is None:
            raise ValueError(f"not a tile's path: {path!r}")
        level = ENTRIES if match[1] == "entries" else int(match[1])
        tile = cls(level, int(match[2].replace("/", "").replace("x", "")), int(match[3] or WIDTH))
        if level > _LEVEL_MAX or tile.width > WIDTH or tile.path != path:
            raise ValueError(f"not a tile's path: {path!r}")
        return tile


def tile_at(level: int, index: int, size: int) -> Tile:
    """The tile of a level and index in a tree of `size` leaves, as wide as it is there."""
    count = size >> (HEIGHT * max(level, 0))
    return Tile(level, index, min(WIDTH, count - index * WIDTH))


def bundles_of(size: int) -> Iterator[Tile]:
    """The entry bundles of a tree, in order."""
    return (tile_at(ENTRIES, index, size) for index in range(-(-size // WIDTH)))


def tile_of_node(level: int, index: int, size: int) -> Tile:
    """The tile that holds, or lies beneath, the perfect subtree at (level, index)."""
    tile_level, above = divmod(level, HEIGHT)
    return tile_at(tile_level, index >> (HEIGHT - above), size)


def node_in_tile(level: int, index: int, data: bytes) -> bytes:
    """The hash of the perfect subtree at (level, index), from the bytes of its tile."""
    above = level % HEIGHT
    start = (index << above) % WIDTH
    hashes = split_hashes(data)[start : start + (1 << above)]
    if len(hashes) != 1 << above:
        raise ValueError(f"the tile is too narrow for node {level}/{index}")
    return Frontier().append(hashes)[0].root()


def split_hashes(data: bytes) -> list[bytes]:
    """A tile's hashes; ValueError where the bytes are not whole hashes."""
    if len(data) % HASH_BYTES:
        raise ValueError("a tile is made of 32-byte hashes")
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def grown_tiles(size: int, growth: Sequence[Sequence[bytes]]) -> Iterator[tuple[Tile, bytes]]:
    """What a batch adds to each tile: the tile as wide as it becomes, and the bytes to append to it.

    `size` is the tree's size before the batch, `growth` what `Frontier.append` gave.
    """
    for level, hashes in enumerate(growth[::HEIGHT]):
        start = size >> (HEIGHT * level)
        stop = start + len(hashes)
        for index in range(start // WIDTH, -(-stop // WIDTH)):
            low, high = max(start, index * WIDTH), min(stop, (index + 1) * WIDTH)
            if low < high:
                yield (
                    Tile(level, index, high - index * WIDTH),
                    b"".join(hashes[low - start : high - start]),
                )


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """An entry bundle; OverflowError for a leaf of more than 65,535 bytes."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes) -> list[bytes]:
    """The leaves of a bundle; ValueError where it is cut short."""
    entries, at = [], 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[start - 2 : start], "big")
        if start > len(data) or at > len(data):
            raise ValueError("an entry bundle is cut short")
        entries.append(data[start:at])
    return entries
