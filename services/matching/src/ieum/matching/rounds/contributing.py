"""Contributing to a round's lottery: commit while it is open, reveal once it is closed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ieum.common.events.matching_rounds import RoundCommitted, RoundRecommitted, RoundRevealed
from ieum.common.kernel.errors import Refusal
from ieum.matching.rounds import store
from ieum.matching.rounds.actions import PLATFORM, find
from ieum.matching.rounds.lottery import PART_BYTES, commitment_of, revealed

if TYPE_CHECKING:
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.rounds.domain import Contribution


async def take_part(tx: Tx, id_: UUID, party: str, commitment: str) -> None:
    """Take part in the lottery under a name that stands on the log; the same again changes nothing.

    Raises Refusal 404 `unknown-round`, 409 `round-state` (once applications are closed) or
    `already-committed`.
    """
    round_ = await find(tx, id_, lock=True)
    if await _own(tx, id_) == (party, commitment):
        return
    if round_.state != "opened":
        raise Refusal(
            "round-state",
            ko="신청이 마감되어 추첨 값을 더 약속할 수 없습니다.",
            en="Applications are closed: nobody can commit any more.",
            status=409,
        )
    is_ours = party == PLATFORM or commitment == round_.commitment
    if is_ours or not await store.keep_commitment(tx, round_, party, commitment):
        raise Refusal(
            "already-committed",
            ko="이미 약속하셨거나 다른 참여자와 같은 값입니다.",
            en="You have committed already, or this is what somebody else committed to.",
            status=409,
        )
    data = RoundCommitted(
        programme=round_.programme, attempt=round_.attempt, party=party, commitment=commitment
    )
    tx.publish(data, subject=id_, sequence=await store.told(tx, id_))


async def _own(tx: Tx, id_: UUID) -> tuple[str, str] | None:
    round_ = await find(tx, id_)
    found = [one for one in await store.contributions(tx, round_) if one.contributor == tx.actor.id]
    return (found[0].party, found[0].commitment) if found else None


async def reveal(tx: Tx, id_: UUID, part: str) -> None:
    """Reveal what one committed to; the same again changes nothing.

    Raises Refusal 404 `unknown-round` or `not-committed`, 409 `round-state` (before applications are closed,
    or later than announced), 422 `part-unreadable` or `part-differs`.
    """
    round_ = await find(tx, id_, lock=True)
    own = [one for one in await store.contributions(tx, round_) if one.contributor == tx.actor.id]
    if not own:
        raise Refusal(
            "not-committed",
            ko="이 회차의 추첨에 약속하신 값이 없습니다.",
            en="You have not committed to anything in this round.",
            status=404,
        )
    found = revealed(own[0].commitment, part)
    if own[0].part == found:
        return
    late = round_.reveal_by is not None and tx.now > round_.reveal_by
    if round_.state != "closed" or late:
        raise Refusal(
            "round-state",
            ko="추첨 값은 신청 마감 뒤 공개 기한까지만 공개할 수 있습니다.",
            en="Parts are revealed after applications are closed, until the announced time.",
            status=409,
        )
    await store.reveal(tx, round_, found)
    data = RoundRevealed(
        programme=round_.programme,
        attempt=round_.attempt,
        party=own[0].party,
        commitment=own[0].commitment,
        part=part,
    )
    tx.publish(data, subject=id_, sequence=await store.told(tx, id_))


async def contributions(tx: Tx, id_: UUID) -> list[Contribution]:
    """The parties of the present attempt besides the platform, by commitment."""
    return await store.contributions(tx, await find(tx, id_))


async def overdue(tx: Tx) -> list[UUID]:
    """Closed rounds at which somebody did not reveal in time."""
    return await store.overdue(tx)


async def recommit(tx: Tx, id_: UUID) -> None:
    """Name on the log who did not reveal in time, and open the round anew; done once.

    All is drawn again, with other random ids too: who kept silent may know the parts of the others.
    """
    round_ = await find(tx, id_, lock=True)
    failed = [one.party for one in await store.contributions(tx, round_) if one.part is None]
    if round_.state != "closed" or not failed or round_.reveal_by is None or tx.now <= round_.reveal_by:
        return
    part = os.urandom(PART_BYTES)
    sequence = await store.recommitted(tx, id_, part, commitment_of(part))
    data = RoundRecommitted(
        programme=round_.programme,
        attempt=round_.attempt + 1,
        commitment=commitment_of(part),
        failed=failed,
    )
    tx.publish(data, subject=id_, sequence=sequence)
