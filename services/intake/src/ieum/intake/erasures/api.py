"""HTTP routes of erasures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.kernel.dates import KST
from ieum.common.privacy import purposes
from ieum.common.web import Principal, create, requires, unit
from ieum.intake.erasures import actions
from ieum.intake.keys import actions as keys
from ieum.intake.keys.domain import Copy, Place, Spans
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import HOLDERS

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.common.service.city import City
    from ieum.intake.erasures.store import Erasure

router = APIRouter(tags=["people"])


class KeptView(BaseModel):
    """A record class that an article keeps until a day; why, in both languages.

    `last_copy_gone_by`: by then the last copy of its key is gone as well, backups included.
    """

    record_class: str
    article: str
    until: date
    destroyed_at: datetime | None
    last_copy_gone_by: datetime
    reason_ko: str
    reason_en: str


class AcknowledgementView(BaseModel):
    """A holder's word that nothing readable of these classes is held any more; `at` is the last of it."""

    holder: str
    record_classes: list[str]
    at: datetime


class CopyView(BaseModel):
    """A place where destroyed keys may still lie wrapped: until when at most, and since when they do not.

    `kafka`: the files of its topics; `database`: pages and WAL of Postgres; `backups`: what was made before.
    """

    place: Place
    gone_by: datetime
    gone_at: datetime | None


class ErasureView(BaseModel):
    """What went at once, what is kept and why, and which holders have said that they are done.

    `last_copy_gone_by`: by then no copy is left of the keys that are destroyed; null where none was yet.
    """

    person: UUID
    requested_at: datetime
    gone: list[str]
    kept: list[KeptView]
    acknowledged: list[AcknowledgementView]
    waiting_for: list[str]
    copies: list[CopyView]
    last_copy_gone_by: datetime | None


@router.post("/people/{id}/erasure", status_code=201)
async def ask(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> ErasureView:
    """Ask to be forgotten; answered class by class."""
    desk, spans = Desk.of(request.app.state.service), _spans(request)

    async def do(tx: Tx) -> UUID:
        return await actions.request(tx, desk, id)

    async def show(tx: Tx, id_: UUID) -> ErasureView:
        return await _shown(tx, desk, spans, id_)

    # The id is in the path alone: it stands for the body, so that a key serves one person.
    return await create(request, principal, id.bytes, purposes.OWN_DATA, do=do, show=show)


@router.get("/people/{id}/erasure")
async def show_erasure(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("citizen", "staff"),
) -> ErasureView:
    """How far an erasure is."""
    desk = Desk.of(request.app.state.service)
    async with unit(request, principal, purposes.OWN_DATA) as tx:
        return await _shown(tx, desk, _spans(request), id)


def _spans(request: Request) -> Spans:
    return keys.spans_of(request.app.state.service.settings)


async def _shown(tx: Tx, desk: Desk, spans: Spans, person: UUID) -> ErasureView:
    erasure = await actions.shown(tx, desk, person)
    return _view(erasure, desk.city, await keys.copies(tx, spans, person), spans)


def _view(erasure: Erasure, city: City, copies: Sequence[Copy], spans: Spans) -> ErasureView:
    by_holder = {
        holder: [word for word in erasure.acknowledged if word.holder == holder] for holder in HOLDERS
    }
    reasons = {str(rule.record_class): rule.reason for rule in city.retention}
    return ErasureView(
        person=erasure.person,
        requested_at=erasure.requested_at,
        gone=list(erasure.gone),
        kept=[
            KeptView(
                record_class=one.record_class,
                article=one.article,
                until=one.until,
                destroyed_at=one.destroyed_at,
                last_copy_gone_by=keys.last_gone(one.destroyed_at or _midnight(one.until), spans),
                reason_ko=reasons[one.record_class].ko,
                reason_en=reasons[one.record_class].en,
            )
            for one in erasure.kept
        ],
        acknowledged=[
            AcknowledgementView(
                holder=holder,
                record_classes=[word.record_class for word in words],
                at=max(word.acknowledged_at for word in words),
            )
            for holder, words in by_holder.items()
            if words
        ],
        waiting_for=[holder for holder, words in by_holder.items() if not words],
        copies=[CopyView(place=one.place, gone_by=one.gone_by, gone_at=one.gone_at) for one in copies],
        last_copy_gone_by=max((one.gone_by for one in copies), default=None),
    )


def _midnight(day: date) -> datetime:
    """When the timer finds a day's keys due: its first minute in Korea."""
    return datetime.combine(day, time(), KST)
