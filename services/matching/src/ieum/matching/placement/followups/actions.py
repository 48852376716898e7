"""Steps are owed as places start and end, done by the staff of who owes them, and told of when late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.events.matching_placement import MatchFollowUpOverdue
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.matching.placement import actions as placement
from ieum.matching.placement.changing import about
from ieum.matching.placement.followups import store
from ieum.matching.placement.followups.domain import Step
from ieum.matching.placement.followups.owing import after

if TYPE_CHECKING:
    from uuid import UUID

    from ieum.common.postgres import Tx

LISTED_MAX = 500
TOLD_MAX = 200


async def owed(tx: Tx) -> list[Step]:
    """What the actor's agency owes, the most urgent first, at most 500."""
    return await store.owed(tx, tx.actor.agency or "", LISTED_MAX)


async def complete(tx: Tx, id_: UUID) -> Step:
    """The actor's agency has done a step today; what follows it is owed from now on. Again, nothing changes.

    Raises Refusal 404 `unknown-follow-up`.
    """
    step = await store.find(tx, id_)
    if step is None or step.owner != tx.actor.agency:
        raise Refusal(
            "unknown-follow-up",
            ko="해당 사후관리 단계를 찾을 수 없습니다.",
            en="There is no such follow-up step.",
            status=404,
        )
    match, today = await placement.locked(tx, step.match), korean_date(tx.now)
    if await store.done(tx, id_, today):
        await after(tx, match, step.step, today)
    return await store.find(tx, id_) or step


async def tell_overdue(tx: Tx) -> int:
    """Tell of each late step once; gives how many, at most 200."""
    late = await store.late(tx, TOLD_MAX)
    matches = {match.id: match for match in await placement.lock_all(tx, {one.match for one in late})}
    for one in late:  # few: each is somebody's omission
        if await store.told(tx, one.id):
            match = matches[one.match]
            data = MatchFollowUpOverdue(**about(match), step=one.step, owner=one.owner, due_on=one.due_on)
            number = await placement.count(tx, match.id)
            tx.publish(data, subject=match.id, sequence=number, person=match.person)
    return len(late)
