"""Server-sent events (WHATWG HTML, 9.2): an agency's windows see what happens within a second.

Invariant: a stream holds no connection while it waits. Whoever made the change, in whatever process, it is
found in Postgres: one question a process and interval asks how far all watched feeds are.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Header
from starlette.requests import Request
from starlette.responses import StreamingResponse

from ieum.common.postgres import Actor, Tx
from ieum.common.privacy import purposes
from ieum.common.web import Principal, unit

if TYPE_CHECKING:
    from starlette.types import Send

    from ieum.common.service.app import Service

POLL_SECONDS = 0.2
HEARTBEAT_SECONDS = 15.0
# Then the client comes again by itself, with a token that is checked anew.
STREAM_SECONDS_MAX = 600.0
RETRY_MS = 1000
ACTOR = Actor("service", "intake/streams")

LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", pattern=r"^[0-9]{1,18}$")]
Positions = Callable[[Tx, Sequence[str]], Awaitable[Mapping[str, int]]]


@dataclass(frozen=True)
class Message:
    """An event of a stream; `data` is one line of JSON."""

    position: int
    name: str
    data: str


Read = Callable[[Tx, int], Awaitable[Sequence[Message]]]
"""What is new after a position, in order; nothing new: empty."""


class Feed:
    """Who watches which agency's feed in this process, and how far each feed was when last asked."""

    def __init__(self, positions: Positions) -> None:
        """Take the question of how far the feeds of some agencies are; one without any is missing."""
        self._ask = positions
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
            positions = await self._ask(tx, list(self._readers))
        for agency, position in positions.items():
            if agency in self._readers and self._positions.get(agency) != position:
                self._positions[agency] = position
                self._wake([agency])
        return 0

    async def position(self, tx: Tx, agency: str) -> int:
        """How far an agency's feed is; 0 where it has none yet."""
        return (await self._ask(tx, [agency])).get(agency, 0)

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


async def events(
    request: Request, principal: Principal, feed: Feed, agency: str, *, after: int, read: Read
) -> AsyncGenerator[str, None]:
    """The text of a stream: `ready`, then what `read` finds after a position, each time the feed moves."""
    loop, service = asyncio.get_running_loop(), request.app.state.service
    ends = loop.time() + STREAM_SECONDS_MAX
    with feed.watch(agency) as moved:
        yield f"retry: {RETRY_MS}\nid: {after}\nevent: ready\ndata: {{}}\n\n"
        while loop.time() < ends and not service.draining:
            moved.clear()  # before reading: what is committed from here on sets it again
            async with unit(request, principal, purposes.INTAKE) as tx:
                found = await read(tx, after)
            for message in found:
                after = message.position
                yield f"id: {after}\nevent: {message.name}\ndata: {message.data}\n\n"
            if not found and not await _moved(moved):
                yield ": still here\n\n"


async def _moved(moved: asyncio.Event) -> bool:
    try:
        await asyncio.wait_for(moved.wait(), HEARTBEAT_SECONDS)
    except TimeoutError:
        return False
    return True
