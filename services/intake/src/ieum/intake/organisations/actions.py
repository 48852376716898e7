"""Registering, changing and verifying organisations, and looking them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake import OrganisationRegistered
from ieum.common.events.intake_staff import OrganisationChanged, OrganisationVerified, VerificationSource
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal, Stale
from ieum.intake.organisations import store
from ieum.intake.organisations.store import Organisation

__all__ = ["Organisation", "newest", "register", "register_all", "registered", "shown"]

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


IDENTITY = ("name", "business_number", "corporate_number")
"""What was compared with a document: whoever changes it is compared anew."""


async def register(tx: Tx, organisation: Organisation) -> UUID:
    """Register; raises Refusal 409 `organisation-known` where one of its numbers is registered already."""
    if not await store.insert(tx, organisation):
        raise _known()
    _publish(tx, organisation)
    return organisation.id


async def change(tx: Tx, id_: UUID, version: int, values: Mapping[str, Any]) -> Organisation:
    """Change what was given; another name or number must be verified anew.

    Raises Stale, and Refusal 404 `organisation-unknown`, 409 `organisation-known`.
    """
    before = await _locked(tx, id_, version)
    one = replace(before, **values, sequence=version + 1)
    if any(getattr(one, name) != getattr(before, name) for name in IDENTITY):
        one = replace(
            one, verified_at=None, verified_by=None, verified_on=None, verification_source=None,
            verification_number=None,
        )  # fmt: skip
    if not await store.save(tx, one):
        raise _known()
    tx.publish(OrganisationChanged(**_told(one)), subject=id_, sequence=one.sequence)
    return one


async def verify(
    tx: Tx, id_: UUID, version: int, *, source: VerificationSource, number: str | None, on: date
) -> Organisation:
    """Keep that the actor compared it with a document or register on a day (KST).

    Raises Stale, and Refusal 404 `organisation-unknown`, 422 `verified-on-later`.
    """
    before = await _locked(tx, id_, version)
    if on > korean_date(tx.now):
        raise Refusal(
            "verified-on-later",
            ko="확인하신 날은 오늘이거나 그 전이어야 합니다.",
            en="The day on which it was seen is today or earlier.",
            pointer="/on",
        )
    one = replace(
        before, sequence=version + 1, verified_at=tx.now, verified_by=tx.actor.id, verified_on=on,
        verification_source=source, verification_number=number,
    )  # fmt: skip
    await store.save(tx, one)
    data = OrganisationVerified(source=source, number=number, on=on, by=tx.actor.id)
    tx.publish(data, subject=id_, sequence=one.sequence)
    return one


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
        raise _unknown(status, pointer)
    return found


def _publish(tx: Tx, organisation: Organisation) -> None:
    tx.publish(OrganisationRegistered(**_told(organisation)), subject=organisation.id, sequence=1)


async def newest(tx: Tx, limit: int) -> list[Organisation]:
    """The newest first."""
    return await store.newest(tx, limit)


async def _locked(tx: Tx, id_: UUID, version: int) -> Organisation:
    found = await store.find(tx, id_, lock=True)
    if found is None:
        raise _unknown(404, None)
    if version != found.sequence:
        raise Stale
    return found


def _told(one: Organisation) -> dict[str, Any]:
    names = ("name", "district", "email", "business_number", "corporate_number")
    return {name: getattr(one, name) for name in names} | {"roles": list(one.roles)}


def _known() -> Refusal:
    return Refusal(
        "organisation-known",
        ko="이미 등록된 사업자등록번호나 법인등록번호입니다.",
        en="An organisation with this business or corporate number is registered already.",
        status=409,
        pointer="/business_number",
    )


def _unknown(status: int, pointer: str | None) -> Refusal:
    return Refusal(
        "organisation-unknown",
        ko="등록된 기관을 찾을 수 없습니다.",
        en="There is no such organisation.",
        status=status,
        pointer=pointer,
    )
