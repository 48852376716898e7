"""Who may do what: `access.yaml` against the routes of all services, and every cell of it over HTTP.

No server is behind the applications: who is let in goes on to a database that is away (503), or is told what
else is wrong with the request. What is behind the door is shown by `services/*/tests`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI

from ieum.common.local.access import PAGE, application
from ieum.common.service.prepare import SERVICES
from ieum.common.web import access, accesspage, requires, routes
from ieum.common.web.access import COLUMNS, AccessFileInvalid
from ieum.common.web.tokens import ROLES, issue

VALUES = {
    "path": "0/000",
    "index": "0",
    "letter": "1",
    "group": "g",
    "number": "20220215-0123456789",
    "code": "A" * 12,
}


def _served(service: str, folder: Path, mode: str = "development") -> FastAPI:
    app = application(service, folder, mode)
    app.state.web.started = True
    return app


def _rows(app: FastAPI) -> Iterator[tuple[str, access.Row]]:
    service = app.state.web.service
    for one in routes.operations(app):
        row = access.row(service, one.name)
        assert row is not None, f"{service}: no row for {one.name}; `ieum access` proposes one"
        yield one.name, row


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_has_a_row_and_every_row_a_route(service: str, tmp_path: Path) -> None:
    app = _served(service, tmp_path)
    routes.check(app)
    every = {one.name for one in routes.operations(app)}
    assert set(access.table()[access.EVERY]) <= every
    routes.check(_served(service, tmp_path, "production"))


def test_a_process_does_not_start_with_a_route_that_nobody_ruled_on(tmp_path: Path) -> None:
    app = _served("notify", tmp_path)
    router = APIRouter()
    router.add_api_route("/notify/forgotten", lambda: None)
    app.include_router(router)
    with pytest.raises(AccessFileInvalid, match="GET /forgotten"):
        routes.check(app)


def test_the_page_to_read_is_the_file() -> None:
    assert PAGE.read_text(encoding="utf-8") == accesspage.render(access.table()), "run `ieum access --write`"


@pytest.mark.parametrize(
    "rows",
    ['"GET /x": [no, any]', '"GET /x": [no, all, no, no, no, no, no]', '"GET /x": any'],
)
def test_a_file_that_leaves_a_cell_open_is_refused(rows: str) -> None:
    with pytest.raises(AccessFileInvalid, match="GET /x"):
        access.read(f"every:\n  {rows}")


def _headers(folder: Path, roles: Any) -> dict[str, str]:
    pem = (folder / "token_private.pem").read_bytes()
    token = issue(
        pem, subject="kim", roles=roles, agency="daegu-youth-centre", minutes=5, now=datetime.now(UTC)
    )
    return {"Authorization": f"Bearer {token}"}


async def _ask(
    client: httpx.AsyncClient, service: str, operation: str, headers: dict[str, str]
) -> tuple[int, str]:
    """Status and code of the answer to an empty request; the ids in its path are nobody's."""
    method, _, path = operation.partition(" ")
    path = re.sub(r"\{(\w+)(:path)?\}", lambda found: VALUES.get(found[1], str(uuid4())), path)
    answer = await client.request(method, f"/{service}{path}", headers={"If-Match": '"1"', **headers})
    problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    return answer.status_code, answer.json()["type"].rpartition("/")[2] if problem else ""


@pytest.mark.parametrize("service", SERVICES)
async def test_every_cell_answers_as_the_file_says(service: str, tmp_path: Path) -> None:
    """401 and 403 exactly where the file says `no`, for every operation and role."""
    app = _served(service, tmp_path)
    signed_in = {role: _headers(tmp_path, [role]) for role in ROLES}
    wrong, asked = [], 0
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ieum") as client:
        for operation, row in _rows(app):
            for column in COLUMNS:
                found = await _ask(client, service, operation, signed_in.get(column, {}))
                refused = (401, "unauthenticated") if column == "public" else (403, "forbidden")
                asked += 1
                if (found == refused) != (row[column] == "no"):
                    wrong.append((operation, column, row[column], found))
    assert wrong == []
    assert asked == len(COLUMNS) * len(routes.operations(app))


async def test_several_roles_are_let_in_where_one_of_them_is(tmp_path: Path) -> None:
    app = _served("intake", tmp_path)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ieum") as client:
        both = _headers(tmp_path, ["operator", "staff"])
        assert (await _ask(client, "intake", "GET /people", both))[1] != "forbidden"
        neither = _headers(tmp_path, ["operator", "auditor"])
        assert await _ask(client, "intake", "GET /people", neither) == (403, "forbidden")


async def test_the_file_rules_over_what_the_code_says(tmp_path: Path) -> None:
    """A route that would let anybody in by its code is closed by its row."""
    app = _served("notify", tmp_path)
    router = APIRouter()

    @router.get("/notify/messages")
    async def messages(_: Any = requires("citizen", public=True)) -> str:
        return "seen"

    app.router.routes.clear()
    app.include_router(router)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ieum") as client:
        assert (await _ask(client, "notify", "GET /messages", {}))[0] == 401
        assert (await _ask(client, "notify", "GET /messages", _headers(tmp_path, ["citizen"])))[0] == 403
        assert (await _ask(client, "notify", "GET /messages", _headers(tmp_path, ["staff"])))[0] == 200
