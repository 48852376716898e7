"""Signing and ending agreements, and finding the one that a referral rests on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake_referrals import AgreementEnded, AgreementSigned
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.service.city import City
from ieum.intake.agreements import domain, store
from ieum.intake.agreements.domain import Agreement

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def sign(tx: Tx, city: City, agreement: Agreement) -> UUID:
    """Keep a signed agreement; raises Refusal `agency-unknown` and what `domain.check…` say."""
    domain.check(agreement.from_agency, agreement.to_agency, agreement.since, agreement.until)
    by = tx.actor.agency if "official" in tx.actor.roles else None
    domain.check_shares(agreement.shares, agreement.from_agency, by)
    for name in ("from_agency", "to_agency"):
        check_agency(city, getattr(agreement, name), pointer=f"/{name}")
    await store.insert(tx, agreement)
    data = AgreementSigned(
        from_agency=agreement.from_agency,
        to_agency=agreement.to_agency,
        needs=list(agreement.needs),
        purpose=agreement.purpose,
        basis=agreement.basis,
        since=agreement.since,
        until=agreement.until,
        shares=list(agreement.shares),
    )
    tx.publish(data, subject=agreement.id, sequence=1)
    return agreement.id


async def end(tx: Tx, agreement: Agreement, last_day: date) -> Agreement:
    """Let an agreement end on a day, from today on; the caller has it locked."""
    domain.ended(agreement, last_day, korean_date(tx.now))
    await store.end(tx, agreement.id, last_day)
    sequence = agreement.sequence + 1
    tx.publish(AgreementEnded(last_day=last_day), subject=agreement.id, sequence=sequence)
    return replace(agreement, until=last_day, sequence=sequence)


async def shown(tx: Tx, id_: UUID, *, lock: bool = False) -> Agreement:
    """The agreement; raises Refusal 404 `agreement-unknown`."""
    found = await store.find(tx, id_, lock=lock)
    if found is None:
        raise Refusal(
            "agreement-unknown",
            ko="협약을 찾을 수 없습니다.",
            en="There is no such agreement.",
            status=404,
        )
    return found


async def of(tx: Tx, agency: str | None, limit: int) -> list[Agreement]:
    """The newest first, of one agency or of all."""
    return await store.of(tx, agency, limit)


async def holding(tx: Tx, from_agency: str, to_agency: str, need: str) -> Agreement:
    """The agreement that allows a referral today; raises Refusal `agreement-missing`."""
    today = korean_date(tx.now)
    for one in await store.between(tx, from_agency, to_agency):
        if one.allows(from_agency, to_agency, need, today):
            return one
    raise Refusal(
        "agreement-missing",
        ko="오늘 유효한 협약이 없어 이 기관으로 의뢰할 수 없습니다.",
        en="No agreement with this agency holds today for this need.",
        pointer="/basis",
    )


def check_agency(city: City, agency: str, *, pointer: str) -> None:
    """An agency must be one of the city's; raises Refusal `agency-unknown`."""
    if city.agency(agency) is None:
        raise Refusal(
            "agency-unknown",
            ko="이 도시에 등록되지 않은 기관입니다.",
            en="The city has no such agency.",
            pointer=pointer,
        )
