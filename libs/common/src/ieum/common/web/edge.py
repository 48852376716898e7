"""The outermost layer: correlation id, security headers, one log line a request, and the last resort.

Invariant: nothing of a person is logged. A line holds method, route template, status, time and correlation
id; a fault adds its type and where it was raised, never its message, as messages quote values.
"""

from __future__ import annotations

import time
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request

from ieum.common.kernel.ids import new_id
from ieum.common.web.problems import of_code

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = structlog.get_logger("ieum.web")

CORRELATION_HEADER = "X-Correlation-Id"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SANDBOX_POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"
"""The one other policy, stricter: of what strangers sent, for a route that gives it out as an attachment."""
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_PROBES = frozenset({"/livez", "/readyz", "/metrics"})
_FRAMES_LOGGED = 5


class Edge:
    """ASGI middleware around everything a service answers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; what nobody handled becomes a 500 problem, unless the answer had begun."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send, scope.setdefault("state", {}), correlation_id(Headers(scope=scope)))
        with structlog.contextvars.bound_contextvars(correlation_id=answer.correlation_id):
            started = time.perf_counter()
            try:
                await self._app(scope, receive, answer.send)
            except Exception as fault:  # noqa: BLE001 - the edge: the one place where a fault becomes an answer
                await _answer_fault(fault, answer, scope, receive)
            _log_request(scope, answer.status, (time.perf_counter() - started) * 1000)


class _Answer:
    """Sends on, with the headers every answer has, and remembers the status."""

    def __init__(self, send: Send, state: dict[str, Any], correlation: str) -> None:
        self._send = send
        self._state = state
        self.correlation_id = state["correlation_id"] = correlation
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            sandboxed = headers.get("Content-Security-Policy") == SANDBOX_POLICY
            headers.update(SECURITY_HEADERS)
            if sandboxed:
                headers["Content-Security-Policy"] = SANDBOX_POLICY
            headers[CORRELATION_HEADER] = self.correlation_id
            headers.setdefault("Cache-Control", "no-store")
            for cookie in self._state.get("cookies", ()):
                headers.append("Set-Cookie", cookie)
        await self._send(message)


def correlation_id(headers: Headers) -> str:
    """The caller's id where it is a UUID (anything else could carry personal data), else a new one."""
    try:
        return str(UUID(headers.get(CORRELATION_HEADER, "")))
    except ValueError:
        return str(new_id(datetime.now(UTC)))  # ids of requests follow the machine's clock, not a moved one


async def _answer_fault(fault: Exception, answer: _Answer, scope: Scope, receive: Receive) -> None:
    frames = traceback.extract_tb(fault.__traceback__)[-_FRAMES_LOGGED:]
    _log.error(
        "request failed",
        error=type(fault).__name__,
        raised_at=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
    if answer.status:
        # Half an answer is out: only a broken connection tells the client that it is not whole.
        raise ConnectionAbortedError("the answer had begun") from None
    await of_code(Request(scope), 500)(scope, receive, answer.send)


def _log_request(scope: Scope, status: int, milliseconds: float) -> None:
    template = route_template(scope)
    log = _log.debug if template in _PROBES else _log.info
    log("request", method=scope["method"], route=template, status=status, milliseconds=round(milliseconds, 1))


def route_template(scope: Scope) -> str | None:
    """The route as declared, with its prefix and without its values; None where no route matched."""
    context = scope.get("fastapi", {}).get("effective_route_context")
    path = getattr(context, "path", None) or getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else None
