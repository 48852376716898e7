"""Proposing places: the one way in which a match comes to be. The caller holds the programme's lock."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ieum.common.events.matching import MatchProposed
from ieum.common.kernel.ids import new_id
from ieum.matching.markets import actions as markets
from ieum.matching.placement import store
from ieum.matching.placement.domain import Offer, Proposal, Wish, allot, answer_by, refill, to_pass_on
from ieum.matching.placement.sentences import proposed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from ieum.common.events.programme import Programme
    from ieum.common.postgres import Tx


async def propose(
    tx: Tx, programme: Programme, wishes: Sequence[Wish], round_: UUID | None = None
) -> set[UUID]:
    """Propose to each, in order, the first free place they wish; gives the applications that got one."""
    if not wishes:
        return set()
    free = await store.seats(tx, {opening for wish in wishes for opening in wish.openings})
    held = await store.holders(tx, programme.id, {wish.person for wish in wishes})
    offers = allot(wishes, free, held)
    if offers:
        proposals = {new_id(tx.now): proposal for proposal in await _proposals(tx, programme, offers, round_)}
        await store.take(tx, Counter(offer.opening for offer in offers))
        await store.insert(tx, programme.id, proposals)
        for id_, proposal in proposals.items():
            _publish(tx, programme, id_, proposal)
    return {offer.application for offer in offers}


async def _proposals(
    tx: Tx, programme: Programme, offers: Sequence[Offer], round_: UUID | None
) -> list[Proposal]:
    openings = await markets.openings(tx, {offer.opening for offer in offers})
    names = await markets.names(tx, {opening.organisation for opening in openings.values()})
    until = answer_by(tx.now, programme.matching.answer_within_days)
    found = []
    for offer in offers:
        opening = openings[offer.opening]
        told = proposed(opening, names.get(opening.organisation), offer.rank, until)
        found.append(Proposal(offer, opening.organisation, round_, until, told))
    return found


def _publish(tx: Tx, programme: Programme, id_: UUID, proposal: Proposal) -> None:
    offer = proposal.offer
    data = MatchProposed(
        application=offer.application,
        person=offer.person,
        programme=programme.id,
        opening=offer.opening,
        organisation=proposal.organisation,
        round=proposal.round,
        rank=offer.rank,
        answer_by=proposal.answer_by,
    )
    tx.publish(data, subject=id_, sequence=1, person=offer.person, private=[proposal.told])


async def refill_places(tx: Tx, programme: Programme, freed: Mapping[UUID, int]) -> None:
    """Rolling: pass places on to who follows on the waiting lists, when so many were freed here."""
    if not freed:
        return
    openings = await markets.openings_of(tx, programme.id)
    free = await store.seats(tx, {opening.id for opening in openings})
    passed = to_pass_on(programme.matching, freed, free)
    if passed:
        await propose(tx, programme, refill(await store.in_line(tx, passed), passed))
