"""Schemathesis over the documents of all four services: no 5xx, no answer that the document does not have.

The services are served in this process as `python -m ieum.<service>` serves them, each on a real Postgres.
Requests come in the name of every role. `make test` sends the document's examples and every border of its
schemas; `make long` also what Hypothesis draws, and chains of requests along the document's links.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from ieum.common.service.prepare import SERVICES

from .asking import ALL, Asked, ask
from .exceptions import LEFT_OUT
from .services import Served, database, served

pytestmark = pytest.mark.servers
SEED = 20221122
BORDERS = ("examples", "coverage")
DRAWN = ("fuzzing", "stateful")
EXAMPLES = {"intake": 150, "matching": 300, "notify": 300, "audit": 300}
"""How many requests `make long` draws for each operation; intake has most operations."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of lines of log would say only what the report says."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
def service(request: pytest.FixtureRequest, postgres: Any, tmp_path: Path) -> Iterator[Served]:
    with asyncio.Runner() as runner:
        made = database(postgres.dsn, request.param, tmp_path)
        dsn = runner.run(made.__aenter__())
        yield served(request.param, dsn, tmp_path)
        runner.run(made.__aexit__(None, None, None))


def check(asked: Asked, seed: int) -> None:
    """Say what was wrong, all of it, and how to see it again; else what was done."""
    wrong = "\n".join(f"{' · '.join(key)}\n  {text}" for key, text in sorted(asked.failures.items()))
    assert not asked.failures, f"IEUM_SEED={seed} shows it again\n{wrong}"
    print(  # seen with -s, and where a test failed
        f"seed {seed}: {asked.operations} operations, {asked.requests} requests, {asked.seconds:.0f} s,"
        f" statuses {dict(sorted(asked.statuses.items()))}, excused {dict(asked.excused)}"
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("service", SERVICES, indirect=True)
def test_examples_and_borders_are_answered_as_the_document_says(service: Served) -> None:
    asked = ask(service, phases=BORDERS, examples=1, seed=SEED)
    check(asked, SEED)
    assert asked.requests > 10 * asked.operations
    assert {200, 401, 403, 404, 405, 422} <= set(asked.statuses)


@pytest.mark.long
@pytest.mark.parametrize("service", SERVICES, indirect=True)
def test_what_is_drawn_and_chained_is_answered_as_the_document_says(service: Served) -> None:
    seed = int(os.environ.get("IEUM_SEED", SEED))
    asked = ask(service, phases=DRAWN, examples=EXAMPLES[service.name], seed=seed)
    check(asked, seed)
    assert asked.requests > 20 * asked.operations


@pytest.mark.parametrize("service", ["intake"], indirect=True)
def test_the_suite_would_see_a_fault_an_undocumented_answer_and_a_body_that_does_not_fit(
    service: Served,
) -> None:
    """Three faults are planted in a route each: the suite must name all three."""
    planted = {
        "/intake/organisations": _raises,
        "/intake/programmes": _teapot,
        "/intake/agreements": _other_body,
    }
    inner = service.app

    async def app(scope: Any, receive: Any, send: Any) -> None:
        wrong = planted.get(scope.get("path", "")) if scope.get("method") == "GET" else None
        await (wrong(scope, receive, send) if wrong else inner(scope, receive, send))

    app.openapi = inner.openapi  # type: ignore[attr-defined]
    service = Served(service.name, service.service, app, service.secrets)
    asked = ask(service, phases=("coverage",), examples=1, seed=SEED, only=tuple(planted))
    found = {(check, label) for check, label, _ in asked.failures}
    assert ("not_a_server_error", "GET /intake/organisations") in found
    assert ("status_code_conformance", "GET /intake/programmes") in found
    assert ("response_schema_conformance", "GET /intake/agreements") in found


async def _raises(_scope: Any, _receive: Any, send: Any) -> None:
    await _answer(send, 500, b"{}")


async def _teapot(_scope: Any, _receive: Any, send: Any) -> None:
    await _answer(send, 418, b"{}")


async def _other_body(_scope: Any, _receive: Any, send: Any) -> None:
    await _answer(send, 200, b'{"items": [{"id": 1}]}')


async def _answer(send: Any, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@pytest.mark.parametrize("service", ["notify"], indirect=True)
def test_the_clock_is_asked_by_hand(service: Served) -> None:
    """PUT /development/clock, which moves time for all others, is left out above."""
    assert list(LEFT_OUT) == ["PUT /{service}/development/clock", "POST /intake/applications/bulk"]
    url = "/notify/development/clock"
    may = {"Authorization": f"Bearer {service.token(*ALL)}"}
    asked: list[tuple[dict[str, Any], int]] = [
        ({"json": {"seconds": 60}, "headers": may}, 200),
        ({"json": {"seconds": 60}}, 401),
        ({"json": {"seconds": 60}, "headers": {"Authorization": f"Bearer {service.token('staff')}"}}, 403),
        *(
            ({"json": {"seconds": wrong}, "headers": may}, 422)
            for wrong in (-1, 10**9, 10**40, "60", True, None)
        ),
        ({"content": b'{"seconds": 6', "headers": may | {"Content-Type": "application/json"}}, 400),
    ]

    async def run() -> list[int]:
        transport = httpx.ASGITransport(app=service.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://notify") as client:
            return [(await client.put(url, **request)).status_code for request, _ in asked]

    assert asyncio.run(run()) == [status for _, status in asked]
