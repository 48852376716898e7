"""A round's life, its market in the open format, and the sentences for those who got nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.events.programme import Quota, Reserve
from ieum.common.kernel.errors import Refusal
from ieum.matching.clearing.canonical import canonical, plain
from ieum.matching.clearing.parsing import parse
from ieum.matching.clearing.solve import solve
from ieum.matching.clearing.verify import verify
from ieum.matching.markets.domain import Application, Opening
from ieum.matching.rounds.computing import clear
from ieum.matching.rounds.domain import REPEATED, TRANSITIONS, decide
from ieum.matching.rounds.lines import Tree, leads_to, lines_of
from ieum.matching.rounds.lottery import commitment_of
from ieum.matching.rounds.market import Holder, asking, frozen_market, groups_that_count, left_of, with_seed
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
    groups, left = rules.pop("groups", {}), rules.pop("left", {})
    names = {one.id: str(one.id) for one in applications}
    matching = definition(**rules).matching
    frozen = frozen_market(matching, applications, names, openings, free, groups, left)
    return json.loads(with_seed(plain(frozen), SEED))


STATES = ("opened", "closed", "computed", "confirmed", "sent_back", "ended")


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", REPEATED)
def test_only_the_table_says_what_becomes_of_a_round(state, command) -> None:
    """Again, a command changes nothing: only after it stands in some way to where the round is."""
    if state in REPEATED[command]:
        assert decide(state, command) == state
    elif (state, command) in TRANSITIONS:
        assert decide(state, command) == TRANSITIONS[state, command]
    else:
        with pytest.raises(Refusal) as refused:
            decide(state, command)
        assert refused.value.status == 409


def test_a_repeated_command_is_one_whose_step_led_to_the_state() -> None:
    follows = {state: {state} for state in STATES}
    for _ in STATES:
        for (begin, _), end in TRANSITIONS.items():
            follows[begin] |= follows[end]
    for command, states in REPEATED.items():
        for state in states:
            assert any(state in follows[end] for (_, one), end in TRANSITIONS.items() if one == command)


def test_the_commitment_is_the_digest_of_the_part() -> None:
    assert commitment_of(SEED) == sha256(SEED).hexdigest()


def test_what_holders_use_up_is_left_out_of_reserves_and_quotas() -> None:
    rules = {
        "reserves": (Reserve(group="near-poor", places=2), Reserve(group="disabled", places=1, opens=False)),
        "quotas": (Quota(group="employed", at_most=2),),
    }
    o1, o2 = uid("o1"), uid("o2")
    holders = [
        Holder(o1, "reserve:near-poor", ("near-poor", "employed")),
        Holder(o1, "open", ("employed",)),
        Holder(o2, None, ("near-poor",)),
    ]
    left = left_of(definition(**rules).matching, holders)
    assert left[o1].reserved == {"near-poor": 1, "disabled": 1}
    assert left[o1].at_most == {"employed": 1}, "who holds a reserved place counts for no quota"
    assert left[o2].reserved == {"near-poor": 2, "disabled": 1}
    made = document([application("a", o1=1)], [opening("o1", 3)], left=left, **rules)
    parse(made)
    assert [one["places"] for one in made["openings"][0]["reserves"]] == [1, 1]
    assert made["openings"][0]["quotas"] == [{"group": "employed", "at_most": 1}]


@given(st.integers(min_value=1, max_value=70), st.data())
def test_every_line_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    lines = [f"line {number}".encode() for number in range(size)]
    root, index = Tree(lines).root, data.draw(st.integers(min_value=0, max_value=size - 1))
    proof = Tree(lines).proof(index)
    assert leads_to(root, lines[index], index, size, proof)
    assert not leads_to(root, b"another", index, size, proof)
    assert not leads_to(root, lines[index], index, size, [*proof, root])
    if size > 1:
        assert not leads_to(root, lines[index], (index + 1) % size, size, proof)
        assert not leads_to(root, lines[index], index, size, proof[1:])


def test_everybody_has_one_line_of_what_the_result_says() -> None:
    applications = [application(name, o1=500) for name in "abc"]
    result = solve(parse(document(applications, [opening("o1")]))).outcome()
    lines = [json.loads(line) for line in lines_of("00", result).values()]
    assert [one["applicant"] for one in lines] == sorted(str(one.id) for one in applications)
    assert sum(one["match"] is not None for one in lines) == 1
    assert {one["market"] for one in lines} == {"00"}


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
        "배정 점수(희망 순위 제외)는 500점이며, 배정된 분의 가장 낮은 점수는 500점입니다. "
        "점수가 같은 분들 사이의 순서는 동점자 기준과 추첨으로 정해졌습니다. 대기 순번은 1번입니다."
    )
    assert len(told.en) == len(told.ko)
    assert UUID(unmatched[0]["reasons"][0]["opening"]) == uid("o1")
