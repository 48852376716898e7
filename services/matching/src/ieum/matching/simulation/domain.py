"""Old rules against new ones, on the same applications with the same lottery. Pure.

Each side judges every application as of the day on which it was submitted, by what is known of the person
now, and clears all of them at once against all places. What a programme gives as places come free (`rolling`)
goes in the order of the applications; where nothing is chosen, whoever may apply is served.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from ieum.common.kernel.dates import korean_date
from ieum.matching.clearing.market import FORMAT, MECHANISM
from ieum.matching.eligibility.domain import decide_eligibility, facts_of
from ieum.matching.fairness.domain import UNKNOWN, age_band, groups_named
from ieum.matching.fairness.suppression import suppress
from ieum.matching.ranking.domain import position_of, priorities, profile_of, rules_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from ieum.common.events.intake import PersonProfile
    from ieum.common.events.programme import Programme
    from ieum.common.service.city_facts import MedianIncome
    from ieum.matching.markets.domain import Application, Opening

Dimension = Literal["all", "age", "district", "sex", "group"]
Ranks = dict[str, int]
"""The rank of the choice obtained, from 1, by application id; who is left out got nothing."""

_DOMAIN = b"ieum simulation\x00"


class Line(BaseModel):
    """One group of applicants: how many there are, and would be better off, worse off, or as before.

    None where the number is from 1 to 4, or would tell one that is.
    """

    model_config = ConfigDict(frozen=True)

    dimension: Dimension
    name: str
    applicants: int | None
    gain: int | None
    lose: int | None
    same: int | None


class Simulated(BaseModel):
    """What changed rules would have changed; by sex only where anybody said theirs."""

    model_config = ConfigDict(frozen=True)

    format: Literal["ieum-simulation/1"] = "ieum-simulation/1"
    programme: str
    old_version: int
    new_version: int
    since: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Past:
    """What really happened: applications, the oldest first, one a person, with what is known of whom."""

    old: Programme
    new: Programme
    since: date
    applications: Sequence[tuple[Application, PersonProfile, str | None]]
    openings: Sequence[Opening]
    medians: Sequence[MedianIncome]
    neighbours: Mapping[str, frozenset[str]]


def seed_of(programme: str, since: date) -> bytes:
    """The lottery of a simulation: anybody who asks the same gets the same answer."""
    return sha256(_DOMAIN + f"{programme}\x00{since.isoformat()}".encode()).digest()


def eligible(past: Past, rules: Programme) -> list[tuple[Application, PersonProfile, str | None]]:
    """The applications that these rules do not turn away."""
    return [
        (one, profile, district)
        for one, profile, district in past.applications
        if not decide_eligibility(
            rules, facts_of(profile, district), korean_date(one.submitted_at), past.medians
        )
    ]


def market(past: Past, rules: Programme) -> dict[str, Any] | None:
    """The market that these rules make, as `ieum-market/1`; None where an application chooses nothing."""
    if not rules.choices.max:
        return None
    positions = {one.id: position_of(one) for one in past.openings}
    counting, weights = frozenset(groups_named(rules.matching)), rules_of(rules)
    scores: dict[str, dict[str, int]] = {str(id_): {} for id_ in positions}
    applicants = []
    admitted = eligible(past, rules)
    for place, (one, profile, district) in enumerate(admitted):
        choices = [choice for choice in one.choices if choice in positions][: rules.choices.max]
        asked = profile_of(profile, district, choices, past.neighbours)
        points = priorities(asked, [positions[choice] for choice in choices], weights)
        if rules.matching.policy == "rolling":
            points = (len(admitted) - place,) * len(choices)
        for choice, score in zip(choices, points, strict=True):
            scores[str(choice)][str(one.id)] = score
        groups = sorted(counting & set(profile.groups))
        applicants.append({"id": str(one.id), "choices": [str(c) for c in choices], "groups": groups})
    return {
        "format": FORMAT,
        "mechanism": MECHANISM,
        "seed": seed_of(past.new.id, past.since).hex(),
        "applicants": applicants,
        "openings": [_opening(one, rules, scores[str(one.id)]) for one in past.openings],
    }


def _opening(opening: Opening, rules: Programme, scores: Mapping[str, int]) -> dict[str, Any]:
    matching, reserves, left = rules.matching, [], opening.capacity
    for reserve in matching.reserves:  # a small opening reserves no more than it has
        kept = min(reserve.places, left)
        left -= kept
        unfilled = "open" if reserve.opens else "empty"
        reserves.append({"group": reserve.group, "places": kept, "unfilled": unfilled})
    return {
        "id": str(opening.id),
        "capacity": opening.capacity,
        "priorities": {"kind": "scores", "scores": dict(scores)},
        "ties": list(matching.ties),
        "reserves": reserves,
        "quotas": [{"group": quota.group, "at_most": quota.at_most} for quota in matching.quotas],
    }


def ranks(past: Past, rules: Programme, result: Mapping[str, Any] | None) -> Ranks:
    """Who got what, by the result of the market; by the rules alone where there is none."""
    if result is None:
        return {str(one.id): 1 for one, _, _ in eligible(past, rules)}
    return {match["applicant"]: match["rank"] for match in result["matches"]}


def compared(past: Past, before: Ranks, after: Ranks) -> Simulated:
    """Who would gain and who would lose, by age band, district, sex and priority group."""
    changes = [_change(before, after, str(one.id)) for one, _, _ in past.applications]
    people = past.applications
    ages = [age_band(profile.birth_date, korean_date(one.submitted_at)) for one, profile, _ in people]
    lines = _lines("all", changes, lambda _: "all")
    lines += _lines("age", changes, ages.__getitem__)
    lines += _lines("district", changes, lambda n: people[n][2] or UNKNOWN)
    if any(profile.sex for _, profile, _ in people):
        lines += _lines("sex", changes, lambda n: people[n][1].sex or UNKNOWN)
    for group in groups_named(past.old.matching, past.new.matching):
        held = [group if group in profile.groups else "" for _, profile, _ in people]
        lines += [line for line in _lines("group", changes, held.__getitem__) if line.name]
    return Simulated(
        programme=past.new.id,
        old_version=past.old.version,
        new_version=past.new.version,
        since=past.since.isoformat(),
        lines=lines,
    )


def _change(before: Ranks, after: Ranks, application: str) -> int:
    """0: gains, 1: loses, 2: as before; a place is better than none, an earlier choice than a later one."""
    nothing = 1_000_000
    old, new = before.get(application, nothing), after.get(application, nothing)
    return 0 if new < old else 1 if new > old else 2


def _lines(dimension: Dimension, changes: Sequence[int], name_of: Callable[[int], str]) -> list[Line]:
    parts: dict[str, list[int]] = {}
    for number, change in enumerate(changes):
        parts.setdefault(name_of(number), [0, 0, 0])[change] += 1
    if not parts:
        return []
    names = sorted(parts)
    masked = suppress([parts[name] for name in names])
    return [
        Line(dimension=dimension, name=name, applicants=total, gain=cells[0], lose=cells[1], same=cells[2])
        for name, total, cells in zip(names, masked.rows, masked.cells, strict=True)
    ]
