"""A window's list over real HTTP: whoever changes it, it is shown within a second; others hear nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from .conftest import Prepared
from .contacts import FRONT, HOPE, YOUTH, changed, taken
from .serving import Served, served
from .test_referral_stream import Stream
from .world import World, world

pytestmark = pytest.mark.servers


@asynccontextmanager
async def listening(at: Served, agency: str) -> AsyncIterator[Stream]:
    headers = at.world.headers("staff", agency=agency)
    async with at.client.stream("GET", "/intake/windows/stream", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = Stream(answer.aiter_lines())
        assert (await stream.next())["event"] == "ready"
        yield stream


async def test_a_visit_taken_elsewhere_is_in_the_windows_list_within_a_second(
    intake: World, prepared: Prepared
) -> None:
    """Taken through another process; shown as the whole list, without a name, and gone when the person is."""
    async with (
        served(intake) as at,
        world(prepared.dsn, prepared.secrets, prepared.prefix) as other,
        listening(at, HOPE) as stream,
        listening(at, YOUTH) as others,
    ):
        for number in ("001", "002", "003"):
            visit = await taken(other, HOPE, person=await other.person())
            event = await stream.next()
            assert event["event"] == "queue"
            [item] = event["data"]["items"]
            assert (item["number"], item["position"], item["state"]) == (number, 1, "waiting")
            await changed(other, f"visits/{visit['id']}/departure", version=1, agency=FRONT)
            assert (await stream.next())["data"]["items"] == []
        assert stream.quickest < 1
        assert await others.silent(0.3)
