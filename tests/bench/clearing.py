"""Clearing: the kernel on arrays, how it grows, and beside the `matching` library on the same market."""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matching.games import HospitalResident

from ieum.matching.clearing.board import Board, rules_for, start
from ieum.matching.clearing.kernel import NOT_ACCEPTABLE, Rules, settle_all
from ieum.matching.clearing.market import Opening, Quota, Reserve
from ieum.matching.clearing.parsing import read
from ieum.matching.clearing.solve import solve

from . import plot
from .report import Figure

if TYPE_CHECKING:
    from numpy.typing import NDArray

GROUPS = {"near-poor": 0, "youth": 1, "suseong": 2, "dalseo": 3}
CURVE = (10_000, 30_000, 100_000, 300_000, 1_000_000)
PLOT = Path(__file__).parents[2] / "docs/clearing.svg"
RESIDENTS, HOSPITALS, PLACES = 4_000, 200, 18
CHOICES, MOST_CHOICES = 10, 50
"""As many as most make, and the longest list that a programme may allow."""


def measure(rounds: int) -> list[Figure]:
    """The kernel's figures, each the median of so many runs after the one that compiles."""
    settle(_market(1_000, 10, 50, 600))
    city = _median(_market(100_000, 10, 5_000, 60_000), rounds)
    nation = _median(_market(1_000_000, 20, 20_000, 600_000, plain=True), rounds)
    reserved = _median(_market(1_000_000, 20, 20_000, 600_000), rounds)
    curve = {n: round(_median(_market(n, 10, n // 20, n * 6 // 10), rounds), 4) for n in CURVE}
    PLOT.write_text(
        plot.curve(curve, "Clearing", "applicants, ten choices each, twenty to an opening", "seconds"),
        encoding="utf-8",
    )
    return [
        Figure("clearing-city", city, {}),
        Figure("clearing-nation", nation, {"with_reserves_and_quotas": round(reserved, 2)}),
        Figure("clearing-growth", _growth(curve), {"seconds": {f"{n:,}": s for n, s in curve.items()}}),
        _beside_a_library(rounds),
    ]


def settle(rules: Rules) -> float:
    """The seconds that one clearing takes."""
    memory, closed = start(rules), np.zeros(len(rules.room), np.bool_)
    began = time.perf_counter()
    settle_all(rules, memory, closed, rules.first)
    return time.perf_counter() - began


def _median(rules: Rules, rounds: int) -> float:
    return statistics.median(settle(rules) for _ in range(rounds))


def _growth(curve: dict[int, float]) -> float:
    """The power of the number of choices by which the time grows from one end of the curve to the other."""
    (least, shortest), *_, (most, longest) = curve.items()
    return float(np.log(longest / shortest) / np.log(most / least))


def _market(applicants: int, choices: int, openings: int, places: int, *, plain: bool = False) -> Rules:
    """Choices and priorities by chance, 101 levels and a lottery; two reserves and a quota at each."""
    chance = np.random.default_rng(1)
    opening = _choices(chance, applicants, choices, openings)
    level = chance.integers(0, 101, len(opening)) * applicants + np.repeat(
        chance.permutation(applicants), choices + 1
    )
    asked = np.flatnonzero(opening >= 0)
    order = asked[np.lexsort((level[asked], opening[asked]))]
    line = np.searchsorted(opening[order], np.arange(openings))
    key = np.full(len(opening), NOT_ACCEPTABLE, np.int32)
    key[order] = 2 * (np.arange(1, len(order) + 1) - line[opening[order]])
    each = places // openings
    reserves = (Reserve("near-poor", each // 6, opens=True), Reserve("youth", 1, opens=True))
    quotas = (Quota("suseong", each // 2),)
    one = Opening("o", each, {}, (), () if plain else reserves, () if plain else quotas, minimum=0)
    return rules_for(
        [one] * openings,
        GROUPS,
        first=np.arange(applicants, dtype=np.int64) * (choices + 1),
        who=np.repeat(np.arange(applicants, dtype=np.int32), choices + 1),
        groups=_groups(chance, applicants),
        opening=opening,
        key=key,
    )


def _choices(chance: np.random.Generator, applicants: int, choices: int, openings: int) -> NDArray[np.int32]:
    """Different openings for each, in any order, and an end after them."""
    drawn = np.sort(chance.integers(0, openings, (applicants, choices), dtype=np.int32), axis=1)
    while (twice := np.diff(drawn, axis=1, prepend=-1) == 0).any():
        drawn[twice] = chance.integers(0, openings, twice.sum(), dtype=np.int32)
        drawn.sort(axis=1)
    ends = np.full((applicants, 1), -1, np.int32)
    return np.concatenate([chance.permuted(drawn, axis=1), ends], axis=1).ravel()


def _groups(chance: np.random.Generator, applicants: int) -> NDArray[np.uint64]:
    living = chance.random(applicants)
    found = (chance.random(applicants) < 0.2) * 1 + (chance.random(applicants) < 0.2) * 2
    found += np.where(living < 0.3, 4, np.where(living < 0.6, 8, 0))
    return found.astype(np.uint64).reshape(-1, 1)


def _beside_a_library(rounds: int) -> Figure:
    """How many times as long `matching` takes from lists to places, as it is used."""
    ratio, parts = _times(CHOICES, rounds)
    longest, _ = _times(MOST_CHOICES, rounds)
    twice = Board(read(json.dumps(_document(2 * RESIDENTS, CHOICES)).encode()))
    parts |= {f"ratio_at_{MOST_CHOICES}_choices": longest, "ours_at_twice_as_many_s": settle(twice.rules)}
    return Figure("clearing-library", ratio, {name: round(value, 4) for name, value in parts.items()})


def _times(choices: int, rounds: int) -> tuple[float, dict[str, float]]:
    document = _document(RESIDENTS, choices)
    placed, theirs = _theirs(document)
    market = read(json.dumps(document).encode())
    assert placed == {one.applicant: one.opening for one in solve(market).matches}, "both find the same"
    ours = _median(Board(market).rules, rounds)
    began = time.perf_counter()
    settle(Board(read(json.dumps(document).encode())).rules)
    whole = time.perf_counter() - began
    return theirs / ours, {"theirs_s": theirs, "ours_s": ours, "ours_from_json_s": whole}


def _theirs(document: dict[str, Any]) -> tuple[dict[str, str], float]:
    """Who is placed where, and the seconds of solving; it copies by recursion, so it gets a deep stack."""
    residents = {one["id"]: list(one["choices"]) for one in document["applicants"]}
    scores = {one["id"]: one["priorities"]["scores"] for one in document["openings"]}
    hospitals = {name: sorted(those, key=those.__getitem__, reverse=True) for name, those in scores.items()}
    capacities = {one["id"]: one["capacity"] for one in document["openings"]}
    found: list[tuple[dict[str, str], float]] = []

    def run() -> None:
        began = time.perf_counter()
        game = HospitalResident.create_from_dictionaries(residents, hospitals, capacities)
        solved = game.solve(optimal="resident")
        seconds = time.perf_counter() - began
        found.append(({str(who): str(where) for where, those in solved.items() for who in those}, seconds))

    sys.setrecursionlimit(1_000_000)
    threading.stack_size(1 << 30)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def _document(residents: int, choices: int) -> dict[str, Any]:
    """A market without equals, which the library does not know."""
    chance = np.random.default_rng(2)
    chosen = _choices(chance, residents, choices, HOSPITALS).reshape(residents, -1)[:, :-1].tolist()
    applicants = [
        {"id": f"a{who}", "choices": [f"o{n}" for n in wish], "groups": []} for who, wish in enumerate(chosen)
    ]
    scores: dict[int, dict[str, int]] = {n: {} for n in range(HOSPITALS)}
    for who in chance.permutation(residents).tolist():
        for n in chosen[who]:
            scores[n][f"a{who}"] = -len(scores[n])
    openings = [
        {"id": f"o{n}", "capacity": PLACES, "priorities": {"kind": "scores", "scores": those}}
        for n, those in scores.items()
    ]
    return {
        "format": "ieum-market/1", "mechanism": "deferred-acceptance", "seed": "00ff",
        "applicants": applicants, "openings": openings,
    }  # fmt: skip
