"""Registering organisations and looking them up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import OrganisationRegistered
from ieum.common.kernel.errors import Refusal
from ieum.intake.organisations import store
from ieum.intake.organisations.store import Organisation

__all__ = ["Organisation", "newest", "register", "register_all", "registered", "shown"]

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def register(tx: Tx, organisation: Organisation) -> UUID:
    """Register; raises Refusal 409 `organisation-known` where the business number is registered already."""
    if not await store.insert(tx, organisation):
        raise Refusal(
            "organisation-known",
            ko="이미 등록된 사업자등록번호입니다.",
            en="An organisation with this business number is registered already.",
            status=409,
            pointer="/business_number",
        )
    _publish(tx, organisation)
    return organisation.id


async def register_all(tx: Tx, organisations: Sequence[Organisation]) -> None:
    """Register several of which none is registered; set-based."""
    await store.insert_all(tx, organisations)
    for one in organisations:
        _publish(tx, one)


async def registered(
    tx: Tx, *, numbers: Sequence[str], names: Sequence[tuple[str, str]]
) -> set[str | tuple[str, str]]:
    """Which of these business numbers, and of these names with a district, are registered."""
    return await store.registered(tx, numbers, names)


async def shown(tx: Tx, id_: UUID, *, status: int = 404, pointer: str | None = None) -> Organisation:
    """The organisation; raises Refusal `organisation-unknown` of that status."""
    found = await store.find(tx, id_)
    if found is None:
        raise Refusal(
            "organisation-unknown",
            ko="등록된 기관을 찾을 수 없습니다.",
            en="There is no such organisation.",
            status=status,
            pointer=pointer,
        )
    return found


def _publish(tx: Tx, organisation: Organisation) -> None:
    data = OrganisationRegistered(
        name=organisation.name,
        roles=list(organisation.roles),
        district=organisation.district,
        email=organisation.email,
        business_number=organisation.business_number,
    )
    tx.publish(data, subject=organisation.id, sequence=1)


async def newest(tx: Tx, limit: int) -> list[Organisation]:
    """The newest first."""
    return await store.newest(tx, limit)
