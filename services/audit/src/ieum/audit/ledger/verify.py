"""Proves from the log alone that it is whole: nothing here trusts the service that keeps it.

All leaves are read and hashed again, every tile and the signed root are compared with the result, and the
offsets of each partition must run from 0 without a gap or a repetition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ieum.audit.ledger import report
from ieum.audit.ledger.leaf import Leaf
from ieum.audit.ledger.merkle import (
    Frontier,
    consistency_ranges,
    hash_leaf,
    prove,
    verify_consistency,
)
from ieum.audit.ledger.note import Checkpoint, NoteError, Verifier, open_note
from ieum.audit.ledger.report import Partition, Report
from ieum.audit.ledger.tiles import (
    WIDTH,
    Tile,
    bundles_of,
    decode_bundle,
    grown_tiles,
    node_in_tile,
    split_hashes,
    tile_at,
    tile_of_node,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Source(Protocol):
    """Where a log can be read: a service, or a folder that somebody kept."""

    def read(self, path: str) -> bytes:
        """The bytes at a path under the log's prefix; LookupError where there is nothing."""
        ...


def verify(source: Source, verifier: Verifier, since: Checkpoint | None = None) -> Report:
    """Verify a whole log, and that it continues an older checkpoint of it."""
    found = Report()
    checkpoint = _checkpoint(source, verifier, found)
    if checkpoint is None:
        return found
    walk = _Walk(source, checkpoint, found)
    for bundle in bundles_of(checkpoint.size):
        if not walk.take(bundle):
            return found
    walk.finish()
    if since is not None and not _continues(source, since, checkpoint):
        found.add(report.inconsistent(since.size))
    return found


def _checkpoint(source: Source, verifier: Verifier, found: Report) -> Checkpoint | None:
    try:
        checkpoint = Checkpoint.parse(open_note(source.read("checkpoint").decode(), [verifier]))
    except (NoteError, UnicodeDecodeError) as error:
        found.add(report.bad_signature(str(error)))
        return None
    except LookupError as error:
        found.add(report.unreadable("checkpoint", str(error)))
        return None
    found.checkpoint = checkpoint
    if checkpoint.origin != verifier.name:
        found.add(report.other_origin(checkpoint.origin, verifier.name))
    return checkpoint


def _continues(source: Source, old: Checkpoint, new: Checkpoint) -> bool:
    """Whether the tiles prove that the new tree begins with the old one."""
    if old.origin != new.origin or old.size > new.size:
        return False

    def node(level: int, index: int) -> bytes:
        return node_in_tile(level, index, source.read(tile_of_node(level, index, new.size).path))

    try:
        proof = prove(consistency_ranges(old.size, new.size), node)
    except (LookupError, ValueError):
        return False
    return verify_consistency(old.size, new.size, old.root, new.root, proof)


class _Walk:
    """One pass over the leaves, left to right."""

    def __init__(self, source: Source, checkpoint: Checkpoint, found: Report) -> None:
        self._source, self._checkpoint, self._report = source, checkpoint, found
        self._frontier = Frontier()
        self._tiles: dict[tuple[int, int], bytes] = {}
        self._partitions: dict[tuple[str, int], Partition] = {}

    def take(self, bundle: Tile) -> bool:
        """Check one bundle of entries and the tiles that it completes; false where it cannot be read."""
        try:
            entries = decode_bundle(self._source.read(bundle.path))
        except (LookupError, ValueError) as error:
            self._report.add(report.unreadable(bundle.path, str(error)))
            return False
        if len(entries) != bundle.width:
            self._report.add(report.unreadable(bundle.path, f"{len(entries)} leaves"))
            return False
        for index, entry in enumerate(entries, self._frontier.size):
            self._leaf(index, entry)
        self._grow(entries)
        return True

    def _grow(self, entries: list[bytes]) -> None:
        before = self._frontier.size
        self._frontier, growth = self._frontier.append([hash_leaf(entry) for entry in entries])
        for tile, data in grown_tiles(before, growth):
            place = tile.level, tile.index
            self._tiles[place] = self._tiles.get(place, b"") + data
            if tile.width == WIDTH:
                self._tile(place, self._tiles.pop(place))

    def _tile(self, place: tuple[int, int], expected: bytes) -> None:
        tile = tile_at(*place, self._checkpoint.size)
        try:
            served = split_hashes(self._source.read(tile.path))
        except (LookupError, ValueError) as error:
            self._report.add(report.unreadable(tile.path, str(error)))
            return
        for index in _differences(split_hashes(expected), served):
            leaf = (tile.index * WIDTH + index) * WIDTH**tile.level
            self._report.add(report.wrong_hash(tile.path, leaf))

    def _leaf(self, index: int, entry: bytes) -> None:
        try:
            leaf = Leaf.parse(entry)
        except ValueError:
            self._report.add(report.strange_leaf(index))
            return
        seen = self._partitions.setdefault(
            (leaf.topic, leaf.partition), Partition(leaf.topic, leaf.partition)
        )
        if leaf.repeat and not seen.leaves:
            self._report.add(report.repeat_of_nothing(leaf.topic, leaf.partition, index))
        seen.leaves += 1
        seen.repeats += leaf.repeat
        self._offset(leaf, seen, index)

    def _offset(self, leaf: Leaf, seen: Partition, index: int) -> None:
        if leaf.offset < seen.expected:
            self._report.add(report.again(leaf.topic, leaf.partition, leaf.offset, index))
            return
        if leaf.offset > seen.expected:
            gap = seen.expected, leaf.offset - 1
            self._report.add(report.missing(leaf.topic, leaf.partition, *gap, index))
        seen.expected = leaf.offset + 1

    def finish(self) -> None:
        """Check the tiles on the right edge and the root."""
        for place, expected in self._tiles.items():
            self._tile(place, expected)
        if self._frontier.root() != self._checkpoint.root:
            self._report.add(report.wrong_root())
        self._report.leaves = self._frontier.size
        self._report.partitions = [self._partitions[place] for place in sorted(self._partitions)]


def _differences(expected: list[bytes], served: list[bytes]) -> Iterator[int]:
    """Where two lists of hashes differ; a list of another length differs at its end."""
    for index, (mine, theirs) in enumerate(zip(expected, served, strict=False)):
        if mine != theirs:
            yield index
    if len(expected) != len(served):
        yield min(len(expected), len(served))
