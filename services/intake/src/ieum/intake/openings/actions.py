"""Publishing openings and looking them up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import OpeningPublished
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.service.city import City
from ieum.intake.openings import domain, store
from ieum.intake.openings.domain import Opening
from ieum.intake.organisations import actions as organisations
from ieum.intake.people import domain as people
from ieum.intake.programmes import actions as programmes
from ieum.intake.programmes.domain import check_agency

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def publish(tx: Tx, city: City, opening: Opening, *, verified_only: bool = False) -> UUID:
    """Publish an opening; raises Refusal where programme, organisation or law turn it away.

    `verified_only`: 409 `organisation-unverified` where nobody saw the organisation's papers yet.
    """
    programme = await programmes.current(tx, opening.programme, status=422, pointer="/programme")
    check_agency(programme.definition, tx.actor.agency, operator="operator" in tx.actor.roles)
    firm = await organisations.shown(tx, opening.organisation, status=422, pointer="/organisation")
    if verified_only and firm.verified_at is None:
        raise Refusal(
            "organisation-unverified",
            ko="아직 확인되지 않은 기관입니다. 사업자등록증 등을 확인한 뒤에 공고해 주십시오.",
            en="Nobody has verified this organisation yet. Publish once its papers were seen.",
            status=409,
            pointer="/organisation",
        )
    people.check_district(city, opening.district, korean_date(tx.now))
    domain.check(opening, programme.definition, city)
    if not await store.insert(tx, opening):
        raise Refusal(
            "opening-code-taken",
            ko="이 사업에 같은 코드의 자리가 이미 있습니다.",
            en="The programme has an opening of this code already.",
            status=409,
            pointer="/code",
        )
    told = {name: getattr(opening, name) for name in OpeningPublished.model_fields if name != "private"}
    tx.publish(OpeningPublished(**told), subject=opening.id, sequence=1)
    return opening.id


async def shown(tx: Tx, id_: UUID) -> Opening:
    """The opening; raises Refusal 404 `opening-unknown`."""
    found = await store.find(tx, id_)
    if found is None:
        raise Refusal(
            "opening-unknown", ko="자리를 찾을 수 없습니다.", en="There is no such opening.", status=404
        )
    return found


async def of_programme(tx: Tx, programme: str) -> list[Opening]:
    """All openings of a programme, by code."""
    return await store.of_programme(tx, programme)


async def named(tx: Tx, programme: str, names: Collection[str]) -> list[Opening]:
    """The openings that are meant by ids (of any programme) or codes (of this one)."""
    return await named_all(tx, [(programme, names)])


async def named_all(tx: Tx, wanted: Collection[tuple[str, Collection[str]]]) -> list[Opening]:
    """The same for several programmes, each with its names."""
    codes = {(programme, name) for programme, names in wanted for name in names}
    return await store.named(tx, {id_ for _, name in codes if (id_ := _id(name))}, codes)


async def by_ids(tx: Tx, ids: Sequence[UUID]) -> list[Opening]:
    """These openings, in no order."""
    return await store.named(tx, ids, [])


def _id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
