"""Random markets by seed, larger and denser than the drawn ones: thousands of them run in a minute."""

from __future__ import annotations

from random import Random

from .markets import FREE_GROUPS, QUOTA_GROUPS, Document


def random_market(seed: int, *, minimums: bool = True) -> Document:
    """Up to 14 applicants and 6 openings, all rules of the format mixed."""
    chance = Random(seed)
    openings = [f"o{number}" for number in range(chance.randint(1, 6))]
    applicants = [_applicant(chance, f"a{number}", openings) for number in range(chance.randint(1, 14))]
    return {
        "format": "ieum-market/1",
        "mechanism": "deferred-acceptance",
        "seed": f"{chance.getrandbits(64):016x}",
        "applicants": applicants,
        "openings": [_opening(chance, name, applicants, minimums=minimums) for name in openings],
    }


def _applicant(chance: Random, name: str, openings: list[str]) -> Document:
    groups = [group for group in FREE_GROUPS if chance.random() < 0.4]
    groups += [chance.choice(QUOTA_GROUPS)] if chance.random() < 0.6 else []
    choices = chance.sample(openings, chance.randint(0, len(openings)))
    return {"id": name, "choices": choices, "groups": groups}


def _opening(chance: Random, name: str, applicants: list[Document], *, minimums: bool) -> Document:
    capacity = left = chance.randint(0, 4)
    groups = [*FREE_GROUPS, *QUOTA_GROUPS]
    reserves = []
    for group in chance.sample(groups, chance.randint(0, 3)):
        places = chance.randint(0, left)
        left -= places
        reserves.append({"group": group, "places": places, "unfilled": chance.choice(["open", "empty"])})
    named = [one["id"] for one in applicants if chance.random() < 0.85]
    quotas = chance.sample(QUOTA_GROUPS, chance.randint(0, 2))
    return {
        "id": name,
        "capacity": capacity,
        "priorities": {"kind": "scores", "scores": {one: chance.randint(0, 3) for one in named}},
        "ties": chance.sample(groups, chance.randint(0, 3)),
        "reserves": reserves,
        "quotas": [{"group": group, "at_most": chance.randint(0, 2)} for group in quotas],
        "minimum": chance.randint(0, 3) if minimums and chance.random() < 0.3 else 0,
    }
