"""The stream of referrals: an agency's windows see what is sent to them, and what becomes of it, at once."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request

from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.intake.referrals import actions, domain
from ieum.intake.referrals.store import Change
from ieum.intake.stream import EventStream, Feed, LastEventId, Message, events

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

BATCH = 100

_CHANGE = TypeAdapter(Change)


class ReferralEvent(BaseModel):
    """The data of an event `referral`; documented here, as OpenAPI has no word for streams."""

    position: int
    fact: str
    version: int
    id: str
    number: str
    status: str


# `ready` comes first and says nothing but from where on it is told. `itemSchema` is OpenAPI 3.2's word.
_EVENT = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        "event": {"enum": ["ready", "referral"]},
        "data": {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"anyOf": [ReferralEvent.model_json_schema(), {"maxProperties": 0}]},
        },
    },
}


def routes(feed: Feed) -> APIRouter:
    """The route of the stream, on this process's feed."""
    router = APIRouter(tags=["referrals"])

    @router.get(
        "/referrals/stream",
        response_class=EventStream,
        responses={
            200: {
                "description": "First `ready`, then events `referral`; resumable by Last-Event-ID",
                "content": {"text/event-stream": {"itemSchema": _EVENT}},
            }
        },
    )
    async def stream(
        request: Request, last_event_id: LastEventId = None, principal: Principal = requires("staff")
    ) -> EventStream:
        """New and changed referrals of one's own agency, as they are committed."""
        agency = domain.check_parties(principal.agency, "")
        if last_event_id is None:
            async with unit(request, principal, purposes.INTAKE) as tx:
                after = await feed.position(tx, agency)
        else:
            after = int(last_event_id)
        read = partial(_changes, agency)
        return EventStream(events(request, principal, feed, agency, after=after, read=read))

    return router


async def _changes(agency: str, tx: Tx, after: int) -> list[Message]:
    return [
        Message(change.position, "referral", _CHANGE.dump_json(change).decode())
        for change in await actions.changes(tx, agency, after, BATCH)
    ]
