"""The use cases of a round: open, close, gather the market, keep the computation, confirm, send back, end."""

from __future__ import annotations

import os
import secrets
from asyncio import gather as together
from asyncio import to_thread
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.matching import (
    LotteryPart,
    RoundComputed,
    RoundConfirmed,
    RoundOpened,
    RoundSentBack,
)
from ieum.common.events.matching_rounds import RoundClosed, RoundEnded
from ieum.common.kernel import collector
from ieum.common.kernel.dates import KST
from ieum.common.kernel.errors import Refusal, Retryable
from ieum.common.kernel.ids import new_id
from ieum.matching.clearing.canonical import plain
from ieum.matching.interviews import actions as interviews
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions as placement
from ieum.matching.rounds import store, telling
from ieum.matching.rounds.domain import Round, decide
from ieum.matching.rounds.lottery import PART_BYTES, commitment_of, seed_of
from ieum.matching.rounds.market import (
    Holder,
    asking,
    frozen_market,
    groups_that_count,
    left_of,
    sizes,
    with_seed,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Application, Asking
    from ieum.matching.rounds.computing import Cleared
    from ieum.matching.rounds.domain import Contribution, Documents

ALIAS_BYTES = 10
"""Of an applicant's random id in one round: short, as it stands in the market some twenty times."""
PLATFORM = "platform"
"""The party that stands for our own part in the lottery."""


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


async def documents(tx: Tx, id_: UUID) -> Documents:
    """The exact documents of a round; raises Refusal 404 `unknown-round`, 409 `not-computed`."""
    await find(tx, id_)
    found = await store.documents(tx, id_)
    if found is None:
        raise not_computed()
    return found


def not_computed() -> Refusal:
    """The round has no result yet."""
    return Refusal(
        "not-computed",
        ko="아직 계산되지 않은 회차입니다.",
        en="This round is not computed yet.",
        status=409,
    )


async def open_round(tx: Tx, programme_id: str) -> UUID:
    """Open a round and publish the commitment to the platform's part of the lottery; gives its id.

    Raises Refusal 404 `unknown-programme`, 422 `not-by-rounds`, 409 `round-running`.
    """
    programme = await markets.programme(tx, programme_id)
    if programme.matching.policy != "rounds":
        raise Refusal(
            "not-by-rounds",
            ko="회차별로 배정하는 사업이 아닙니다.",
            en="This programme does not give its places by rounds.",
        )
    id_, part = new_id(tx.now), os.urandom(PART_BYTES)
    commitment = commitment_of(part)
    if not await store.insert(tx, id_, programme.id, part, commitment):
        raise Refusal(
            "round-running",
            ko="이 사업에는 아직 확정되거나 반려되지 않은 회차가 있습니다.",
            en="This programme has a round that is neither confirmed nor sent back yet.",
            status=409,
        )
    data = RoundOpened(programme=programme.id, commitment=commitment, opened_by=tx.actor.id)
    tx.publish(data, subject=id_, sequence=1)
    return id_


async def close(tx: Tx, id_: UUID) -> None:
    """Close applications: who takes part, under random ids, is fixed by a digest before any part is known.

    Raises Refusal 404 `unknown-round`, 409 `round-state`.
    """
    round_ = await find(tx, id_, lock=True)
    if decide(round_.state, "close") == round_.state:
        return
    with collector.paused():
        await _freeze(tx, round_)


async def _freeze(tx: Tx, round_: Round) -> None:
    matching = (await markets.programme(tx, round_.programme)).matching
    live = await markets.live(tx, round_.programme)
    people = {one.person for one in live}
    held = await placement.holders(tx, round_.programme, people)
    held |= await placement.cooling(tx, round_.programme, people)
    applications = asking(live, held, await placement.offered(tx, round_.programme))
    applications = await interviews.weighed(tx, round_.programme, applications)
    openings = await markets.openings_of(tx, round_.programme)
    free = await placement.free_places(tx, {one.id for one in openings})
    groups = await groups_of(tx, applications, groups_that_count(matching))
    left = left_of(matching, await holding(tx, round_.programme, groups_that_count(matching)))
    names = dict(zip((one.id for one in applications), _aliases(len(applications)), strict=True))

    def freeze() -> tuple[bytes, str, dict[str, int]]:
        document = frozen_market(matching, applications, names, openings, free, groups, left)
        frozen = plain(document)
        return frozen, sha256(frozen).hexdigest(), sizes(document)

    _, (frozen, digest, counts) = await together(
        store.keep_names(tx, round_.id, names, {one.id: one.person for one in applications}),
        to_thread(freeze),
    )
    reveal_by = tx.now + timedelta(minutes=matching.reveal_within_minutes)
    sequence = await store.closed(tx, round_.id, frozen, digest, counts, reveal_by)
    about = {"programme": round_.programme, "attempt": round_.attempt}
    data = RoundClosed.model_validate(about | counts | {"frozen_digest": digest, "reveal_by": reveal_by})
    tx.publish(data, subject=round_.id, sequence=sequence)


def _aliases(number: int) -> list[str]:
    """Random ids, in hexadecimal."""
    digits, each = secrets.token_hex(ALIAS_BYTES * number), 2 * ALIAS_BYTES
    return [digits[k : k + each] for k in range(0, len(digits), each)]


async def holding(tx: Tx, programme: str, counting: frozenset[str]) -> list[Holder]:
    """Who holds a place of a programme, of which kind, with the groups that count."""
    held = await placement.holding(tx, programme)
    applications = await markets.applications(tx, {application for application, _, _ in held})
    groups = await groups_of(tx, applications, counting)
    return [Holder(opening, place, groups.get(application, ())) for application, opening, place in held]


async def groups_of(
    tx: Tx, applications: Sequence[Application | Asking], counting: frozenset[str]
) -> dict[UUID, Collection[str]]:
    """The groups of each applicant that decide anything; profiles are opened only if any does."""
    if not counting or not applications:
        return {}
    groups = await markets.open_groups(tx, {one.person for one in applications})
    return {one.id: counting.intersection(groups.get(one.person, ())) for one in applications}


async def gather(tx: Tx, id_: UUID) -> tuple[bytes, bytes] | None:
    """The seed of a closed round and its market, in RFC 8785 bytes; None where it was computed before.

    Raises Refusal 404 `unknown-round`, 409 `round-state` or `parts-outstanding`.
    """
    round_ = await find(tx, id_)
    if decide(round_.state, "compute") == round_.state:
        return None
    contributions = await store.contributions(tx, round_)
    if waiting := [one.party for one in contributions if one.part is None]:
        until = f"{round_.reveal_by.astimezone(KST):%Y-%m-%d %H:%M}" if round_.reveal_by else ""
        raise Refusal(
            "parts-outstanding",
            ko=f"아직 공개되지 않은 추첨 값이 있습니다({until}까지): {', '.join(waiting)}",
            en=f"Parts of the lottery are not revealed yet (until {until} KST): {', '.join(waiting)}",
            status=409,
        )
    seed = _seed(round_, contributions)
    return seed, with_seed(await store.frozen(tx, id_), seed)


def _seed(round_: Round, contributions: Sequence[Contribution]) -> bytes:
    return seed_of([round_.part, *(one.part for one in contributions if one.part is not None)])


async def keep(tx: Tx, id_: UUID, seed: bytes, cleared: Cleared) -> None:
    """Keep a verified computation and reveal all parts; of two at once the first one counts.

    Raises Retryable where the round was committed anew in the meantime.
    """
    round_ = await find(tx, id_, lock=True)
    if decide(round_.state, "compute") == round_.state:
        return
    contributions = await store.contributions(tx, round_)
    if _seed(round_, contributions) != seed:
        raise Retryable("the round was committed anew while it was computed")
    sequence = await store.computed(tx, id_, seed, cleared)
    parts = [
        LotteryPart(party=PLATFORM, commitment=round_.commitment, part=round_.part.hex()),
        *(
            LotteryPart(party=one.party, commitment=one.commitment, part=(one.part or b"").hex())
            for one in contributions
        ),
    ]
    data = RoundComputed.model_validate(
        {
            "programme": round_.programme,
            "seed": seed.hex(),
            "market_digest": cleared.market_digest,
            "result_digest": cleared.result_digest,
            "lines_root": cleared.lines_root,
            "matched": cleared.matched,
            "attempt": round_.attempt,
            "parts": sorted(parts, key=lambda one: one.commitment),
        }
        | (round_.counts or {})
    )
    tx.publish(data, subject=id_, sequence=sequence)


async def confirm(tx: Tx, id_: UUID, official_name: str | None) -> None:
    """A named official decides that the computation holds; proposals and answers go out with it.

    Raises Refusal 404 `unknown-round`, 409 `round-state`, 403 `official-unnamed`.
    """
    name = _named(official_name)
    round_ = await find(tx, id_, lock=True)
    if decide(round_.state, "confirm") == round_.state:
        return
    sequence = await store.decided(tx, id_, "confirmed", name, None)
    data = RoundConfirmed(
        programme=round_.programme,
        official=tx.actor.id,
        official_name=name,
        result_digest=round_.result_digest or "",
    )
    tx.publish(data, subject=id_, sequence=sequence)
    with collector.paused():
        await telling.tell(tx, round_, await documents(tx, id_))


async def send_back(tx: Tx, id_: UUID, official_name: str | None, reason: str) -> None:
    """A named official does not confirm, and says why; another attempt is another round.

    Raises Refusal 404 `unknown-round`, 409 `round-state`, 403 `official-unnamed`.
    """
    name = _named(official_name)
    round_ = await find(tx, id_, lock=True)
    if decide(round_.state, "send_back") == round_.state:
        return
    sequence = await store.decided(tx, id_, "sent_back", name, reason)
    data = RoundSentBack(programme=round_.programme, official=tx.actor.id, official_name=name, reason=reason)
    tx.publish(data, subject=id_, sequence=sequence)


async def end(tx: Tx, id_: UUID, official_name: str | None) -> None:
    """A named official ends a confirmed round: what comes free is not passed on any more, nobody waits.

    It does not end by itself: a place that somebody leaves early still goes to the next.
    Raises Refusal 404 `unknown-round`, 409 `round-state`, 403 `official-unnamed`.
    """
    name = _named(official_name)
    round_ = await find(tx, id_, lock=True)
    if decide(round_.state, "end") == round_.state:
        return
    sequence = await store.ended(tx, id_)
    await placement.stop_waiting(tx, round_.programme)
    data = RoundEnded(programme=round_.programme, official=tx.actor.id, official_name=name)
    tx.publish(data, subject=id_, sequence=sequence)


async def forget(tx: Tx, people: Collection[UUID]) -> None:
    """Erased people: their random ids in past rounds become nobody's."""
    if people:
        await store.forget(tx, people)


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
