"""Two implementations that share nothing, kernel and verifier, on thousands of markets; and extremes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ieum.matching.clearing.canonical import LARGEST, canonical
from ieum.matching.clearing.counterfactual import changed
from ieum.matching.clearing.parsing import parse
from ieum.matching.clearing.solve import solve
from ieum.matching.clearing.verify import verify

from .markets import Document, market, strict
from .random_markets import random_market


@pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.long)])
def test_two_implementations_agree(count: int) -> None:
    """Places, waiting lists, reasons and the nearest changes: the verifier works all of it out again."""
    for seed in range(count):
        document = random_market(seed)
        problems = verify(document, solve(parse(document)).document())
        assert problems == [], f"seed {seed}"


@pytest.mark.parametrize("count", [300, pytest.param(10_000, marks=pytest.mark.long)])
def test_the_change_that_an_explanation_names_places_the_refused(count: int) -> None:
    """Of each refused applicant one reason, in turn: make its change, clear again."""
    refused = seed = 0
    while refused < count:
        document = random_market(seed)
        for number, (who, reasons) in enumerate(solve(parse(document)).unmatched.items()):
            named = [reason for reason in reasons if reason.nearest is not None]
            if not named:
                continue
            reason = named[(seed + number) % len(named)]
            again = solve(parse(changed(document, who, reason.opening, reason.nearest or {})))
            assert who in {match.applicant for match in again.matches}, (seed, who, reason)
            refused += 1
        seed += 1


def _whole(document: Document) -> Document:
    found = solve(parse(document)).document()
    assert verify(document, found) == []
    return found


def test_how_far_scores_lie_apart_makes_no_difference() -> None:
    """The widest ones do not fit into one number with the opening, the ties and the lottery."""
    wide = {0: -LARGEST, 1: -1, 2: 0, 3: LARGEST}
    for seed in range(300):
        document = random_market(seed)
        narrow = solve(parse(document)).outcome()
        for opening in document["openings"]:
            scores = opening["priorities"]["scores"]
            scores |= {name: wide[score] for name, score in scores.items()}
        found = solve(parse(document))
        assert found.outcome() == narrow, f"seed {seed}"
        assert verify(document, found.document()) == [], f"seed {seed}"


def test_nobody_nothing_and_more_places_than_people() -> None:
    assert _whole(market({}, {}))["matches"] == []
    assert _whole(market({}, {"o": {"priorities": strict()}}))["certificate"]["nobody_asked"] == ["o"]
    assert _whole(market({"a": []}, {}))["unmatched"] == [{"applicant": "a", "reasons": []}]
    huge = {"capacity": 2**53 - 1, "priorities": strict("a", "b")}
    found = _whole(market({"a": ["o"], "b": ["o"]}, {"o": huge}))
    assert len(found["matches"]) == 2


def test_more_groups_than_fit_into_a_word() -> None:
    """Ties, reserves and quotas over two hundred groups, one opening each."""
    people = [f"a{number}" for number in range(200)]
    openings = {
        f"o{number}": {
            "capacity": 2,
            "priorities": {"kind": "tiers", "tiers": [people]},
            "ties": [f"g{number}"],
            "reserves": [{"group": f"h{number}", "places": 1}],
            "quotas": [{"group": f"k{number}", "at_most": 1}],
        }
        for number in range(70)
    }
    groups = {
        f"{kind}{number}": [people[number], people[-1 - number]] for number in range(70) for kind in "ghk"
    }
    choices = {name: [f"o{(number + step) % 70}" for step in range(4)] for number, name in enumerate(people)}
    assert len(_whole(market(choices, openings, **groups))["matches"]) == 140


def test_seventy_tie_groups_at_one_opening() -> None:
    people = [f"a{number}" for number in range(71)]
    groups = {f"g{number}": [people[70 - number]] for number in range(70)}
    opening = {"priorities": {"kind": "tiers", "tiers": [people]}, "ties": list(groups)}
    found = _whole(market({name: ["o"] for name in people}, {"o": opening}, **groups))
    assert [one["applicant"] for one in found["matches"]] == ["a70"], "who is in the first group of all"


def test_the_same_market_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "market.json"
    path.write_bytes(canonical(random_market(3)))
    command = "import sys; from ieum.matching.clearing.parsing import read; "
    command += "from ieum.matching.clearing.solve import solve; "
    command += "sys.stdout.buffer.write(solve(read(open(sys.argv[1], 'rb').read())).encode())"
    seen = {
        subprocess.run(
            [sys.executable, "-c", command, path], env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True, check=True,
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert seen == {solve(parse(random_market(3))).encode()}
