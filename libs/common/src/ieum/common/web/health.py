"""/livez, /readyz and /metrics, over an interface that the service fills in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Metric:
    """One sample of a gauge; the unit is the last word of its name. Labels never hold a person's data."""

    name: str
    help: str
    value: float
    labels: dict[str, str] = field(default_factory=dict)


class Health(Protocol):
    """What a service knows of itself. None of these may wait for anything: they read what is in memory."""

    def alive(self) -> Sequence[str]:
        """What only a restart would mend, such as a consumer without progress while there is lag."""
        ...

    def ready(self) -> Sequence[str]:
        """Why requests cannot be served now; empty where they can."""
        ...

    def metrics(self) -> Sequence[Metric]:
        """The present samples."""
        ...


class _Gauges(Collector):
    def __init__(self, health: Health) -> None:
        self._health = health

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """One family a metric name, its label names those of its first sample."""
        families: dict[str, GaugeMetricFamily] = {}
        for metric in self._health.metrics():
            labels = sorted(metric.labels)
            family = families.setdefault(
                metric.name, GaugeMetricFamily(metric.name, metric.help, labels=labels)
            )
            family.add_metric([metric.labels[label] for label in labels], metric.value)
        return families.values()


def health_routes(health: Health) -> APIRouter:
    """The three routes; 503 with the reasons where the service is not alive or not ready."""
    router = APIRouter(tags=["health"], include_in_schema=False)
    registry = CollectorRegistry()
    registry.register(_Gauges(health))
    ProcessCollector(registry=registry)

    @router.get("/livez")
    async def livez() -> Response:
        return _state("alive", health.alive())

    @router.get("/readyz")
    async def readyz() -> Response:
        return _state("ready", health.ready())

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def _state(name: str, reasons: Sequence[str]) -> JSONResponse:
    return JSONResponse({name: not reasons, "reasons": list(reasons)}, 503 if reasons else 200)
