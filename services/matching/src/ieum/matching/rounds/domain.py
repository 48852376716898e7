"""The life of a round, and the market it clears, in the open format `ieum-market/1`. Pure.

A round commits to its lottery seed before anything is computed; only a confirmed round makes proposals, and
what was confirmed or sent back stays so: another attempt is another round, with its own line on the log.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from ieum.common.kernel.errors import Refusal
from ieum.matching.clearing.market import FORMAT, MECHANISM

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ieum.common.events.programme import Matching
    from ieum.matching.markets.domain import Application, Opening

State = Literal["opened", "computed", "confirmed", "sent_back"]
Command = Literal["compute", "confirm", "send_back"]

SEED_BYTES = 32

TRANSITIONS: Mapping[tuple[State, Command], State] = {
    ("opened", "compute"): "computed",
    ("computed", "confirm"): "confirmed",
    ("computed", "send_back"): "sent_back",
}

_TARGET: Mapping[Command, State] = {
    "compute": "computed",
    "confirm": "confirmed",
    "send_back": "sent_back",
}

_NOT_NOW = {
    "opened": ("아직 계산되지 않은 회차입니다.", "This round is not computed yet."),
    "computed": ("이미 계산된 회차입니다.", "This round was computed already."),
    "confirmed": ("이미 확정된 회차입니다.", "This round was confirmed already."),
    "sent_back": ("이미 반려된 회차입니다.", "This round was sent back already."),
}


@dataclass(frozen=True, slots=True)
class Round:
    """One clearing of a programme's market; `market` and `result` are the exact bytes of the documents."""

    id: UUID
    programme: str
    state: State
    seed: bytes
    commitment: str
    market: bytes | None
    result: bytes | None
    market_digest: str | None
    result_digest: str | None
    counts: dict[str, int] | None
    opened_by: str
    opened_at: datetime
    computed_at: datetime | None
    decided_by: str | None
    decided_name: str | None
    decided_at: datetime | None
    reason: str | None


def commitment_of(seed: bytes) -> str:
    """SHA-256 of the seed's bytes, in hex: published before the seed, so that it cannot be chosen later."""
    return sha256(seed).hexdigest()


def decide(state: State, command: Command) -> State:
    """The next state; the same state where the command was given before.

    Raises Refusal 409 `round-state` where it does not fit the state.
    """
    if _TARGET[command] == state:
        return state
    following = TRANSITIONS.get((state, command))
    if following is None:
        ko, en = _NOT_NOW[state]
        raise Refusal("round-state", ko=ko, en=en, status=409)
    return following


def asking(
    applications: Sequence[Application], holders: Collection[UUID], offered: Collection[tuple[UUID, UUID]]
) -> list[Application]:
    """Who takes part, with the choices that count.

    Left out are those who hold a place of the programme, and choices that were offered before: a place that
    was declined or expired is not offered to the same person again.
    """
    found = []
    for one in applications:
        pairs = zip(one.choices, one.scores, strict=True)
        kept = [(opening, score) for opening, score in pairs if (one.id, opening) not in offered]
        if kept and one.person not in holders:
            choices, scores = zip(*kept, strict=True)
            found.append(replace(one, choices=choices, scores=scores))
    return found


def groups_that_count(matching: Matching) -> frozenset[str]:
    """The groups that decide anything in a round: only these leave the sealed profile."""
    reserved = (reserve.group for reserve in matching.reserves)
    bounded = (quota.group for quota in matching.quotas)
    return frozenset((*matching.ties, *reserved, *bounded))


def market_document(
    seed: bytes,
    matching: Matching,
    applications: Sequence[Application],
    openings: Sequence[Opening],
    free: Mapping[UUID, int],
    groups: Mapping[UUID, Collection[str]],
) -> dict[str, Any]:
    """The market as `ieum-market/1`: applicants are applications, capacities the free places.

    `groups` are those that count, by application. An opening names those who chose it, each with their score
    there, without the wishes (`ranking.domain.Fit.priority`).
    """
    scores: dict[UUID, dict[str, int]] = {opening.id: {} for opening in openings}
    for one in applications:
        for opening_id, score in zip(one.choices, one.scores, strict=True):
            scores[opening_id][str(one.id)] = score
    return {
        "format": FORMAT,
        "mechanism": MECHANISM,
        "seed": seed.hex(),
        "applicants": [
            {
                "id": str(one.id),
                "choices": [str(opening) for opening in one.choices],
                "groups": sorted(groups.get(one.id, ())),
            }
            for one in applications
        ],
        "openings": [
            _opening(opening.id, matching, free.get(opening.id, 0), scores[opening.id])
            for opening in openings
        ],
    }


def _opening(id_: UUID, matching: Matching, places: int, scores: Mapping[str, int]) -> dict[str, Any]:
    reserves, left = [], places
    for reserve in matching.reserves:  # a small opening reserves no more than it has
        kept = min(reserve.places, left)
        left -= kept
        unfilled = "open" if reserve.opens else "empty"
        reserves.append({"group": reserve.group, "places": kept, "unfilled": unfilled})
    return {
        "id": str(id_),
        "capacity": places,
        "priorities": {"kind": "scores", "scores": dict(scores)},
        "ties": list(matching.ties),
        "reserves": reserves,
        "quotas": [{"group": quota.group, "at_most": quota.at_most} for quota in matching.quotas],
    }
