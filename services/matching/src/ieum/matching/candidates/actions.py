"""Who chose an opening, best first, under numbers that mean nothing elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.matching.candidates import store
from ieum.matching.candidates.domain import Candidate, factors, shared
from ieum.matching.markets import actions as markets
from ieum.matching.ranking.domain import Scorer, position_of, profile_of, rules_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.common.web import Principal
    from ieum.matching.markets.domain import Asking, Opening
    from ieum.matching.ranking.domain import Neighbours

    Ranked = tuple[Asking, int]


async def opening(tx: Tx, principal: Principal, id_: UUID) -> Opening:
    """An opening that is theirs to fill: their own workplace's, or of a programme that their agency runs.

    Raises Refusal 404 `unknown-opening`.
    """
    found = (await markets.openings(tx, [id_])).get(id_)
    if found is None or not await is_theirs(tx, principal, found):
        raise Refusal(
            "unknown-opening",
            ko="해당 자리를 찾을 수 없습니다.",
            en="There is no such opening.",
            status=404,
        )
    return found


async def is_theirs(tx: Tx, principal: Principal, opening: Opening) -> bool:
    """Whether somebody fills this opening, or runs its programme."""
    if "staff" in principal.roles:
        return await markets.is_run_by(tx, opening.programme, principal.agency)
    return principal.agency == str(opening.organisation)


async def ranked(tx: Tx, opening: Opening) -> list[Ranked]:
    """The live applications that chose an opening, with their points there, best first."""
    chosen = [
        (one, score)
        for one in await markets.live(tx, opening.programme)
        for choice, score in zip(one.choices, one.scores, strict=True)
        if choice == opening.id and score is not None
    ]
    return sorted(chosen, key=lambda pair: (-pair[1], pair[0].id))


async def candidates(
    tx: Tx, opening: Opening, first: int, most: int, neighbours: Neighbours
) -> tuple[list[Candidate], int]:
    """So many of them from a place on (0: the best), with reasons; and how many there are.

    `neighbours`: the districts beside each (`City.neighbours`).
    """
    everybody = await ranked(tx, opening)
    some = everybody[first : first + most]
    numbers = await store.numbers(tx, opening.id, [one.id for one, _ in some])
    return await _explained(tx, opening, some, numbers, first + 1, neighbours), len(everybody)


async def _explained(
    tx: Tx,
    opening: Opening,
    some: Sequence[Ranked],
    numbers: dict[UUID, UUID],
    first: int,
    neighbours: Neighbours,
) -> list[Candidate]:
    rules = rules_of(await markets.programme(tx, opening.programme))
    known = await markets.people(tx, {one.person for one, _ in some})
    profiles = await markets.open_profiles(tx, known.values())
    position = position_of(opening)
    found = []
    for place, (one, score) in enumerate(some, start=first):
        facts = profiles.get(one.person)
        if facts is None:
            found.append(Candidate(numbers[one.id], place, score, 0, ()))
            continue
        profile = profile_of(facts, known[one.person].district, one.choices, neighbours)
        fit = Scorer(profile, rules).fit(position)
        found.append(Candidate(numbers[one.id], place, score, shared(profile, position), factors(fit, rules)))
    return found


async def applications(tx: Tx, opening: UUID, numbers: Collection[UUID]) -> dict[UUID, UUID]:
    """The applications behind these numbers, by number; a number of another opening is left out."""
    return await store.applications(tx, opening, numbers)
