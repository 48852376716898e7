"""Server-sent events (WHATWG HTML, 9.2): an agency's windows see what happens within a second.

Invariant: a stream holds no connection while it waits. Whoever made the change, in whatever process, it is
found in Postgres: one question a process and interval asks how far all watched feeds are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header
from pydantic import BaseModel, TypeAdapter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.intake.referrals import actions, domain
from ieum.intake.referrals.jobs import ACTOR
from ieum.intake.referrals.store import Change

if TYPE_CHECKING:
    from starlette.types import Send

    from ieum.common.service.app import Service

POLL_SECONDS = 0.2
HEARTBEAT_SECONDS = 15.0
# Then the client comes again by itself, with a token that is checked anew.
STREAM_SECONDS_MAX = 600.0
BATCH = 100
RETRY_MS = 1000

_CHANGE = TypeAdapter(Change)
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", pattern=r"^[0-9]{1,18}$")]


class Feed:
    """Who watches which agency's feed in this process, and how far each feed was when last asked."""

    def __init__(self) -> None:
        self._readers: dict[str, set[asyncio.Event]] = {}
        self._positions: dict[str, int] = {}

    @property
    def readers(self) -> int:
        """How many streams are open here."""
        return sum(len(events) for events in self._readers.values())

    @contextmanager
    def watch(self, agency: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the agency's feed has moved on."""
        moved = asyncio.Event()
        self._readers.setdefault(agency, set()).add(moved)
        try:
            yield moved
        finally:
            self._readers[agency].discard(moved)
            if not self._readers[agency]:
                del self._readers[agency]
                self._positions.pop(agency, None)

    async def poll(self, service: Service) -> int:
        """Wake the streams whose feed has moved, or all at the end; asks nothing while nobody watches."""
        if not self._readers:
            return 0
        if service.draining:
            self._wake(self._readers)
            return 0
        async with service.database.unit_of_work(ACTOR, purposes.INTAKE) as tx:
            positions = await actions.positions(tx, list(self._readers))
        for agency, position in positions.items():
            if agency in self._readers and self._positions.get(agency) != position:
                self._positions[agency] = position
                self._wake([agency])
        return 0

    def _wake(self, agencies: Iterable[str]) -> None:
        for agency in agencies:
            for moved in self._readers[agency]:
                moved.set()


class EventStream(StreamingResponse):
    """A stream whose source is closed at once when the client has gone, or the service stops."""

    media_type = "text/event-stream"
    body_iterator: AsyncGenerator[str, None]

    async def stream_response(self, send: Send) -> None:
        """Send until the source ends; then, or on a fault, the source gives back what it holds."""
        async with aclosing(self.body_iterator):
            await super().stream_response(send)


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
                after = (await actions.positions(tx, [agency])).get(agency, 0)
        else:
            after = int(last_event_id)
        return EventStream(_events(request, principal, feed, agency, after))

    return router


async def _events(
    request: Request, principal: Principal, feed: Feed, agency: str, after: int
) -> AsyncGenerator[str, None]:
    loop, service = asyncio.get_running_loop(), request.app.state.service
    ends = loop.time() + STREAM_SECONDS_MAX
    with feed.watch(agency) as moved:
        yield f"retry: {RETRY_MS}\nid: {after}\nevent: ready\ndata: {{}}\n\n"
        while loop.time() < ends and not service.draining:
            moved.clear()  # before reading: what is committed from here on sets it again
            changes = await _read(request, principal, agency, after)
            for change in changes:
                after = change.position
                yield f"id: {after}\nevent: referral\ndata: {_CHANGE.dump_json(change).decode()}\n\n"
            if not changes and not await _moved(moved):
                yield ": still here\n\n"


async def _read(request: Request, principal: Principal, agency: str, after: int) -> list[Change]:
    async with unit(request, principal, purposes.INTAKE) as tx:
        return await actions.changes(tx, agency, after, BATCH)


async def _moved(moved: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(moved.wait(), HEARTBEAT_SECONDS)
    except TimeoutError:
        return False
    return True
