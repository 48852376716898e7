from __future__ import annotations

import json
from itertools import permutations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ieum.matching.clearing.counterfactual import changed
from ieum.matching.clearing.parsing import parse
from ieum.matching.clearing.result import CLAIMS as SAID
from ieum.matching.clearing.solve import solve
from ieum.matching.clearing.verify import CLAIMS, verify

from .markets import Document, markets
from .oracle import Oracle


def outcome(document: Document) -> dict[str, str]:
    return {match.applicant: match.opening for match in solve(parse(document)).matches}


@given(markets(most_applicants=5, most_openings=3, minimums=False))
@settings(max_examples=120, deadline=None)
def test_the_outcome_is_the_best_stable_one_for_every_applicant(document: Document) -> None:
    oracle, found = Oracle(document), outcome(document)
    stable = list(oracle.stable_matchings())
    assert found in stable
    for other in stable:
        assert all(oracle.rank(who, found) <= oracle.rank(who, other) for who in oracle.people)


@given(markets())
@settings(max_examples=300, deadline=None)
def test_minimums_close_what_clearing_from_scratch_would_close(document: Document) -> None:
    matching, closed = Oracle(document).clear()
    result = solve(parse(document))
    assert list(result.closed) == closed
    assert {match.applicant: match.opening for match in result.matches} == matching


@given(markets())
@settings(max_examples=200, deadline=None)
def test_every_place_is_given_by_the_rules_of_its_opening(document: Document) -> None:
    oracle, held = Oracle(document), {name: {} for name in Oracle(document).openings}
    for match in solve(parse(document)).matches:
        held[match.opening][match.applicant] = match.place
    for name, places in held.items():
        assert len(places) <= oracle.openings[name]["capacity"]
        assert oracle.choose(name, set(places)) == places


@given(markets(most_applicants=4, most_openings=3, minimums=False))
@settings(max_examples=40, deadline=None)
def test_no_applicant_gains_by_ranking_untruthfully(document: Document) -> None:
    oracle, truthful = Oracle(document), outcome(document)
    names = list(oracle.openings)
    for number, person in enumerate(document["applicants"]):
        for length in range(len(names) + 1):
            for lie in permutations(names, length):
                people = [*document["applicants"]]
                people[number] = person | {"choices": list(lie)}
                got = outcome(document | {"applicants": people}).get(person["id"])
                reached = person["choices"].index(got) if got in person["choices"] else len(names)
                assert reached >= min(oracle.rank(person["id"], truthful), len(names))


@given(markets())
@settings(max_examples=300, deadline=None)
def test_what_is_computed_is_verified(document: Document) -> None:
    assert verify(document, json.loads(solve(parse(document)).encode())) == []


@given(markets(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_in_which_applicants_are_listed_changes_nobodys_place(
    document: Document, random: Random
) -> None:
    people = random.sample(document["applicants"], len(document["applicants"]))
    assert outcome(document | {"applicants": people}) == outcome(document)


@given(markets())
@settings(max_examples=40, deadline=None)
def test_the_same_market_gives_the_same_bytes(document: Document) -> None:
    again = json.loads(json.dumps(document))
    assert solve(parse(document)).encode() == solve(parse(again)).encode()


@given(markets(), st.data())
@settings(max_examples=300, deadline=None)
def test_the_nearest_change_places_the_applicant_and_the_next_lesser_move_does_not(
    document: Document, data: st.DataObject
) -> None:
    unmatched = solve(parse(document)).unmatched
    reasons = [
        (who, reason)
        for who, reasons in unmatched.items()
        for reason in reasons
        if reason.nearest is not None
    ]
    if not reasons:
        return
    who, reason = data.draw(st.sampled_from(reasons))
    after = changed(document, who, reason.opening, reason.nearest)
    assert who in outcome(after)
    if reason.nearest.keys() == {"before"}:
        opening = next(one for one in after["openings"] if one["id"] == reason.opening)
        tiers = opening["priorities"]["tiers"]
        here = tiers.index([who])
        tiers[here], tiers[here + 1] = tiers[here + 1], tiers[here]
        assert who not in outcome(after)


def test_solver_and_verifier_know_the_same_claims() -> None:
    assert list(SAID) == CLAIMS
