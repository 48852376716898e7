"""The open format by hand: orders, places, reasons, waiting lists, bytes."""

from __future__ import annotations

import json
from hashlib import sha256
from random import Random

import pytest

from ieum.matching.clearing.canonical import canonical, digest
from ieum.matching.clearing.lottery import draw, line_up, lottery_number
from ieum.matching.clearing.parsing import parse
from ieum.matching.clearing.solve import solve
from ieum.matching.clearing.verify import verify

from .markets import Document, market, strict


def solved(document: Document) -> Document:
    result = json.loads(solve(parse(document)).encode())
    assert verify(document, result) == []
    return result


def reasons(document: Document, who: str) -> list[tuple[str, str, object]]:
    found = next(one for one in solved(document)["unmatched"] if one["applicant"] == who)
    return [(reason["opening"], reason["code"], reason["nearest"]) for reason in found["reasons"]]


def test_a_lottery_number_is_the_head_of_a_digest() -> None:
    """printf '\\x00\\xff\\x00a1' | sha256sum begins with these sixteen digits."""
    assert f"{lottery_number(bytes.fromhex('00ff'), 'a1'):016x}" == "85a158a49d661eca"


def test_tie_groups_are_compared_one_after_another_and_then_the_lottery() -> None:
    people = {name: ["o"] for name in ("both", "first", "second", "none1", "none2", "better")}
    tiers = [["better"], ["none1", "none2", "second", "first", "both"]]
    document = market(
        people,
        {"o": {"priorities": {"kind": "tiers", "tiers": tiers}, "ties": ["g1", "g2"]}},
        g1=["both", "first"],
        g2=["both", "second"],
    )
    cleared = parse(document)
    groups = {one.id: one.groups for one in cleared.applicants}
    line = line_up(cleared.openings[0], groups, draw(cleared), people)
    assert line[:4] == ["better", "both", "first", "second"]
    lots = {name: sha256(bytes.fromhex("00ff") + b"\0" + name.encode()).digest()[:8] for name in people}
    assert line[4:] == sorted(["none1", "none2"], key=lots.__getitem__)


def test_a_reserve_goes_first_and_what_nobody_takes_opens_or_stays_empty() -> None:
    def places(unfilled: str) -> list[tuple[str, str]]:
        reserves = [
            {"group": "youth", "places": 1, "unfilled": unfilled},
            {"group": "near-poor", "places": 1, "unfilled": unfilled},
        ]
        opening = {"capacity": 3, "priorities": strict("a", "b", "c", "d"), "reserves": reserves}
        document = market({name: ["o"] for name in "abcd"}, {"o": opening}, near_poor=["a", "d"])
        return [(match["applicant"], match["place"]) for match in solved(document)["matches"]]

    assert places("open") == [("a", "reserve:near-poor"), ("b", "open"), ("c", "open")]
    assert places("empty") == [("a", "reserve:near-poor"), ("b", "open")]


def test_a_reserved_place_does_not_count_against_the_quota() -> None:
    opening = {
        "capacity": 3,
        "priorities": strict("a", "b", "c", "d"),
        "reserves": [{"group": "suseong", "places": 1, "unfilled": "open"}],
        "quotas": [{"group": "suseong", "at_most": 1}],
    }
    document = market({name: ["o"] for name in "abcd"}, {"o": opening}, suseong=["a", "b", "c"])
    result = solved(document)
    assert {match["applicant"]: match["place"] for match in result["matches"]} == {
        "a": "reserve:suseong",
        "b": "open",
        "d": "open",
    }
    assert reasons(document, "c") == [("o", "quota", {"before": "b"})]


def test_each_reason_names_its_nearest_change() -> None:
    document = market(
        {"a": ["x", "y"], "b": ["x"], "c": ["x", "y", "z", "w"], "d": ["w"]},
        {
            "x": {"priorities": strict("a", "b", "c")},
            "y": {"priorities": strict("a")},
            "z": {"priorities": strict("c"), "minimum": 2},
            "w": {"capacity": 0, "priorities": strict("d", "c")},
        },
    )
    # Before a at x, c has x: a, who has nothing against y, goes there. Named last at y, c has a place
    # nobody took.
    assert reasons(document, "c") == [
        ("x", "outranked", {"before": "a"}),
        ("y", "not-acceptable", {"named": True}),
        ("z", "closed", {"minimum": 1}),
        ("w", "outranked", {"before": "d", "capacity": 1}),
    ]
    assert reasons(document, "b") == [("x", "outranked", {"before": "a"})]
    assert solved(document)["certificate"]["closed"] == [{"opening": "z", "placed": 1}]


def test_the_nearest_change_looks_past_a_chain_that_comes_back() -> None:
    """Before c alone, i would be thrown out again: c takes y from b, and b comes to x before both."""
    document = market(
        {"b": ["y", "x"], "c": ["x", "y"], "i": ["x"]},
        {"x": {"priorities": strict("b", "c", "i")}, "y": {"priorities": strict("c", "b")}},
    )
    assert reasons(document, "i") == [("x", "outranked", {"before": "b"})]


def test_no_change_is_named_that_would_make_quotas_overlap() -> None:
    quotas = [{"group": "suseong", "at_most": 1}, {"group": "dalseo", "at_most": 1}]
    document = market(
        {"a": ["o"]}, {"o": {"priorities": strict(), "quotas": quotas}}, suseong=["a"], dalseo=["a"]
    )
    assert reasons(document, "a") == [("o", "not-acceptable", None)]


def test_of_openings_equally_far_below_their_minimum_the_last_listed_closes() -> None:
    fields = {"capacity": 2, "priorities": strict("a", "b"), "minimum": 2}
    result = solved(market({"a": ["x", "y"], "b": ["y", "x"]}, {"x": fields, "y": fields}))
    assert [(match["applicant"], match["opening"]) for match in result["matches"]] == [("a", "x"), ("b", "x")]
    assert result["certificate"]["closed"] == [{"opening": "y", "placed": 1}]


def test_a_waiting_list_holds_in_order_those_who_like_it_better_than_what_they_got() -> None:
    document = market(
        {"a": ["x", "y"], "b": ["x"], "c": ["x", "y"], "d": ["y", "x"]},
        {"x": {"priorities": strict("c", "b", "a")}, "y": {"capacity": 2, "priorities": strict("a", "d")}},
    )
    assert solved(document)["waitlists"] == [
        {"opening": "x", "applicants": ["b", "a"]},
        {"opening": "y", "applicants": []},
    ]


def test_an_opening_in_nobodys_choices_is_named_and_stays_empty() -> None:
    result = solved(market({"a": []}, {"x": {"priorities": strict("a")}}))
    assert result["certificate"]["nobody_asked"] == ["x"]
    assert result["unmatched"] == [{"applicant": "a", "reasons": []}]


def test_scores_stand_for_tiers() -> None:
    people = {name: ["o"] for name in "abc"}
    scores = {"kind": "scores", "scores": {"a": -5, "b": 87, "c": 3}}
    by_scores = solved(market(people, {"o": {"priorities": scores}}))
    by_tiers = solved(market(people, {"o": {"priorities": strict("b", "c", "a")}}))
    assert by_scores["matches"] == by_tiers["matches"]
    assert by_scores["unmatched"] == by_tiers["unmatched"]


def test_the_certificate_digests_the_market_and_the_rest_of_the_result() -> None:
    document = market({"a": ["x"]}, {"x": {"priorities": strict("a")}})
    result = solved(document)
    certificate = result.pop("certificate")
    plain = json.dumps(document, sort_keys=True, separators=(",", ":")).encode()
    assert certificate["market"] == sha256(plain).hexdigest()
    assert certificate["result"] == digest(result)


def test_canonical_bytes_are_those_of_rfc_8785() -> None:
    """After the sorting example of RFC 8785, section 3.2.3: U+1F600 (two code units) stands before U+FB33."""
    value = {"€": 1, "\r": 2, "\ufb33": 3, "1": True, "\U0001f600": None, "\x80": '\x0f\n"\\/é', "ö": []}
    expected = '{"\\r":2,"1":true,"\x80":"\\u000f\\n\\"\\\\/é","ö":[],"€":1,"\U0001f600":null,"\ufb33":3}'
    assert canonical(value) == expected.encode()


@pytest.mark.parametrize("value", [1.0, [2**53], "\ud800"])
def test_what_rfc_8785_cannot_carry_exactly_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"integer|2\*\*53|surrogates"):
        canonical(value)


def test_a_city_sized_market_is_cleared_and_verified() -> None:
    """2,000 applicants × 10 choices × 300 openings, 1,200 places: all are taken, every line is explained."""
    random = Random(2026)
    openings = [f"o{number}" for number in range(300)]
    choices = {f"a{number}": random.sample(openings, 10) for number in range(2000)}
    asking: dict[str, dict[str, int]] = {name: {} for name in openings}
    for who, wishes in choices.items():
        for name in wishes:
            asking[name][who] = random.randint(0, 20)
    rules = {
        "capacity": 4,
        "reserves": [{"group": "near-poor", "places": 1, "unfilled": "open"}],
        "quotas": [{"group": "suseong", "at_most": 2}],
    }
    fields = {
        name: rules | {"priorities": {"kind": "scores", "scores": scores}} for name, scores in asking.items()
    }
    groups = {"near_poor": list(choices)[::5], "suseong": list(choices)[::3]}
    result = solved(market(choices, fields, **groups))
    assert len(result["matches"]) == 1200
    assert len(result["unmatched"]) == 800
