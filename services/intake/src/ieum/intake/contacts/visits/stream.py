"""The stream of a window's live list: whoever changes it, wherever, it is shown within a second."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request

from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.intake.contacts.recording import own_agency
from ieum.intake.contacts.visits import actions
from ieum.intake.contacts.visits.views import queue_view
from ieum.intake.stream import EventStream, Feed, LastEventId, Message, events

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

# `ready` comes first and says nothing but from where on it is told. `itemSchema` is OpenAPI 3.2's word.
_EVENT = {
    "type": "object",
    "required": ["id", "event", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]{1,18}$"},
        "event": {"enum": ["ready", "queue"]},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}


def routes(feed: Feed) -> APIRouter:
    """The route of the stream, on this process's feed."""
    router = APIRouter(tags=["contacts"])

    @router.get(
        "/windows/stream",
        response_class=EventStream,
        responses={
            200: {
                "description": "First `ready`, then events `queue`, each the whole list as it is then",
                "content": {"text/event-stream": {"itemSchema": _EVENT}},
            }
        },
    )
    async def stream(
        request: Request,
        last_event_id: LastEventId = None,
        principal: Principal = requires("staff", "official"),
    ) -> EventStream:
        """The list of one's own agency's windows: as it is, and again whenever it has changed."""
        async with unit(request, principal, purposes.INTAKE) as tx:
            agency = own_agency(tx)
        after = int(last_event_id) if last_event_id else 0
        read = partial(_queue, feed, agency)
        return EventStream(events(request, principal, feed, agency, after=after, read=read))

    return router


async def _queue(feed: Feed, agency: str, tx: Tx, after: int) -> list[Message]:
    """The list, if it has changed since a position; one that changed meanwhile is sent again."""
    position = await feed.position(tx, agency)
    if position == after:  # another one, also a lower one of a database that was restored, is news
        return []
    shown = queue_view(await actions.queue(tx, agency))
    return [Message(position, "queue", shown.model_dump_json())]
