"""Packed keys behave as a dictionary does, and are small."""

from __future__ import annotations

import os
import tracemalloc
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.kafka.wrapped import WrappedKeys

KIDS = [
    f"{person}/{name}/{generation}"
    for person in (UUID(int=1), UUID(int=2), "reader-7", "")
    for name in ("contact", "profile", "case")
    for generation in (1, 2)
] + ["roll/0", "roll", "a/b"]


@given(st.lists(st.tuples(st.sampled_from(KIDS), st.none() | st.binary(max_size=255)), max_size=60))
def test_they_behave_as_a_dictionary(steps: list[tuple[str, bytes | None]]) -> None:
    keys, plain = WrappedKeys(), {}
    for kid, wrapped in steps:
        if wrapped is None:
            keys.drop(kid)
            plain.pop(kid, None)
        else:
            keys.put(kid, wrapped)
            plain[kid] = wrapped
        assert {one: keys.get(one) for one in KIDS} == {one: plain.get(one) for one in KIDS}
        assert [one in keys for one in KIDS] == [one in plain for one in KIDS]


def test_what_a_byte_cannot_hold_is_refused() -> None:
    keys = WrappedKeys()
    with pytest.raises(ValueError, match="range"):
        keys.put("a/b", bytes(256))
    for kind in range(255):
        keys.put(f"a/{kind}", b"x")
    with pytest.raises(ValueError, match="kinds"):
        keys.put("a/one-too-many", b"x")


def test_a_key_takes_less_than_a_hundred_bytes() -> None:
    """Three keys a person, as registering issues them."""
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    keys = WrappedKeys()
    for _ in range(5_000):
        person = uuid4()
        for name in ("contact", "profile", "application"):
            keys.put(f"{person}/{name}/1", os.urandom(40))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (after - before) / 15_000 < 100


def test_the_newest_generation_of_a_name_is_found_by_number_until_it_is_dropped() -> None:
    keys, person = WrappedKeys(), UUID(int=1)
    for generation in (2, 10, 9):
        keys.put(f"{person}/case/{generation}", b"%d" % generation)
    keys.put(f"{person}/contact/11", b"another class")
    assert keys.newest(f"{person}/case") == (f"{person}/case/10", b"10")
    keys.drop(f"{person}/case/10")
    assert keys.newest(f"{person}/case") == (f"{person}/case/9", b"9")
    assert keys.newest(f"{person}/profile") is None
    assert keys.newest(f"{UUID(int=2)}/case") is None
