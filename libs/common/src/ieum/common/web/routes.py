"""The routes of an application, compared with `access.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from ieum.common.web import access

if TYPE_CHECKING:
    from fastapi import FastAPI

DEVELOPMENT = "POST /development/clock"
"""The one operation that production does not have."""


@dataclass(frozen=True)
class Operation:
    """A route as `access.yaml` names it; `stated`: public and roles as its code says, until it has a row."""

    name: str
    stated: tuple[bool, frozenset[str]] | None


def operations(app: FastAPI) -> list[Operation]:
    """All that an application serves, but for static files; HEAD goes with GET."""
    service = app.state.web.service
    found = {}
    for one in iter_route_contexts(app.routes):
        if isinstance(one.original_route, Mount):
            continue
        for method in (one.methods or set()) - {"HEAD"}:
            name = access.operation(method, one.path, service)
            found[name] = Operation(name, next(_stated(getattr(one, "dependant", None)), None))
    return [found[name] for name in sorted(found)]


def check(app: FastAPI) -> None:
    """Raise AccessFileInvalid where a route has no row, or a row no route."""
    service = app.state.web.service
    missing, stale = access.differences(service, [one.name for one in operations(app)])
    if missing or stale:
        raise access.AccessFileInvalid(
            f"access.yaml and the routes of {service} differ: no row for {missing}, no route for {stale}"
        )


def _stated(dependant: Any) -> Iterator[tuple[bool, frozenset[str]]]:
    for one in getattr(dependant, "dependencies", ()):
        if (stated := getattr(one.call, "stated", None)) is not None:
            yield stated
        yield from _stated(one)
