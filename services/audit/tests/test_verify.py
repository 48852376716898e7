"""A whole log is found whole, and tampering is found wherever it is done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ieum.audit.ledger.domain import due_checkpoint, grow
from ieum.audit.ledger.leaf import Leaf, Record
from ieum.audit.ledger.merkle import Frontier, hash_leaf
from ieum.audit.ledger.note import Checkpoint, Signer
from ieum.audit.ledger.report import PROBLEMS_MAX, Report
from ieum.audit.ledger.tiles import Tile, bundles_of, encode_bundle, grown_tiles
from ieum.audit.ledger.verify import verify

SIGNER = Signer("ieum.kr/daegu", bytes(range(32)))


class Folder:
    """A log as files: what any static server could serve."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

    def read(self, path: str) -> bytes:
        return self.files[path]


def publish(entries: list[bytes], signer: Signer = SIGNER) -> Folder:
    """The files of a log that holds these leaves, made without the verifier's help."""
    frontier, growth = Frontier().append([hash_leaf(entry) for entry in entries])
    files = {tile.path: data for tile, data in grown_tiles(0, growth)}
    for tile in bundles_of(len(entries)):
        files[tile.path] = encode_bundle(entries[tile.index * 256 : tile.index * 256 + tile.width])
    checkpoint = Checkpoint(signer.verifier.name, frontier.size, frontier.root())
    files["checkpoint"] = signer.sign(checkpoint.text).encode()
    return Folder(files)


def leaf(topic: str, partition: int, offset: int, *, repeat: bool = False) -> bytes:
    content = f"{topic}/{partition}/{offset}".encode()
    return Leaf(topic, partition, offset, repeat, sha256(content).digest()).data


def interleaved(count: int) -> list[bytes]:
    """Leaves of three partitions, in turn."""
    return [leaf("intake-people", n % 3, n // 3, repeat=n == 7) for n in range(count)]


def checked(folder: Folder, since: Checkpoint | None = None) -> Report:
    return verify(folder, SIGNER.verifier, since)


def codes(report: Report) -> set[str]:
    return {problem.code for problem in report.problems}


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 700])
def test_a_whole_log_is_found_whole(size: int) -> None:
    report = checked(publish(interleaved(size)))
    assert report.ok
    assert report.leaves == size
    assert sum(partition.leaves for partition in report.partitions) == size
    assert sum(partition.repeats for partition in report.partitions) == (size > 7)


def test_a_log_of_two_levels_is_found_whole_and_counted() -> None:
    report = checked(publish(interleaved(66_000)))
    assert report.ok
    assert [(p.topic, p.partition, p.expected) for p in report.partitions] == [
        ("intake-people", n, 22_000) for n in range(3)
    ]


@settings(max_examples=200)
@given(st.integers(1, 600), st.data())
def test_one_flipped_bit_anywhere_is_found(size: int, data: st.DataObject) -> None:
    folder = publish(interleaved(size))
    path = data.draw(st.sampled_from(sorted(folder.files)))
    content = bytearray(folder.files[path])
    bit = data.draw(st.integers(0, len(content) * 8 - 1))
    content[bit // 8] ^= 1 << bit % 8
    folder.files[path] = bytes(content)
    assert not checked(folder).ok


@settings(max_examples=50)
@given(st.integers(1, 600), st.data())
def test_one_lost_or_cut_file_anywhere_is_found(size: int, data: st.DataObject) -> None:
    folder = publish(interleaved(size))
    path = data.draw(st.sampled_from(sorted(folder.files)))
    cut = data.draw(st.integers(0, len(folder.files[path]) - 1))
    assert not checked(Folder({**folder.files, path: folder.files[path][:cut]})).ok
    del folder.files[path]
    assert not checked(folder).ok


@settings(max_examples=50)
@given(st.integers(4, 600), st.data())
def test_a_leaf_left_out_before_signing_is_found(size: int, data: st.DataObject) -> None:
    """The keeper of the key cannot hide a record: its offset is missing."""
    entries = interleaved(size)
    at = data.draw(st.integers(0, size - 4))
    report = checked(publish(entries[:at] + entries[at + 1 :]))
    partition, offset = at % 3, at // 3
    assert f"Offsets {offset} to {offset} of intake-people-{partition} are missing." == report.problems[
        0
    ].en or "repeat" in codes(report)
    assert "missing" in codes(report)


def test_a_record_logged_twice_or_late_is_found() -> None:
    twice = checked(publish([leaf("a", 0, 0), leaf("a", 0, 1), leaf("a", 0, 1)]))
    assert [(problem.code, problem.index) for problem in twice.problems] == [("twice", 2)]
    late = checked(publish([leaf("a", 0, 0), leaf("a", 0, 2), leaf("a", 0, 1)]))
    assert [(problem.code, problem.index) for problem in late.problems] == [("missing", 1), ("twice", 2)]


def test_the_first_offset_is_zero_and_no_repeat() -> None:
    assert codes(checked(publish([leaf("a", 0, 1)]))) == {"missing"}
    assert codes(checked(publish([leaf("a", 0, 0, repeat=True)]))) == {"repeat"}


def test_leaves_replaced_under_the_old_signature_are_found_in_tile_and_root() -> None:
    folder, other = publish(interleaved(300)), interleaved(300)
    other[270] = leaf("intake-people", 0, 90, repeat=True)
    forged = publish(other)
    forged.files["checkpoint"] = folder.files["checkpoint"]
    assert codes(checked(forged)) == {"root"}
    forged.files["tile/0/001.p/44"] = folder.files["tile/0/001.p/44"]
    report = checked(forged)
    assert codes(report) == {"root", "tile"}
    assert report.problems[0].index == 270


def test_a_log_signed_by_another_key_or_of_another_name_is_refused() -> None:
    entries = interleaved(10)
    assert codes(checked(publish(entries, Signer("ieum.kr/daegu", bytes(32))))) == {"signature"}
    folder = publish(entries)
    text = Checkpoint("ieum.kr/seoul", 10, Frontier().append([hash_leaf(e) for e in entries])[0].root()).text
    folder.files["checkpoint"] = SIGNER.sign(text).encode()
    assert codes(checked(folder)) == {"origin"}


def test_a_leaf_in_another_form_is_found() -> None:
    assert codes(checked(publish([b"hello"]))) == {"leaf"}


def test_a_thousand_problems_are_counted_and_the_first_hundred_told() -> None:
    report = checked(publish([leaf("a", 0, 2 * n + 1) for n in range(1000)]))
    assert report.problem_count == 1000
    assert len(report.problems) == PROBLEMS_MAX


@given(st.integers(0, 600), st.integers(0, 600))
def test_a_log_continues_each_of_its_older_checkpoints(one: int, other: int) -> None:
    old, new = sorted((one, other))
    entries = interleaved(new)
    before = checked(publish(entries[:old])).checkpoint
    assert before is not None
    assert checked(publish(entries), before).ok


def test_a_log_that_was_cut_or_rewritten_does_not_continue_the_older_one() -> None:
    entries = interleaved(300)
    before = checked(publish(entries)).checkpoint
    assert before is not None
    assert codes(checked(publish(entries[:290]), before)) == {"inconsistent"}
    rewritten = [leaf("intake-people", 0, 0, repeat=False)[:-1] + b"\x00", *interleaved(310)[1:]]
    assert codes(checked(publish(rewritten), before)) == {"inconsistent"}
    assert codes(checked(publish(interleaved(310)), replace(before, origin="ieum.kr/seoul"))) == {
        "inconsistent"
    }


@dataclass(frozen=True)
class Raw:
    """A record as the consumer gives it."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    key: bytes | None = b"k"
    headers: tuple[tuple[str, bytes | None], ...] = ()
    repeat: bool = False


def test_a_batch_becomes_leaves_openings_and_tiles() -> None:
    batch = [Raw("a", 0, 0, b"{}"), Raw("a", 0, 1, None), Raw("a", 1, 0, b"\xff\x00", repeat=True)]
    nonces = bytes(range(96))
    growth = grow(Frontier(), batch, nonces)
    for number, (entry, record) in enumerate(zip(growth.entries, batch, strict=True)):
        assert entry.opening is not None
        assert entry.opening.nonce == nonces[number * 32 : number * 32 + 32]
        assert entry.opening.opens(entry.leaf)
        assert Record.parse(entry.opening.framed).value == record.value
        assert Leaf.parse(entry.data) == entry.leaf
    assert [entry.leaf.repeat for entry in growth.entries] == [False, False, True]
    assert [tile for tile, _ in growth.tiles] == [Tile(0, 0, 3)]
    hashes = [hash_leaf(entry.data) for entry in growth.entries]
    assert growth.frontier.root() == Frontier().append(hashes)[0].root()
    with pytest.raises(ValueError, match="zip"):
        grow(Frontier(), batch, bytes(64))


@pytest.mark.parametrize(
    "record",
    [
        Raw("a", 0, 0, b'{"note": "900101-1234567"}'),
        Raw("a", 0, 0, b"not json 9001011234567"),
        Raw("a", 0, 0, b"{}", key=b"900101-1234567"),
        Raw("a", 0, 0, b"{}", headers=(("note", "９００１０１－１２３４５６７".encode()),)),
        Raw("a", 0, 0, b"{}", headers=(("900101-1234567", b""),)),
    ],
)
def test_a_record_with_a_forbidden_number_leaves_its_leaf_only(record: Raw) -> None:
    [entry] = grow(Frontier(), [record], bytes(32)).entries
    assert entry.opening is None
    assert entry.leaf.offset == 0


def test_ids_and_times_in_headers_are_kept_and_the_event_is_named() -> None:
    headers = (
        ("ce_id", b"019aab3c-9001-7123-8567-900101123456"),
        ("ce_time", b"2026-11-22T09:00:10.112345+09:00"),
        ("broken", None),
    )
    [entry] = grow(Frontier(), [Raw("a", 0, 0, b"{}", headers=headers)], bytes(32)).entries
    assert entry.opening is not None
    assert str(entry.event_id) == "019aab3c-9001-7123-8567-900101123456"
    [unnamed] = grow(Frontier(), [Raw("a", 0, 0, b"{}", headers=(("ce_id", b"\xff"),))], bytes(32)).entries
    assert unnamed.event_id is None


def test_a_checkpoint_is_due_when_the_log_grew_and_once_for_an_empty_log() -> None:
    empty = due_checkpoint("ieum.kr/daegu", Frontier(), None)
    assert empty is not None
    assert empty.size == 0
    assert due_checkpoint("ieum.kr/daegu", Frontier(), 0) is None
    grown = Frontier().append([hash_leaf(b"a")])[0]
    assert due_checkpoint("ieum.kr/daegu", grown, 0) == Checkpoint("ieum.kr/daegu", 1, hash_leaf(b"a"))
    assert due_checkpoint("ieum.kr/daegu", grown, 1) is None
