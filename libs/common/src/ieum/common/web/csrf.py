"""Whether our own page sent a request that cookies vouch for: its origin, and a signed double submit.

A browser adds cookies to requests that other sites make it send. So an unsafe request by cookie must say that
it comes from our origin (Fetch Metadata, W3C; Origin, RFC 6454), and repeat a token that only our pages know:
16 random bytes and their HMAC together with the session's id, in a cookie and in a header or form field.
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from ieum.common.kernel.errors import Refusal
from ieum.common.privacy.search import SearchKey

if TYPE_CHECKING:
    from starlette.requests import Request

HEADER = "X-CSRF-Token"
FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_RANDOM_BYTES = 16
_FIELDS_MAX = 200


def make(search: bytes, session: str) -> str:
    """A new token for a session."""
    random = secrets.token_hex(_RANDOM_BYTES)
    return f"{random}.{_mac(search, session, random)}"


def holds(search: bytes, session: str, token: str) -> bool:
    """Whether we made this token for that session."""
    random, _, mac = token.partition(".")
    return hmac.compare_digest(mac.encode(), _mac(search, session, random).encode())


async def check(request: Request, session: str, cookie: str | None) -> None:
    """Raise Refusal 403 `cross-site` or `csrf` unless an unsafe request comes from a page of ours."""
    if request.method in SAFE:
        return
    check_origin(request)
    sent = request.headers.get(HEADER) or await _field(request)
    search = request.app.state.web.secrets.search
    same = bool(cookie and sent) and hmac.compare_digest((cookie or "").encode(), (sent or "").encode())
    if not (same and holds(search, session, sent or "")):
        raise Refusal(
            "csrf",
            ko="화면이 오래되었습니다. 새로 고친 뒤 다시 시도해 주십시오.",
            en="This page is out of date. Please load it anew and try again.",
            status=403,
        )


def check_origin(request: Request) -> None:
    """Raise Refusal 403 `cross-site` where another site made the browser send this.

    Pages under `Referrer-Policy: no-referrer` post with `Origin: null` (Fetch, 3.2), so what decides is
    Sec-Fetch-Site, which no script can set; only a browser without it is asked for its Origin.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    named = origin is not None and origin != "null"
    if (named and not _is_ours(request, origin or "")) or not (site == "same-origin" or (not site and named)):
        raise Refusal(
            "cross-site",
            ko="이음의 화면에서 보낸 요청이 아닙니다.",
            en="This request does not come from a page of Ieum.",
            status=403,
        )


def _is_ours(request: Request, origin: str) -> bool:
    ours = request.app.state.web.origin
    return origin == ours if ours else urlsplit(origin).netloc == request.headers.get("host")


async def _field(request: Request) -> str | None:
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return None
    try:
        pairs = parse_qsl((await request.body()).decode(), max_num_fields=_FIELDS_MAX)
    except ValueError:
        return None
    return dict(pairs).get(FIELD)


def _mac(search: bytes, session: str, random: str) -> str:
    return SearchKey(search).of("csrf", f"{session}\x00{random}").hex()
