"""Intake behind a real socket: uvicorn as `python -m ieum.intake` runs it, and the timer of the streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import uvicorn

from ieum.common.service.run import GRACEFUL_SECONDS
from ieum.intake.stream import Feed

from .world import World

STREAMS = ("referrals-stream", "visits-stream")


@dataclass
class Served:
    """A process of intake as a client sees it; `feed` is what its streams hang on."""

    world: World
    server: uvicorn.Server
    serving: asyncio.Task[None]
    client: httpx.AsyncClient
    feed: Feed


@asynccontextmanager
async def served(world: World) -> AsyncIterator[Served]:
    """Serve on a free port; brought down as SIGTERM does, if the test has not."""
    app = world.service.application()
    app.state.web.started = True  # without a broker the lifespan would wait
    config = uvicorn.Config(
        app,
        port=0,
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    server = uvicorn.Server(config)
    job, other = (next(one for one in world.service.jobs if one.name == name) for name in STREAMS)
    polling = [asyncio.create_task(one.loop(world.service)) for one in (job, other)]
    serving = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            feed: Feed = job.run.__self__  # type: ignore[attr-defined]
            yield Served(world, server, serving, client, feed)
    finally:
        server.should_exit = True
        await serving
        job.stopping.set()
        other.stopping.set()
        await asyncio.gather(*polling)
