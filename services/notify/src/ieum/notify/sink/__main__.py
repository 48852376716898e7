"""`python -m ieum.notify.sink`: listen until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal

from ieum.notify.sink.faults import FaultPlan
from ieum.notify.sink.maildir import Maildir
from ieum.notify.sink.server import listen
from ieum.notify.sink.settings import SinkSettings


async def run(settings: SinkSettings) -> None:
    """Serve SMTP until a signal asks to stop; what was answered 250 is on the disk by then."""
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    plan = FaultPlan.parse(settings.faults)
    server = await listen(Maildir(settings.dir), settings.host, settings.port, plan)
    await stop.wait()
    server.close()


if __name__ == "__main__":
    asyncio.run(run(SinkSettings()))
