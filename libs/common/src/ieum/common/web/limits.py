"""A body has a limit: counted as it arrives, so that a chunked or lying request is stopped too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request

from ieum.common.web.problems import of_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES_MAX = 1024 * 1024
# What is refused is read on to here before the answer: a socket closed with unread bytes is reset, and the
# client would see a broken connection in place of the 413.
DRAIN_BYTES_MAX = 16 * 1024 * 1024


class BodyLimit:
    """ASGI middleware answering 413 to bodies over the limit of their path: 1 MiB, or its prefix's own."""

    def __init__(self, app: ASGIApp, prefixes: Mapping[str, int] | None = None) -> None:
        """Take the limits in bytes by path prefix; the longest prefix that fits wins."""
        self._app = app
        self._prefixes = sorted((prefixes or {}).items(), key=lambda item: -len(item[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse by Content-Length at once, else count while the body is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        if _declared(scope) > limit:
            await _drain(receive)
            await of_code(Request(scope), 413)(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)

    def _limit(self, path: str) -> int:
        return next((limit for prefix, limit in self._prefixes if path.startswith(prefix)), BODY_BYTES_MAX)


def _declared(scope: Scope) -> int:
    value = Request(scope).headers.get("content-length", "0")
    return int(value) if value.isascii() and value.isdigit() else 0


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            if message.get("more_body"):
                await _drain(receive)
            raise HTTPException(413)
        return message

    return counted


async def _drain(receive: Receive) -> None:
    read = 0
    while read <= DRAIN_BYTES_MAX:
        message = await receive()
        read += len(message.get("body", b""))
        if not message.get("more_body"):
            return
