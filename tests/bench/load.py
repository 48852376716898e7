"""A closed loop of HTTP requests that costs the machine little: the sender shares its two cores."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import deque
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit
from uuid import uuid4

CONNECTIONS = 16
_END = b"\r\n\r\n"


def request(url: str, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
    """A POST as its bytes."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {urlsplit(url).netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _END + body


def posts(url: str, path: str, bodies: Iterable[bytes], headers: Mapping[str, str]) -> list[bytes]:
    """POSTs of these bodies, each with a key of its own."""
    common = {"Content-Type": "application/json", **headers}
    return [request(url, path, body, {**common, "Idempotency-Key": uuid4().hex}) for body in bodies]


async def latency_ms(url: str, requests: Iterable[bytes], *, status: int) -> float:
    """Median milliseconds of an answer, one request at a time over one connection."""
    times: list[float] = []
    await _line(url, deque(requests), status, times)
    return statistics.median(times) * 1000


async def rate(url: str, requests: Iterable[bytes], *, status: int, connections: int = CONNECTIONS) -> float:
    """Answers a second, each connection sending its next request after its last answer.

    Raises AssertionError for an answer of another status.
    """
    waiting = deque(requests)
    count = len(waiting)
    began = time.perf_counter()
    await asyncio.gather(*(_line(url, waiting, status) for _ in range(connections)))
    return count / (time.perf_counter() - began)


async def _line(url: str, waiting: deque[bytes], status: int, times: list[float] | None = None) -> None:
    host = urlsplit(url)
    reader, writer = await asyncio.open_connection(host.hostname, host.port)
    wanted = f"HTTP/1.1 {status} ".encode()
    while waiting:
        began = time.perf_counter()
        writer.write(waiting.popleft())
        head = await reader.readuntil(_END)
        body = await reader.readexactly(_length(head))
        assert head.startswith(wanted), (head + body).decode(errors="replace")
        if times is not None:
            times.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise AssertionError(f"no length in {head!r}")
