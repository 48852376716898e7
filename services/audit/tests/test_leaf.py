"""Leaves and frames: exact bytes, written out by hand, and no two things with one encoding."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.audit.ledger.leaf import Leaf, Opening, Record

leaves = st.builds(
    Leaf,
    st.text(max_size=40, alphabet=st.characters(codec="utf-8")),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**63 - 1),
    st.booleans(),
    st.binary(min_size=32, max_size=32),
)
parts = st.none() | st.binary(max_size=12)
records = st.builds(
    Record,
    parts,
    st.lists(st.tuples(st.text(max_size=6, alphabet=st.characters(codec="utf-8")), parts), max_size=3).map(
        tuple
    ),
    parts,
)


def test_the_bytes_of_a_leaf() -> None:
    leaf = Leaf("intake-people", 3, 258, True, b"\xaa" * 32)
    expected = (
        b"\x01\x01\x00\x0dintake-people" + b"\x00\x00\x00\x03" + b"\x00" * 6 + b"\x01\x02" + b"\xaa" * 32
    )
    assert leaf.data == expected


def test_the_bytes_of_a_framed_record_and_its_commitment() -> None:
    record = Record(b"k", (("ce_id", b"1"), ("none", None)), b"{}")
    framed = (
        b"\x01"
        b"\x00\x00\x00\x01k"
        b"\x00\x00\x00\x02"
        b"\x00\x00\x00\x05ce_id\x00\x00\x00\x011"
        b"\x00\x00\x00\x04none\xff\xff\xff\xff"
        b"\x00\x00\x00\x02{}"
    )
    assert record.framed == framed
    assert Opening(b"\x07" * 32, framed).commitment == sha256(b"\x07" * 32 + framed).digest()


@given(leaves)
def test_leaves_are_read_as_written(leaf: Leaf) -> None:
    assert Leaf.parse(leaf.data) == leaf


@given(leaves, st.data())
def test_a_cut_or_lengthened_leaf_is_refused(leaf: Leaf, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(leaf.data) - 1))
    for bad in (leaf.data[:cut], leaf.data + b"\x00", b"\x02" + leaf.data[1:], b"\x01\x02" + leaf.data[2:]):
        with pytest.raises(ValueError, match="not a leaf"):
            Leaf.parse(bad)


@given(records)
def test_records_are_read_as_framed(record: Record) -> None:
    assert Record.parse(record.framed) == record


@given(records, records)
def test_two_records_never_share_a_frame(one: Record, other: Record) -> None:
    assert (one.framed == other.framed) == (one == other)


@given(records, st.data())
def test_a_cut_or_lengthened_frame_is_refused(record: Record, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(record.framed) - 1))
    for bad in (record.framed[:cut], record.framed + b"\x00"):
        with pytest.raises(ValueError, match="framed record"):
            Record.parse(bad)


def test_a_header_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="name"):
        Record.parse(b"\x01\xff\xff\xff\xff\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")


def test_a_header_name_that_is_no_utf8_keeps_its_bytes() -> None:
    record = Record(None, (("\udcff", b""),), None)
    assert b"\xff" in record.framed
    assert Record.parse(record.framed) == record


@given(records, st.binary(min_size=32, max_size=32), records, st.binary(min_size=32, max_size=32))
def test_an_opening_fits_its_own_leaf_only(one: Record, nonce: bytes, other: Record, second: bytes) -> None:
    opening = Opening(nonce, one.framed)
    leaf = Leaf("t", 0, 0, False, opening.commitment)
    assert opening.opens(leaf)
    assert Opening(second, one.framed).opens(leaf) == (second == nonce)
    assert Opening(nonce, other.framed).opens(leaf) == (one == other)


def test_bytes_cannot_move_between_the_nonce_and_the_record() -> None:
    leaf = Leaf("t", 0, 0, False, Opening(b"\x01" * 33, b"rest").commitment)
    assert not Opening(b"\x01" * 33, b"rest").opens(leaf)
