from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ieum.common.kernel.errors import Refusal
from ieum.matching.clearing.canonical import canonical
from ieum.matching.clearing.node import load
from ieum.matching.clearing.parsing import parse, read
from ieum.matching.clearing.refusals import SENTENCES

from .markets import Document, market, strict


def good() -> Document:
    rules = {
        "capacity": 2,
        "priorities": strict("a", "b"),
        "ties": ["near-poor"],
        "reserves": [{"group": "near-poor", "places": 1, "unfilled": "open"}],
        "quotas": [{"group": "suseong", "at_most": 1}, {"group": "dalseo", "at_most": 1}],
        "minimum": 1,
    }
    return market({"a": ["x"], "b": ["x"]}, {"x": rules}, near_poor=["a"], suseong=["a"], dalseo=["b"])


DEFECTS: list[tuple[str, str, Any]] = [
    ("unknown-format", "/format", "ieum-market/2"),
    ("unknown-mechanism", "/mechanism", "lottery"),
    ("bad-seed", "/seed", "xyz"),
    ("bad-seed", "/seed", "0ff"),
    ("bad-seed", "/seed", "00 ff"),
    ("bad-seed", "/seed", ""),
    ("bad-seed", "/seed", 7),
    ("unknown-field", "/note", "hello"),
    ("wrong-type", "/applicants", {}),
    ("wrong-type", "/applicants/0", "a"),
    ("wrong-type", "/applicants/0/choices/0", 1),
    ("bad-text", "/applicants/0/id", ""),
    ("bad-text", "/applicants/0/id", "\ud800"),
    ("duplicate-id", "/applicants/1", {"id": "a", "choices": []}),
    ("duplicate-choice", "/applicants/0/choices/1", "x"),
    ("unknown-opening", "/applicants/1/choices/0", "y"),
    ("duplicate-group", "/applicants/0/groups/2", "suseong"),
    ("negative-capacity", "/openings/0/capacity", -1),
    ("wrong-type", "/openings/0/capacity", True),
    ("wrong-type", "/openings/0/capacity", 2.0),
    ("number-out-of-range", "/openings/0/capacity", 2**53),
    ("negative-minimum", "/openings/0/minimum", -1),
    ("negative-places", "/openings/0/reserves/0/places", -1),
    ("negative-quota", "/openings/0/quotas/0/at_most", -1),
    ("unknown-unfilled", "/openings/0/reserves/0/unfilled", "shut"),
    ("reserves-exceed-capacity", "/openings/0/reserves", [{"group": "g", "places": 3, "unfilled": "open"}]),
    ("unknown-kind", "/openings/0/priorities/kind", "dice"),
    ("unknown-applicant", "/openings/0/priorities", strict("a", "nobody")),
    ("duplicate-priority", "/openings/0/priorities", strict("a", "b", "a")),
    ("duplicate-priority", "/openings/0/priorities/tiers/0/1", "a"),
    ("duplicate-group", "/openings/0/ties/1", "near-poor"),
    ("missing-field", "/openings/0/priorities", {}),
]


def spoiled(pointer: str, value: Any) -> Document:
    document = good()
    *path, last = pointer.split("/")[1:]
    here: Any = document
    for step in path:
        here = here[int(step)] if isinstance(here, list) else here[step]
    if isinstance(here, list):
        here[int(last) :] = [value]
    else:
        here[last] = value
    return document


@pytest.mark.parametrize(("code", "pointer", "value"), DEFECTS)
def test_each_defect_has_its_code_its_place_and_both_languages(code: str, pointer: str, value: Any) -> None:
    with pytest.raises(Refusal) as caught:
        parse(spoiled(pointer, value))
    assert (caught.value.code, caught.value.pointer) == (code, pointer)
    assert caught.value.ko.startswith(SENTENCES[code][0])
    assert caught.value.en.startswith(SENTENCES[code][1])


def test_a_missing_field_is_refused_where_it_is_missing() -> None:
    document = good()
    del document["openings"][0]["capacity"]
    with pytest.raises(Refusal, match="missing-field") as caught:
        parse(document)
    assert caught.value.pointer == "/openings/0"


def test_two_openings_of_one_id_are_refused() -> None:
    document = good()
    document["openings"] *= 2
    with pytest.raises(Refusal, match="duplicate-id"):
        parse(document)


def test_quotas_that_overlap_are_refused_only_among_acceptable_applicants() -> None:
    document = good()
    document["applicants"][0]["groups"] = ["suseong", "dalseo"]
    with pytest.raises(Refusal, match="overlapping-quotas") as caught:
        parse(document)
    assert caught.value.pointer == "/openings/0/quotas"
    document["openings"][0]["priorities"] = strict("b")
    assert len(parse(document).openings[0].quotas) == 2


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("bad-json", b"{"),
        ("bad-json", b"\xff"),
        ("bad-json", b'{"capacity": NaN}'),
        ("bad-json", b"[" * 100_000),
        ("duplicate-key", b'{"scores": {"a": 1, "a": 2}}'),
        ("wrong-type", b"[]"),
    ],
)
def test_bytes_that_hold_no_market_are_refused(code: str, data: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        read(data)
    assert caught.value.code == code


def test_every_code_is_reached_by_a_test() -> None:
    elsewhere = {"bad-json", "duplicate-key", "overlapping-quotas"}
    assert {code for code, _, _ in DEFECTS} | elsewhere == set(SENTENCES)


def test_a_good_market_is_read_from_bytes_as_from_a_document() -> None:
    data = json.dumps(good()).encode()
    assert read(data) == read(canonical(good())) == parse(load(data)[0].value)


def test_every_code_stands_in_the_documented_format() -> None:
    page = (Path(__file__).parents[4] / "docs/market-format.md").read_text(encoding="utf-8")
    assert [code for code in SENTENCES if f"| `{code}` |" not in page] == []
