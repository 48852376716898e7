"""Publishing programmes and reading what is published."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import ProgrammePublished
from ieum.common.events.programme import Programme
from ieum.common.kernel.errors import Refusal
from ieum.common.service.city import City
from ieum.intake.programmes import domain, store
from ieum.intake.programmes.domain import Present

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def publish(tx: Tx, city: City, programme: Programme) -> UUID:
    """Publish a version, unless it is the present one; raises Refusal where it does not follow it."""
    domain.check_agency(programme, tx.actor.agency, operator="operator" in tx.actor.roles)
    domain.check_names(city, programme)
    await store.lock(tx, programme.id)
    present = await store.current(tx, programme.id)
    if present:  # nobody takes another agency's programme over, and its applicants with it
        domain.check_agency(present.definition, tx.actor.agency, operator="operator" in tx.actor.roles)
    if domain.is_new(present, programme):
        sequence = await store.save(tx, programme)
        definition = programme.model_dump(mode="json")
        data = ProgrammePublished(programme=programme.id, version=programme.version, definition=definition)
        tx.publish(data, subject=programme.id, sequence=sequence)
    return domain.resource_of(programme.id)


async def lock(tx: Tx, programme: str) -> None:
    """Hold back other changes to this programme and imports into it until commit."""
    await store.lock(tx, programme)


async def current(tx: Tx, programme: str, *, status: int = 404, pointer: str | None = None) -> Present:
    """The version published now; raises Refusal `programme-unknown` of that status."""
    found = await store.current(tx, programme)
    if found is None:
        raise unknown(status, pointer)
    return found


def unknown(status: int, pointer: str | None) -> Refusal:
    """What `current` raises."""
    return Refusal(
        "programme-unknown",
        ko="공개된 사업을 찾을 수 없습니다.",
        en="There is no such programme.",
        status=status,
        pointer=pointer,
    )


async def present(tx: Tx, programmes: Collection[str]) -> dict[str, Present]:
    """The versions of these that are published now, by programme; who is missing is not published."""
    return await store.present(tx, programmes)


async def version(tx: Tx, programme: str, number: int) -> Programme:
    """A version that was published, e.g. the one under which somebody applied; raises LookupError."""
    found = await store.version(tx, programme, number)
    if found is None:
        raise LookupError(programme, number)
    return found


async def by_resource(tx: Tx, resource: UUID) -> Present:
    """The programme that an idempotent request made; raises LookupError."""
    found = await store.by_resource(tx, resource)
    if found is None:
        raise LookupError(resource)
    return found


async def every(tx: Tx) -> list[Present]:
    """All programmes, by id."""
    return await store.every(tx)
