from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest
import uvicorn
from structlog.testing import capture_logs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MIB = 1024 * 1024


async def pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 1024):
        yield b"x" * 1024


async def test_a_correlation_id_is_taken_over_where_it_is_a_uuid(client):
    known = str(uuid4())
    answer = await client.get("/livez", headers={"X-Correlation-Id": known})
    assert answer.headers["x-correlation-id"] == known
    other = await client.get("/livez", headers={"X-Correlation-Id": "Kim 010-1234-5678"})
    assert other.headers["x-correlation-id"] not in {known, "Kim 010-1234-5678"}


async def test_every_answer_has_the_security_headers(client):
    for path in ("/livez", "/intake/", "/intake/nothing", "/intake/broken", "/intake/static/ieum.css"):
        headers = (await client.get(path)).headers
        assert "'unsafe-inline'" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


async def test_a_request_is_logged_by_its_route_without_its_values(client):
    with capture_logs() as lines:
        await client.get("/intake/people/901212?name=Kim")
    [line] = lines
    assert line["route"] == "/intake/people/{number}"
    assert (line["method"], line["status"]) == ("GET", 200)
    assert "901212" not in str(line)
    assert "Kim" not in str(line)


async def test_a_fault_is_logged_by_type_and_place_without_its_message(client):
    with capture_logs() as lines:
        await client.get("/intake/broken")
    fault = next(line for line in lines if line["log_level"] == "error")
    assert fault["error"] == "RuntimeError"
    assert fault["raised_at"][-1].endswith("broken")
    assert "010-1234-5678" not in str(lines)


@pytest.mark.parametrize(("size", "status"), [(MIB, 200), (MIB + 1, 413), (2 * MIB, 413)])
async def test_a_body_over_one_mebibyte_is_413(client, size, status):
    answer = await client.post("/intake/bytes", content=b"x" * size)
    assert answer.status_code == status
    if status == 413:
        assert answer.json()["type"] == "https://ieum.kr/problems/body-too-large"


@pytest.mark.parametrize("path", ["/intake/bytes", "/intake/people"])
async def test_a_chunked_body_is_counted_as_it_arrives(client, path):
    answer = await client.post(path, content=pieces(2 * MIB), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_path_may_have_a_limit_of_its_own(client):
    assert (await client.post("/intake/imports/file", content=b"x" * 2 * MIB)).text == str(2 * MIB)
    assert (await client.post("/intake/imports/file", content=b"x" * 4 * MIB)).status_code == 413


async def test_over_a_real_socket_the_413_arrives_before_the_connection_closes(app):
    with socket.create_server(("127.0.0.1", 0)) as listening:  # what connects early waits in its backlog
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        try:
            async with httpx.AsyncClient(base_url=address) as client:
                assert (await client.post("/intake/people", content=b"x" * 2 * MIB)).status_code == 413
                assert (await client.post("/intake/people", content=pieces(2 * MIB))).status_code == 413
                assert (await client.get("/intake/people/1")).status_code == 200
        finally:
            server.should_exit = True
            await serving
