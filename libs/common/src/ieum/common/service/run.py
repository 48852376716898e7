"""How a service becomes a process: `python -m ieum.<service>`."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

import uvicorn

from ieum.common.kernel import collector
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.common.service import clockroutes, operations
from ieum.common.service.app import Service
from ieum.common.service.health import PROBE_SECONDS, probe
from ieum.common.service.settings import ServiceSettings
from ieum.common.telemetry import logs
from ieum.common.web import idempotency, routes

S = TypeVar("S", bound=ServiceSettings)

GRACEFUL_SECONDS = 2
IDEMPOTENCY_SECONDS = 600.0
STARTUP_FAILED = 3  # uvicorn's own exit code


def complete(service: Service) -> Service:
    """Add what every service has: the health probe, operations, and in development the clock."""
    service.every("probe", seconds=PROBE_SECONDS, run=probe)
    service.every("idempotency", seconds=IDEMPOTENCY_SECONDS, run=_forget_idempotency_keys)
    service.include(operations.router)
    if service.settings.mode == "development":
        service.include(clockroutes.router)
    return service


async def _forget_idempotency_keys(service: Service) -> int:
    async with service.database.unit_of_work(Actor("service", service.name), purposes.OPERATION) as tx:
        await idempotency.delete_expired(tx)
    return 0


class Server(uvicorn.Server):
    """uvicorn, telling the service at once when it is asked to end: requests at hand get their time first."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What a signal sets off."""
        self._service.draining = True
        super().handle_exit(sig, frame)


def main(name: str, build: Callable[[S], Service], settings: type[S]) -> None:
    """Serve until SIGTERM or SIGINT, then drain; exits 0."""
    read = settings()
    logs.configure(name, read.log_level)
    service = complete(build(read))
    # uvicorn drains on SIGTERM, then raises it again: a drained service has ended well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    application = service.application()
    routes.check(application)
    collector.relax()
    config = uvicorn.Config(
        application,
        host=read.host,
        port=read.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    server = Server(config, service)
    try:
        server.run()
    except KeyboardInterrupt:
        return  # SIGINT, raised again by uvicorn after the drain
    if not server.started:
        sys.exit(STARTUP_FAILED)
