"""Merging two registrations of one person, and undoing it; never without somebody's name on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake_people import PersonMerged, PersonUnmerged
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.intake.applications import actions as applications
from ieum.intake.duplicates import domain, store
from ieum.intake.duplicates.domain import Merge, Reason
from ieum.intake.people import actions as people
from ieum.intake.people import correcting
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import Likeness, Moment
from ieum.intake.people.masking import Masked

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


DUPLICATES = "중복 확인"


async def likely(tx: Tx, desk: Desk, person: UUID) -> list[tuple[Likeness, Masked]]:
    """Who may be the same person, masked; each is recorded. Raises Refusal 404 `person-unknown`."""
    await people.shown(tx, desk, person)
    found = await people.likely(tx, person)
    await people.meet(tx, *(one.person for one in found))
    masked = await people.masked(tx, await people.rows(tx, [one.person for one in found]), reason=DUPLICATES)
    return [(one, masked[one.person]) for one in found if one.person in masked]


async def history(tx: Tx, desk: Desk, person: UUID) -> list[Merge]:
    """All mergings of a person and into them; raises Refusal 404 `person-unknown`."""
    await people.shown(tx, desk, person)
    return await store.of(tx, person)


async def merge(tx: Tx, desk: Desk, person: UUID, into: UUID, reason: Reason) -> UUID:
    """Merge a person into another; gives the merging's id. Raises Refusal as `domain.check`, 404, 422."""
    # Whoever merges sees both: else a registration of one's own would open another's.
    await people.shown(tx, desk, person)
    pair = await people.lock_pair(tx, person, into)
    await people.check_whole(tx, pair[1])
    both = await _both_applied(tx, person, into)
    absorbed = len(await people.same(tx, person)) > 1
    domain.check(*pair, absorbed=absorbed, both_applied=both)
    made = Merge(
        id=new_id(tx.now),
        merged=person,
        survivor=into,
        reason=reason,
        staff=tx.actor.id,
        agency=tx.actor.agency,
        merged_at=tx.now,
    )
    await store.insert(tx, made)
    sequence = await people.point(tx, person, into)
    data = PersonMerged(into=into, agency=tx.actor.agency or desk.city.id)
    tx.publish(data, subject=person, sequence=sequence)
    await correcting.follow(tx, desk, person, as_of=into)
    return made.id


async def undo(tx: Tx, desk: Desk, person: UUID) -> UUID:
    """Undo the merging of a person; gives its id. Raises Refusal 404 `merge-unknown`, 409 `merge-in-use`."""
    row = await people.shown(tx, desk, person)
    if row.merged_into is None:
        raise _unknown()
    await people.lock_pair(
        tx, row.merged_into, person, in_order=True
    )  # survivors first, as all who lock both
    found = await store.live(tx, person)
    if found is None:
        raise _unknown()
    domain.check_undo(found)
    await store.undo(tx, found.id)
    await people.meet(tx, person)  # apart from now on, and perhaps no longer this agency's
    sequence = await people.point(tx, person, None)
    data = PersonUnmerged(was=found.survivor, agency=tx.actor.agency or desk.city.id)
    tx.publish(data, subject=person, sequence=sequence)
    await correcting.follow(tx, desk, person, as_of=person)
    return found.id


async def shown(tx: Tx, id_: UUID) -> Merge:
    """One merging; raises Refusal 404 `merge-unknown`."""
    found = await store.find(tx, id_)
    if found is None:
        raise _unknown()
    return found


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """When registrations of these people were joined and parted."""
    return await store.moments(tx, people)


async def _both_applied(tx: Tx, person: UUID, into: UUID) -> Sequence[str]:
    """Programmes to which both have a live application: a programme has one a person."""
    first = await people.same(tx, person)
    second = await people.same(tx, into)
    live = [one for one in await applications.of(tx, {*first, *second}) if one.withdrawn_at is None]
    of = [{one.programme for one in live if one.person in group} for group in (first, second)]
    return sorted(of[0] & of[1])


def _unknown() -> Refusal:
    return Refusal(
        "merge-unknown",
        ko="합쳐진 기록이 없습니다.",
        en="This person is not merged into another.",
        status=404,
    )
