"""The use cases of rounds: open, gather the market, keep the computation, confirm, send back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import PersonProfile
from ieum.common.events.matching import RoundComputed, RoundConfirmed, RoundOpened, RoundSentBack
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.matching.clearing.canonical import canonical
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions as placement
from ieum.matching.rounds import store, telling
from ieum.matching.rounds.domain import (
    SEED_BYTES,
    Round,
    asking,
    commitment_of,
    decide,
    groups_that_count,
    market_document,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Application
    from ieum.matching.rounds.computing import Cleared


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Round:
    """One round; raises Refusal 404 `unknown-round`."""
    found = await store.find(tx, id_, lock=lock)
    if found is None:
        raise Refusal(
            "unknown-round",
            ko="해당 배정 회차를 찾을 수 없습니다.",
            en="There is no such round.",
            status=404,
        )
    return found


async def open_round(tx: Tx, programme_id: str) -> UUID:
    """Open a round and publish the commitment to its seed; gives its id.

    Raises Refusal 404 `unknown-programme`, 422 `not-by-rounds`, 409 `round-running`.
    """
    programme = await markets.programme(tx, programme_id)
    if programme.matching.policy != "rounds":
        raise Refusal(
            "not-by-rounds",
            ko="회차별로 배정하는 사업이 아닙니다.",
            en="This programme does not give its places by rounds.",
        )
    id_, seed = new_id(tx.now), os.urandom(SEED_BYTES)
    commitment = commitment_of(seed)
    if not await store.insert(tx, id_, programme.id, seed, commitment):
        raise Refusal(
            "round-running",
            ko="이 사업에는 아직 확정되거나 반려되지 않은 회차가 있습니다.",
            en="This programme has a round that is neither confirmed nor sent back yet.",
            status=409,
        )
    data = RoundOpened(programme=programme.id, commitment=commitment, opened_by=tx.actor.id)
    tx.publish(data, subject=id_, sequence=1)
    return id_


async def gather(tx: Tx, id_: UUID) -> bytes | None:
    """The market of an opened round, in RFC 8785 bytes; None where it was computed before.

    Raises Refusal 404 `unknown-round`, 409 `round-state`.
    """
    round_ = await find(tx, id_)
    if decide(round_.state, "compute") == round_.state:
        return None
    matching = (await markets.programme(tx, round_.programme)).matching
    live = await markets.live(tx, round_.programme)
    held = await placement.holders(tx, round_.programme, {one.person for one in live})
    applications = asking(live, held, await placement.offered(tx, round_.programme))
    openings = await markets.openings_of(tx, round_.programme)
    free = await placement.free_places(tx, {one.id for one in openings})
    groups = await _groups(tx, applications, groups_that_count(matching))
    return canonical(market_document(round_.seed, matching, applications, openings, free, groups))


async def _groups(
    tx: Tx, applications: Sequence[Application], counting: frozenset[str]
) -> dict[UUID, Collection[str]]:
    """The groups of each applicant that decide anything; profiles are opened only if any does."""
    if not counting:
        return {}
    people = await markets.people(tx, {one.person for one in applications})
    sealed = {one.id: one.sealed for one in people.values() if one.sealed}
    profiles = dict(zip(sealed, await tx.open_all(list(sealed.values()), PersonProfile), strict=True))
    found: dict[UUID, Collection[str]] = {}
    for one in applications:
        profile = profiles.get(one.person)
        found[one.id] = counting & set(profile.groups) if profile else ()
    return found


async def keep(tx: Tx, id_: UUID, market: bytes, cleared: Cleared, sizes: dict[str, int]) -> None:
    """Keep a verified computation and reveal the seed; of two at once the first one counts."""
    round_ = await find(tx, id_, lock=True)
    if decide(round_.state, "compute") == round_.state:
        return
    counts = {**sizes, "matched": cleared.matched}
    await store.computed(tx, id_, market, cleared, counts)
    data = RoundComputed(
        programme=round_.programme,
        seed=round_.seed.hex(),
        market_digest=cleared.market_digest,
        result_digest=cleared.result_digest,
        applicants=sizes["applicants"],
        openings=sizes["openings"],
        places=sizes["places"],
        matched=cleared.matched,
    )
    tx.publish(data, subject=id_, sequence=2)


async def confirm(tx: Tx, id_: UUID, official_name: str | None) -> None:
    """A named official decides that the computation holds; proposals and answers go out with it.

    Raises Refusal 404 `unknown-round`, 409 `round-state`, 403 `official-unnamed`.
    """
    name = _named(official_name)
    round_ = await find(tx, id_, lock=True)
    if decide(round_.state, "confirm") == round_.state:
        return
    await store.decided(tx, id_, "confirmed", name, None)
    data = RoundConfirmed(
        programme=round_.programme,
        official=tx.actor.id,
        official_name=name,
        result_digest=round_.result_digest or "",
    )
    tx.publish(data, subject=id_, sequence=3)
    await telling.tell(tx, round_)


async def send_back(tx: Tx, id_: UUID, official_name: str | None, reason: str) -> None:
    """A named official does not confirm, and says why; another attempt is another round.

    Raises Refusal 404 `unknown-round`, 409 `round-state`, 403 `official-unnamed`.
    """
    name = _named(official_name)
    round_ = await find(tx, id_, lock=True)
    if decide(round_.state, "send_back") == round_.state:
        return
    await store.decided(tx, id_, "sent_back", name, reason)
    data = RoundSentBack(programme=round_.programme, official=tx.actor.id, official_name=name, reason=reason)
    tx.publish(data, subject=id_, sequence=3)


def _named(official_name: str | None) -> str:
    """A person answers for the decision, not a computation alone (행정기본법 20)."""
    if not official_name:
        raise Refusal(
            "official-unnamed",
            ko="확정하거나 반려하는 공무원의 성명이 필요합니다.",
            en="The official who decides must be named.",
            status=403,
        )
    return official_name
