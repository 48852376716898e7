"""A round's life, its market in the open format, and the sentences for those who got nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from ieum.common.events.programme import Quota, Reserve
from ieum.common.kernel.errors import Refusal
from ieum.matching.clearing.canonical import canonical
from ieum.matching.clearing.parsing import parse
from ieum.matching.clearing.solve import solve
from ieum.matching.clearing.verify import verify
from ieum.matching.markets.domain import Application, Opening
from ieum.matching.rounds.computing import clear
from ieum.matching.rounds.domain import (
    TRANSITIONS,
    asking,
    commitment_of,
    decide,
    groups_that_count,
    market_document,
)
from ieum.matching.rounds.sentences import Outcome, not_placed

from .facts import AT, PROGRAMME, definition, uid

SEED = bytes(range(32))
AT_ALL = datetime(2022, 3, 5, tzinfo=UTC)


def opening(name: str, capacity: int = 1) -> Opening:
    return Opening(
        uid(name), PROGRAMME, uid(f"firm {name}"), name, f"{name} 일경험", capacity, "27110", "디자인", (), 1
    )


def application(name: str, **scores: int) -> Application:
    choices = tuple(uid(opening_name) for opening_name in scores)
    made = Application(uid(f"application {name}"), uid(name), PROGRAMME, 1, choices, AT, "ranked", 1)
    return replace(made, scores=tuple(scores.values()))


def document(applications: list[Application], openings: list[Opening], **rules: Any) -> dict[str, Any]:
    free = {one.id: one.capacity for one in openings}
    groups = rules.pop("groups", {})
    return market_document(SEED, definition(**rules).matching, applications, openings, free, groups)


@pytest.mark.parametrize("state", ["opened", "computed", "confirmed", "sent_back"])
@pytest.mark.parametrize(
    ("command", "target"), [("compute", "computed"), ("confirm", "confirmed"), ("send_back", "sent_back")]
)
def test_only_the_table_says_what_becomes_of_a_round(state, command, target) -> None:
    if state == target or (state, command) in TRANSITIONS:
        assert decide(state, command) == target
    else:
        with pytest.raises(Refusal) as refused:
            decide(state, command)
        assert refused.value.status == 409


def test_the_commitment_is_the_digest_of_the_seed() -> None:
    assert commitment_of(SEED) == sha256(SEED).hexdigest()


def test_the_market_is_one_that_the_format_accepts_and_scores_decide() -> None:
    """a and b both want o1 first; b has more points there, so a gets the second choice."""
    applications = [application("a", o1=600, o2=500), application("b", o1=700)]
    market = parse(document(applications, [opening("o1"), opening("o2")]))
    matches = {match.applicant: (match.opening, match.rank) for match in solve(market).matches}
    a, b = (str(one.id) for one in applications)
    assert matches == {a: (str(uid("o2")), 2), b: (str(uid("o1")), 1)}


def test_reserves_never_exceed_the_places_of_a_small_opening() -> None:
    rules = {
        "reserves": (Reserve(group="near-poor", places=2), Reserve(group="disabled", places=2, opens=False)),
        "quotas": (Quota(group="employed", at_most=1),),
        "ties": ("near-poor",),
    }
    made = document([application("a", o1=1)], [opening("o1", 3)], **rules)
    parse(made)
    assert made["openings"][0]["reserves"] == [
        {"group": "near-poor", "places": 2, "unfilled": "open"},
        {"group": "disabled", "places": 1, "unfilled": "empty"},
    ]
    assert groups_that_count(definition(**rules).matching) == {"near-poor", "disabled", "employed"}
    assert groups_that_count(definition().matching) == frozenset()


def test_who_holds_a_place_and_what_was_offered_before_stay_out() -> None:
    a, b, c = application("a", o1=5, o2=4), application("b", o1=3), application("c", o1=2)
    found = asking([a, b, c], {b.person}, {(a.id, uid("o1")), (c.id, uid("o1"))})
    assert [(one.id, one.choices, one.scores) for one in found] == [(a.id, (uid("o2"),), (4,))]


def test_what_is_computed_is_verified_and_the_same_again() -> None:
    applications = [application(name, o1=500, o2=400) for name in "abcd"]
    market = canonical(document(applications, [opening("o1"), opening("o2")]))
    first, second = clear(market), clear(market)
    assert first.matched == 2
    assert verify(json.loads(market), json.loads(first.result)) == []
    assert first == second
    assert first.market_digest == sha256(market).hexdigest()


def test_the_sentences_name_scores_lottery_and_waiting_number() -> None:
    """b and c tie at 500 below a's 700: the loser is told of score, lottery and waiting number."""
    applications = [application("a", o1=700), application("b", o1=500), application("c", o1=500)]
    openings = {uid("o1"): opening("o1", 2)}
    made = document(applications, list(openings.values()))
    result = solve(parse(made)).document()
    outcome = Outcome(made, result)
    unmatched: Any = result["unmatched"]
    loser = next(one for one in applications if str(one.id) == unmatched[0]["applicant"])
    told = not_placed(
        outcome,
        str(loser.id),
        unmatched[0]["reasons"],
        openings,
        {uid("firm o1"): "달구벌디자인(가상)"},
        {uid("o1"): 1},
        loser.choices,
    )
    first, second = told.ko
    assert first == "이번 회차에서는 배정된 자리가 없습니다."
    assert second == (
        "1지망 달구벌디자인(가상)의 ‘o1 일경험’: 2자리가 순서가 앞선 분들께 배정되었습니다. "
        "받으신 점수는 500점이며, 배정된 분의 가장 낮은 점수는 500점입니다. "
        "점수가 같은 분들 사이의 순서는 동점자 기준과 추첨으로 정해졌습니다. 대기 순번은 1번입니다."
    )
    assert len(told.en) == len(told.ko)
    assert UUID(unmatched[0]["reasons"][0]["opening"]) == uid("o1")
