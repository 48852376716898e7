"""Keeping who looked, telling the person, and forgetting the words of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.accesses import store
from ieum.intake.accesses.domain import Access
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def keep(tx: Tx, found: Sequence[Access]) -> None:
    """Keep what services told of accesses."""
    if found:
        await store.insert(tx, found)


async def shown(tx: Tx, desk: Desk, person: UUID, limit: int) -> list[Access]:
    """The newest accesses to a person's data, merged registrations included; raises Refusal 404."""
    await people.shown(tx, desk, person)
    return await store.of(tx, await people.same(tx, person), limit)


async def of(tx: Tx, ids: Sequence[UUID], limit: int) -> list[Access]:
    """The newest accesses to the data of one person under all these ids."""
    return await store.of(tx, ids, limit)


async def forget(tx: Tx, person: UUID) -> None:
    """Drop the words of why somebody looked (개인정보의 안전성 확보조치 기준 8 keeps the rest)."""
    await store.forget(tx, person)
