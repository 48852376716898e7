"""Locking and checking many people at once, each asked for in somebody's own name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.kernel.errors import Refusal
from ieum.intake.people import store
from ieum.intake.people.actions import erased, hidden, not_entitled
from ieum.intake.people.domain import Acting

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def lock_all_live(tx: Tx, asked: Sequence[tuple[Tx, UUID, bool]]) -> list[Acting | Refusal]:
    """The same for many, each asked in somebody's own name (`Tx.acting_for`), and whether they are `met`.

    Gives what `lock_live` raises. Whoever attaches something says so by `attach`.
    """
    if met := {person for own, person, is_met in asked if is_met and own.actor.kind == "staff"}:
        await store.meet(tx, met)
    rows = await store.lock_all_acting(tx, {person for _, person, _ in asked})
    others = {row.id for one, row in rows.items() if one not in met and row.agency != tx.actor.agency}
    strange = others - await store.entitled(tx, others) if others and tx.actor.kind == "staff" else set()
    return [await _acting(own, person, rows.get(person), strange) for own, person, _ in asked]


async def _acting(tx: Tx, person: UUID, row: Acting | None, strange: Collection[UUID]) -> Acting | Refusal:
    if row is None:
        return await hidden(tx, person, 422)
    if row.id in strange:
        return not_entitled()
    return erased() if row.erased_at else row


async def attach(tx: Tx, people: Collection[Acting]) -> None:
    """Something new is attached to these: mergings into them can no more be undone."""
    if survivors := {one.id for one in people if one.absorbed}:
        await store.mark_attached(tx, survivors)


async def same_all(tx: Tx, people: Collection[Acting]) -> dict[UUID, UUID]:
    """All ids of these people, each with the one under which the person acts."""
    survivors = {one.id for one in people if one.absorbed}
    merged = await store.absorbed(tx, survivors) if survivors else {}
    return {one.id: one.id for one in people} | merged
