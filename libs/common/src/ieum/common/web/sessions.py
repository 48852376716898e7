"""Signed in by browser: a cookie holds a token of five minutes, of the kind that bearers send.

Intake alone has the sessions and signs these tokens, with a key that signs nothing else. Every service checks
the signature; a token that is too old sends the browser to intake for a new one and back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from ieum.common.kernel.origins import LOOPBACK
from ieum.common.web import csrf
from ieum.common.web.problems import on_refusal
from ieum.common.web.tokens import Principal, Unauthenticated, claims_of, principal_of

if TYPE_CHECKING:
    from starlette.requests import Request

TOKEN, CSRF = "ieum_token", "ieum_csrf"
RENEWED = "ieum_renewed"  # for seconds: whom a new token did not help is told so, not sent round again
PAGE, RENEWAL = "/intake/session/page", "/intake/session/renewal"


@dataclass(frozen=True)
class SignedIn:
    """A principal by cookie: the session's id, and when it ends unless it is used or extended."""

    principal: Principal
    session: str
    until: datetime


def is_secure(request: Request) -> bool:
    """Whether cookies travel over TLS alone: everywhere but on this machine."""
    origin: str | None = request.app.state.web.origin
    return origin.startswith("https:") if origin else request.url.hostname not in LOOPBACK


def cookie_name(request: Request, name: str) -> str:
    """Over TLS with the prefix that keeps other hosts of the domain from planting it (RFC 6265bis, 4.1.3)."""
    return f"__Host-{name}" if is_secure(request) else name


def cookie(request: Request, name: str) -> str | None:
    """The value of one of our cookies."""
    return request.cookies.get(cookie_name(request, name))


def read(request: Request, token: str) -> SignedIn:
    """Whom a cookie's token speaks for; raises Unauthenticated where it does not hold (any more)."""
    web = request.app.state.web
    if web.secrets.session_public_pem is None:
        raise Unauthenticated
    claims = claims_of(web.secrets.session_public_pem, token, web.clock.now())
    session, until = claims.get("sid"), claims.get("until")
    if not isinstance(session, str) or not isinstance(until, int):
        raise Unauthenticated
    return SignedIn(principal_of(claims), session, datetime.fromtimestamp(until, UTC))


async def signed_in(request: Request) -> Principal | None:
    """Whom the cookies speak for, None where there are none; raises Unauthenticated or Refusal 403."""
    token = cookie(request, TOKEN)
    return await accepted(request, read(request, token)) if token else None


async def accepted(request: Request, found: SignedIn) -> Principal:
    """Take what a cookie says for this request; raises Refusal 403 where another site may have sent it."""
    await csrf.check(request, found.session, cookie(request, CSRF))
    request.state.signed_in = found
    return found.principal


def shown(request: Request) -> SignedIn | None:
    """For a page's head: who is signed in, if anybody."""
    found: SignedIn | None = getattr(request.state, "signed_in", None)
    token = cookie(request, TOKEN)
    if found or not token:
        return found
    try:
        return read(request, token)
    except Unauthenticated:
        return None


def on_unauthenticated(request: Request, refusal: Exception) -> Response:
    """A browser that wants a page is sent for a new token, or to sign in; others get the problem document.

    307 keeps method and body, so that nothing written into a form is lost; but to another origin nothing is
    sent that another page could have made us send.
    """
    wants_page = "text/html" in request.headers.get("accept", "") and "authorization" not in request.headers
    if not wants_page or cookie(request, RENEWED) or request.url.path in (PAGE, RENEWAL):
        return on_refusal(request, refusal)
    elsewhere: str | None = request.app.state.web.sign_in_origin
    to = RENEWAL if cookie(request, TOKEN) else PAGE
    keep = to == RENEWAL and request.method not in csrf.SAFE and elsewhere is None
    back = quote(way_back(request), safe="")
    return RedirectResponse(f"{elsewhere or ''}{to}?next={back}", 307 if keep else 303)


def way_back(request: Request) -> str:
    """This page as intake is asked to lead back to it: a path, with our origin where intake's is another."""
    query = f"?{request.url.query}" if request.url.query else ""
    web = request.app.state.web
    own = web.origin or f"{request.url.scheme}://{request.url.netloc}"
    return f"{own if web.sign_in_origin else ''}{request.url.path}{query}"
