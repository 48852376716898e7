"""Recording who speaks for a person, and ending it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import Mandate
from ieum.intake.representatives import domain, store
from ieum.intake.representatives.domain import Representation

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def record(
    tx: Tx, desk: Desk, person: UUID, representative: UUID, mandate: Mandate, until: date
) -> UUID:
    """Keep by which document somebody speaks for a person; gives its id. The desk serves the person.

    Raises Refusal 404 `person-unknown`, 403 `not-entitled`, and what `domain.check` says.
    """
    spoken_for = await people.lock_live(tx, desk, person)
    # The representative is at the window with the document: who else they are is not opened.
    speaks = await people.lock_live(tx, desk, representative, met=True)
    domain.check(spoken_for.id, speaks.id, mandate, until, korean_date(tx.now))
    id_ = new_id(tx.now)
    who = (tx.actor.id, tx.actor.agency or "", tx.now)
    await store.insert(tx, Representation(id_, spoken_for.id, speaks.id, mandate, until, *who))
    return id_


async def end(tx: Tx, desk: Desk, person: UUID, id_: UUID) -> Representation:
    """End a representation; raises Refusal 404 `representation-unknown`, 409 `representation-ended`."""
    found = await one(tx, desk, person, id_)
    if found.ended_at:
        raise Refusal(
            "representation-ended",
            ko="이미 끝난 대리입니다.",
            en="The representation has ended already.",
            status=409,
        )
    await store.end(tx, id_)
    return replace(found, ended_at=tx.now)


async def one(tx: Tx, desk: Desk, person: UUID, id_: UUID) -> Representation:
    """One representation of a person, locked until commit; raises Refusal 404 `representation-unknown`."""
    await people.shown(tx, desk, person)
    found = await store.find(tx, id_, await people.same(tx, person))
    if found is None:
        raise Refusal(
            "representation-unknown",
            ko="대리 내역을 찾을 수 없습니다.",
            en="There is no such representation.",
            status=404,
        )
    return found


async def shown(tx: Tx, desk: Desk, person: UUID) -> list[Representation]:
    """Who speaks or spoke for a person whom the actor may see; raises Refusal 404, 403."""
    await people.shown(tx, desk, person)
    return await store.of(tx, await people.same(tx, person))


async def forget(tx: Tx, person: UUID) -> None:
    """Drop all that says who spoke for the person, or for whom they spoke."""
    await store.forget(tx, person)
