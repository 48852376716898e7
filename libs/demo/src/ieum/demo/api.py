"""The services as any client meets them: HTTP, a bearer token, an Idempotency-Key on what creates."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import httpx

from ieum.common.kernel.errors import Refusal
from ieum.common.web.tokens import issue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from types import TracebackType

TIMEOUT_SECONDS = 60.0
RETRIED_SECONDS = 30.0
RETRY_SECONDS = 0.2
TOKEN_MINUTES = 240
_LATER = {httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE}
_IN_USE = "idempotency-key-in-use"


@dataclass(frozen=True)
class Who:
    """Somebody who signs in: a subject with a role, for an agency's people their agency and name."""

    subject: str
    role: str
    agency: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Answer:
    """A document that a service gave, and when it was here, in seconds since 1970."""

    document: Any
    at: float


class Stream:
    """Server-sent events (WHATWG HTML, 9.2) of an open answer."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self, event: str) -> dict[str, Any]:
        """The data of the next event of that name; raises Refusal where the stream ends first."""
        name = ""
        async for line in self._lines:
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data" and name == event:
                found: dict[str, Any] = json.loads(value)
                return found
        raise Refusal(
            "stream-ended", ko="이벤트 흐름이 끊겼습니다.", en="The stream of events ended.", status=502
        )


class Api:
    """All services by path: the first part of a path (`/intake/…`) names the one that is asked."""

    def __init__(self, urls: Mapping[str, str], token_private_pem: bytes) -> None:
        self._urls = dict(urls)
        self._pem = token_private_pem
        self._tokens: dict[Who, str] = {}
        # trust_env: a proxy set for the internet must not be asked for this machine.
        self._client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False)

    async def __aenter__(self) -> Self:
        """Open nothing yet: connections are made when they are needed."""
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def get(self, path: str, who: Who | None = None, **params: Any) -> Any:
        """The document at a path; raises Refusal with what the service's problem document says."""
        return (await self._ask("GET", path, who, params=params)).document

    async def put(self, path: str, who: Who, body: object) -> Any:
        """Put a document."""
        return (await self._ask("PUT", path, who, json=body)).document

    async def post(self, path: str, who: Who, body: object, *, key: str) -> Answer:
        """Post a document under an Idempotency-Key: sent again after a fault, it is still done once."""
        return await self._ask("POST", path, who, json=body, headers={"Idempotency-Key": key})

    async def act(self, path: str, who: Who, body: object = None) -> Any:
        """Post what changes a thing that is there; repeated, it answers the same, so it needs no key."""
        return (await self._ask("POST", path, who, **({} if body is None else {"json": body}))).document

    async def step(self, path: str, verb: str, who: Who) -> Any:
        """Make a step under the version of what is at the path now."""
        headers = {"If-Match": f'"{(await self.get(path, who))["version"]}"'}
        return (await self._ask("POST", f"{path}/{verb}", who, json={}, headers=headers)).document

    @asynccontextmanager
    async def stream(self, path: str, who: Who) -> AsyncIterator[Stream]:
        """Server-sent events of a path, while the block runs."""
        async with self._client.stream(
            "GET", self._urls[path.split("/")[1]] + path, headers=self._authorization(who)
        ) as response:
            response.raise_for_status()
            yield Stream(response)

    async def upload(
        self, path: str, who: Who, content: bytes, *, key: str, params: Mapping[str, str]
    ) -> Answer:
        """Post a CSV file as it is, under an Idempotency-Key."""
        headers = {"Idempotency-Key": key, "Content-Type": "text/csv"}
        return await self._ask("POST", path, who, content=content, params=dict(params), headers=headers)

    async def read(self, path: str, who: Who) -> bytes:
        """The document at a path, byte for byte."""
        return (await self._ask("GET", path, who, raw=True)).document  # type: ignore[no-any-return]

    async def page(self, path: str) -> str:
        """The page at a path, as somebody who did not sign in sees it."""
        return str((await self._ask("GET", path, None, raw=True)).document.decode())

    async def press(self, path: str, form: Mapping[str, str]) -> str:
        """Send a form of a page; gives the page that follows."""
        sent = await self._ask("POST", path, None, raw=True, data=dict(form), follow_redirects=True)
        return str(sent.document.decode())

    async def _ask(self, method: str, path: str, who: Who | None, **request: Any) -> Answer:
        headers = request.pop("headers", {}) | self._authorization(who)
        document = _bytes if request.pop("raw", False) else _json
        url = self._urls[path.split("/")[1]] + path
        give_up = time.monotonic() + RETRIED_SECONDS
        while True:
            try:
                response = await self._client.request(method, url, headers=headers, **request)
                at = time.time()
                if not _later(response) or time.monotonic() > give_up:
                    return Answer(_checked(response, document), at)
            except httpx.TransportError as error:
                if time.monotonic() > give_up:
                    raise _away(url, error) from None
            await asyncio.sleep(RETRY_SECONDS)

    def _authorization(self, who: Who | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(who)}"} if who else {}

    def token(self, who: Who) -> str:
        """A bearer token of somebody."""
        if who not in self._tokens:
            self._tokens[who] = issue(
                self._pem,
                subject=who.subject,
                roles=[who.role],
                agency=who.agency,
                name=who.name,
                minutes=TOKEN_MINUTES,
                now=datetime.now(UTC),
            )
        return self._tokens[who]


def _later(response: httpx.Response) -> bool:
    """Whether the same request may be sent again: the service is away, or still at work on it."""
    if response.status_code == httpx.codes.CONFLICT:
        return _IN_USE in response.text
    return response.status_code in _LATER


def _json(response: httpx.Response) -> Any:
    return response.json() if response.content else None


def _bytes(response: httpx.Response) -> bytes:
    return response.content


def _checked(response: httpx.Response, document: Callable[[httpx.Response], Any]) -> Any:
    if response.is_success:
        return document(response)
    try:
        problem = response.json()
        raise Refusal(
            problem["type"].rpartition("/")[2],
            ko=f"{problem['detail_ko']} ({_where(response)}{_pointers(problem)})",
            en=f"{problem['detail_en']} ({_where(response)}{_pointers(problem)})",
            status=response.status_code,
        )
    except (ValueError, KeyError, TypeError):
        where = _where(response)
        raise Refusal(
            "unexpected-answer",
            ko=f"서비스가 알 수 없는 답을 보냈습니다: {where}",
            en=f"The service gave an answer that is no problem document: {where}",
            status=response.status_code,
        ) from None


def _where(response: httpx.Response) -> str:
    return f"{response.request.method} {response.request.url.path} → {response.status_code}"


def _pointers(problem: Mapping[str, Any]) -> str:
    errors = problem.get("errors") or []
    return "".join(f"; {error.get('pointer', '')} {error.get('detail_en', '')}" for error in errors)


def _away(url: str, error: Exception) -> Refusal:
    return Refusal(
        "service-away",
        ko=f"{url} 주소의 서비스가 응답하지 않습니다.",
        en=f"The service at {url} does not answer ({type(error).__name__}).",
        status=503,
    )
