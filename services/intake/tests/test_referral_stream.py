"""The stream over real HTTP: within a second, across processes, resumable, and gone when its client is."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from ieum.common.service.run import GRACEFUL_SECONDS

from .conftest import Prepared
from .referrals import RECEIVER, SENDER, STRANGER, sent, walk
from .serving import Served, served
from .world import World, problem, world

pytestmark = pytest.mark.servers
SECONDS = 20


@pytest.fixture
async def window(intake: World) -> AsyncIterator[Served]:
    async with served(intake) as made:
        yield made


class Stream:
    """An open stream, read event by event.

    `quickest` is the least that an event took from being asked for, so after what it tells was done. It is
    the stream's own doing; how long the others took is a busy machine's, too.
    """

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.quickest = math.inf

    async def next(self) -> dict[str, Any]:
        """The next event, comments left out; fails when none comes."""
        found: dict[str, Any] = {}
        began = time.monotonic()
        async with asyncio.timeout(SECONDS):
            async for line in self._lines:
                if not line and "data" in found:
                    if found["event"] != "ready":
                        self.quickest = min(self.quickest, time.monotonic() - began)
                    return found
                name, _, value = line.partition(": ")
                if name:
                    found[name] = json.loads(value) if name == "data" else value
        raise AssertionError("the stream ended")

    async def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        try:
            async with asyncio.timeout(seconds):
                await anext(self._lines)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def listening(window: Served, agency: str, last: str | None = None) -> AsyncIterator[Stream]:
    headers = window.world.headers("staff", agency=agency) | ({"Last-Event-ID": last} if last else {})
    async with window.client.stream("GET", "/intake/referrals/stream", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = Stream(answer.aiter_lines())
        assert (await stream.next())["event"] == "ready"
        yield stream


async def test_the_other_window_sees_it_within_a_second_whichever_process_took_it(
    window: Served, prepared: Prepared
) -> None:
    """Sent through a second service on the same database, whose memory the stream's process cannot see."""
    async with world(prepared.dsn, prepared.secrets, prepared.prefix) as other:
        person = await other.person()
        async with listening(window, RECEIVER) as stream:
            one = await sent(other, person)
            event = await stream.next()
            assert event["event"] == "referral"
            assert (event["data"]["id"], event["data"]["fact"]) == (one["id"], "sent")
            assert person not in json.dumps(event["data"])
            for step, fact in (("receive", "received"), ("accept", "accepted")):
                one = await walk(other, one, step)
                assert (await stream.next())["data"]["fact"] == fact
        assert stream.quickest < 1


async def test_each_agency_gets_its_own_alone_and_goes_on_where_it_was(window: Served) -> None:
    intake = window.world
    async with listening(window, SENDER) as mine, listening(window, STRANGER) as others:
        one = await sent(intake)
        first = await mine.next()
        assert first["data"]["fact"] == "sent"
        assert await others.silent(0.6)
    one = await walk(intake, one, "receive", "accept")
    await sent(intake, await intake.person(name="김철수"), to_agency=STRANGER)
    async with listening(window, SENDER, last=first["id"]) as again:
        missed = [await again.next() for _ in range(3)]
        assert [event["data"]["fact"] for event in missed] == ["received", "accepted", "sent"]
        assert [int(event["id"]) for event in missed] == [2, 3, 4]
        assert {missed[0]["data"]["id"], missed[1]["data"]["id"]} == {one["id"]}
    async with listening(window, STRANGER, last="0") as theirs:
        assert (await theirs.next())["data"]["need"] == "debt"


async def test_positions_have_no_holes_however_many_send_at_once(window: Served) -> None:
    """Two agencies refer to one another at once: every change arrives, in the order of positions."""
    intake = window.world
    people = [await intake.person(name=f"홍길{letter}") for letter in "가나다라마바사아자차"]
    for person in people:
        await intake.confer(person, RECEIVER)
    async with listening(window, RECEIVER) as stream:
        await asyncio.gather(
            *(
                intake.post(
                    "referrals",
                    {
                        "person": person, "need": "debt", "basis": "statute",
                        "to_agency": RECEIVER if n % 2 else SENDER,
                    },
                    agency=SENDER if n % 2 else RECEIVER,
                )
                for n, person in enumerate(people)
            )
        )  # fmt: skip
        events = [await stream.next() for _ in people]
    assert [int(event["id"]) for event in events] == list(range(1, 11))
    assert len({event["data"]["id"] for event in events}) == 10


async def test_open_streams_hold_no_connection_and_leave_nothing_behind(window: Served) -> None:
    """More streams than the pool has connections; others are served meanwhile, and all is given back."""
    pool = await window.world.service.database.pool()
    async with AsyncExitStack() as stack:
        for _ in range(15):
            await stack.enter_async_context(listening(window, RECEIVER))
        assert window.feed.readers == 15
        await sent(window.world)
    async with asyncio.timeout(SECONDS):
        while window.feed.readers:  # noqa: ASYNC110 - the server notices by itself
            await asyncio.sleep(0.01)
        while pool.get_idle_size() < pool.get_size():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("told", "graceful"), [(True, None), (False, GRACEFUL_SECONDS)])
async def test_stopping_ends_open_streams(window: Served, *, told: bool, graceful: int | None) -> None:
    """What SIGTERM sets off: streams end by themselves; untold, when the time of requests is over."""
    async with listening(window, RECEIVER):
        window.server.config.timeout_graceful_shutdown = graceful
        window.world.service.draining = told
        window.server.should_exit = True
        async with asyncio.timeout(SECONDS):
            await window.serving
    assert window.feed.readers == 0


async def test_a_stream_is_for_staff_of_an_agency_and_from_a_position(window: Served) -> None:
    get = window.client.get
    path = "/intake/referrals/stream"
    assert (await get(path)).status_code == 401
    assert (await get(path, headers=window.world.headers("citizen"))).status_code == 403
    no_agency = await get(path, headers=window.world.headers("staff", agency=None))
    assert problem(no_agency) == (403, "agency-missing")
    odd = await get(path, headers=window.world.headers("staff") | {"Last-Event-ID": "-1; drop"})
    assert odd.status_code == 422
