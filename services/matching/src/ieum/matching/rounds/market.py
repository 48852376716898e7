"""The market that a round clears, in the open format `ieum-market/1`, and that of a refill. Pure.

Applicants stand in it under random ids, made for this round alone.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from ieum.matching.clearing.market import FORMAT, MECHANISM

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from uuid import UUID

    from ieum.common.events.programme import Matching
    from ieum.matching.markets.domain import Asking, Opening

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a place: of which kind (`open`, `reserve:<group>`), and of which groups that count."""

    opening: UUID
    place: str | None
    groups: Collection[str]


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of the programme's rules at one opening."""

    reserved: Mapping[str, int]
    at_most: Mapping[str, int]


def asking(
    applications: Sequence[Asking], holders: Collection[UUID], offered: Collection[tuple[UUID, UUID]]
) -> list[Asking]:
    """Who takes part, with the choices that count.

    Left out are those who hold a place of the programme, and choices that were offered before: a place that
    was declined or expired is not offered to the same person again.
    """
    before = {application for application, _ in offered}
    found = []
    for one in applications:
        if one.person in holders or not one.choices:
            continue
        if one.id not in before:
            found.append(one)
            continue
        pairs = zip(one.choices, one.scores, strict=True)
        kept = [(opening, score) for opening, score in pairs if (one.id, opening) not in offered]
        if kept:
            choices, scores = zip(*kept, strict=True)
            found.append(replace(one, choices=choices, scores=scores))
    return found


def groups_that_count(matching: Matching) -> frozenset[str]:
    """The groups that decide anything in a round: only these leave the sealed profile."""
    reserved = (reserve.group for reserve in matching.reserves)
    bounded = (quota.group for quota in matching.quotas)
    return frozenset((*matching.ties, *reserved, *bounded))


def left_of(matching: Matching, holders: Iterable[Holder]) -> dict[UUID, Left]:
    """What those who hold places have used up, by opening; who holds a reserved one counts for no quota."""
    reserved: dict[UUID, Counter[str]] = {}
    bounded: dict[UUID, Counter[str]] = {}
    for one in holders:
        group = (one.place or "open").removeprefix("reserve:")
        if group != "open":
            reserved.setdefault(one.opening, Counter())[group] += 1
        else:
            bounded.setdefault(one.opening, Counter()).update(one.groups)
    return {
        opening: Left(
            {
                r.group: max(r.places - reserved.get(opening, Counter())[r.group], 0)
                for r in matching.reserves
            },
            {q.group: max(q.at_most - bounded.get(opening, Counter())[q.group], 0) for q in matching.quotas},
        )
        for opening in reserved.keys() | bounded.keys()
    }


def frozen_market(
    matching: Matching,
    applications: Sequence[Asking],
    names: Mapping[UUID, str],
    openings: Sequence[Opening],
    free: Mapping[UUID, int],
    groups: Mapping[UUID, Collection[str]],
    left: Mapping[UUID, Left],
) -> Document:
    """The market without its seed, for `canonical.plain`.

    Applicants stand by `names` (hexadecimal), as their applications have them; openings with the free places.
    `groups` are those that count, by application. An opening names those who chose it, each with their score
    there, without the wishes (`ranking.domain.Fit.priority`, `interviews.domain.priority`). Applicants stand
    in the order of their random ids, so that their place tells nothing of when they applied.
    """
    # Written at once: a million scores as values would take longer than all the rest of the closing.
    scores: dict[UUID, tuple[str, list[str]]] = {one.id: (str(one.id), []) for one in openings}
    applicants = []
    for one in sorted(applications, key=lambda one: names[one.id]):
        choices, name = [], names[one.id]
        for opening_id, score in zip(one.choices, one.scores, strict=True):
            opening, written = scores.get(opening_id) or (str(opening_id), [])
            choices.append(opening)
            if score is not None:
                written.append(f'"{name}":{score}')
        applicants.append({"id": name, "choices": choices, "groups": sorted(groups.get(one.id, ()))})
    return {
        "format": FORMAT,
        "mechanism": MECHANISM,
        "applicants": applicants,
        "openings": [
            _opening(one.id, matching, free.get(one.id, 0), _written(scores[one.id][1]), left.get(one.id))
            for one in openings
        ],
    }


def with_seed(frozen: bytes, seed: bytes) -> bytes:
    """The bytes of a frozen market with its seed, which in RFC 8785's order stands behind all the rest."""
    return frozen[:-1] + b',"seed":"' + seed.hex().encode() + b'"}'


def refill_market(
    market: Document,
    matching: Matching,
    still: Collection[str],
    offered: Collection[tuple[str, str]],
    free: Mapping[UUID, int],
    left: Mapping[UUID, Left],
    openings: Sequence[Opening],
) -> Document:
    """A round's market again: the places free now, those who `still` want one, without pairs `offered`.

    The seed, the ids, the choices, the groups and the scores are those of the round.
    """
    applicants = [
        one | {"choices": [opening for opening in one["choices"] if (one["id"], opening) not in offered]}
        for one in market["applicants"]
        if one["id"] in still
    ]
    asked = {(one["id"], opening) for one in applicants for opening in one["choices"]}
    rules = {one["id"]: one["priorities"]["scores"] for one in market["openings"]}
    return market | {
        "applicants": [one for one in applicants if one["choices"]],
        "openings": [
            _opening(
                one.id,
                matching,
                free.get(one.id, 0),
                {name: score for name, score in rules[str(one.id)].items() if (name, str(one.id)) in asked},
                left.get(one.id),
            )
            for one in openings
            if str(one.id) in rules
        ],
    }


def _written(members: Sequence[str]) -> orjson.Fragment:
    return orjson.Fragment("{" + ",".join(members) + "}")


def _opening(
    id_: UUID, matching: Matching, places: int, scores: dict[str, int] | orjson.Fragment, left: Left | None
) -> Document:
    reserves, unreserved = [], places
    for reserve in matching.reserves:  # a small opening reserves no more than it has
        kept = min(left.reserved[reserve.group] if left else reserve.places, unreserved)
        unreserved -= kept
        unfilled = "open" if reserve.opens else "empty"
        reserves.append({"group": reserve.group, "places": kept, "unfilled": unfilled})
    return {
        "id": str(id_),
        "capacity": places,
        "priorities": {"kind": "scores", "scores": scores},
        "ties": list(matching.ties),
        "reserves": reserves,
        "quotas": [
            {"group": quota.group, "at_most": left.at_most[quota.group] if left else quota.at_most}
            for quota in matching.quotas
        ],
    }


def sizes(market: Document) -> dict[str, int]:
    """How many applicants, openings and places."""
    return {
        "applicants": len(market["applicants"]),
        "openings": len(market["openings"]),
        "places": sum(opening["capacity"] for opening in market["openings"]),
    }
