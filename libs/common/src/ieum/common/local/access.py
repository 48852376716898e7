"""`ieum access`: the table of who may do what, and the routes that have no row in it yet."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ieum.common.local.secrets import ensure_secrets
from ieum.common.service.prepare import SERVICES
from ieum.common.service.run import complete
from ieum.common.service.settings import REPOSITORY
from ieum.common.web import access as law
from ieum.common.web import accesspage, routes

if TYPE_CHECKING:
    from fastapi import FastAPI

PAGE = REPOSITORY / "docs" / "access.md"


def access(*, write: bool = False) -> None:
    """Print a row for each route that has none, as its code proposes it, and the rows that have no route.

    Args:
        write: also write docs/access.md anew from access.yaml.
    """
    with tempfile.TemporaryDirectory() as folder:
        for service in SERVICES:
            _compare(service, application(service, Path(folder)))
    if write:
        PAGE.write_text(accesspage.render(law.table()), encoding="utf-8")


def application(service: str, secrets: Path, mode: str = "development") -> FastAPI:
    """The application that a service's process serves, with no server behind it."""
    ensure_secrets(secrets)
    settings: Any = getattr(
        importlib.import_module(f"ieum.{service}.settings"), f"{service.capitalize()}Settings"
    )
    read = settings(
        kafka="127.0.0.1:1", database="postgresql://nobody@127.0.0.1:1/none", secrets=secrets, mode=mode
    )
    return complete(importlib.import_module(f"ieum.{service}.app").build(read)).application()


def _compare(service: str, app: FastAPI) -> None:
    there = {one.name: one for one in routes.operations(app)}
    missing, stale = law.differences(service, there)
    if missing or stale:
        print(f"{service}:")
    for name in missing:
        print(f'  "{name}": [{", ".join(_proposed(there[name]))}]')
    for name in stale:
        print(f"  # no such route any more: {name}")


def _proposed(one: routes.Operation) -> list[str]:
    """`any` for whom the code lets in; somebody must say how far each reaches."""
    public, roles = one.stated or (True, frozenset(law.COLUMNS))
    open_to = (roles or frozenset(law.COLUMNS[1:])) | ({"public"} if public else set())
    return ["any" if name in open_to else "no" for name in law.COLUMNS]
