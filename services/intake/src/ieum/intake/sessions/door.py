"""From a browser's cookies to a session: whom a request speaks for, and the token for other services."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from ieum.common.kernel.origins import LOOPBACK
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.common.web import csrf, sessions
from ieum.common.web.sessions import SignedIn
from ieum.common.web.tokens import ALGORITHM, Principal, Unauthenticated, issue
from ieum.intake.sessions import actions, domain
from ieum.intake.sessions.domain import Session
from ieum.intake.sessions.provider import Provider

if TYPE_CHECKING:
    from starlette.requests import Request

    from ieum.common.postgres import Tx
    from ieum.common.service.app import Service
    from ieum.intake.settings import IntakeSettings

SESSION, BROWSER = "ieum_session", "ieum_sign_in"
ACTOR = Actor("service", "intake/sessions")
RENEWED_FOR = timedelta(seconds=10)
CALLBACK = "/intake/session/callback"


class Door:
    """Signing in and out of intake; with no provider, or no key to sign with, nobody does."""

    def __init__(self, settings: IntakeSettings) -> None:
        self.citizens = settings.oidc_citizens
        self._origins = settings.return_origins
        self.provider: Provider | None = None
        key = settings.secrets / "session_private.pem"
        if settings.oidc_issuer and key.is_file():
            self._pem = key.read_bytes()
            secret = (settings.secrets / "oidc_client_secret").read_text(encoding="utf-8").strip()
            self.provider = Provider(settings.oidc_issuer, settings.oidc_client_id, secret)

    def way_back(self, asked: str | None) -> str:
        """Where a browser may be sent that was to come back to a page: only to pages of our services."""
        return domain.own_path(asked, self._origins)

    async def signed_in(self, request: Request) -> Principal | None:
        """Whom the cookies speak for; a session that is over counts no more from this moment on."""
        secret = sessions.cookie(request, SESSION)
        if secret is None and sessions.cookie(request, sessions.TOKEN) is None:
            return None
        looks = request.method == "GET" and request.url.path == "/intake/session"
        found = await self.entered(request, secret, used=not looks)
        if found is None:
            raise Unauthenticated
        return await sessions.accepted(request, found)

    async def entered(self, request: Request, secret: str | None, *, used: bool) -> SignedIn | None:
        """The living session of a secret; the answer hands on a token that holds, or drops the cookies."""
        found = None
        if secret and self.provider:
            async with unit(request) as tx:
                search = request.app.state.service.search
                found = await actions.live(tx, search, secret, _now(request), used=used)
                claims = self._kept(request, found) if found else {}
                name = claims.get("name")
                if found and not claims:
                    name = await actions.name_of(tx, found)
        if found is None:
            drop(request)
            return None
        return self.show(request, found, name, renewed=not self._fresh(request, claims))

    def show(self, request: Request, session: Session, name: str | None, *, renewed: bool) -> SignedIn:
        """Who is signed in; `renewed`: with a new token."""
        found = SignedIn(
            Principal(session.subject, frozenset(session.roles), session.agency, name),
            str(session.id),
            session.until,
        )
        request.state.session, request.state.signed_in = session, found
        if renewed:
            self._hand_token(request, found, session)
        return found

    def _hand_token(self, request: Request, found: SignedIn, session: Session) -> None:
        who, now = found.principal, _now(request)
        token = issue(
            self._pem, subject=who.subject, roles=who.roles, agency=who.agency, name=who.name,
            minutes=domain.TOKEN_MINUTES, now=now,
            more={"sid": found.session, "until": int(session.until.timestamp())},
        )  # fmt: skip
        left = session.ends_at - now
        give(request, sessions.TOKEN, token, left)
        if not sessions.cookie(request, sessions.CSRF):
            guard(request, found.session, left)

    def _kept(self, request: Request, session: Session) -> dict[str, Any]:
        """What the browser's last token for this session says, however old: the name is not opened anew."""
        pem = request.app.state.web.secrets.session_public_pem
        try:
            key = OKPKey.import_key(pem)
            claims = jwt.decode(
                sessions.cookie(request, sessions.TOKEN) or "", key, algorithms=[ALGORITHM]
            ).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            return {}
        return claims if claims.get("sid") == str(session.id) else {}

    def _fresh(self, request: Request, claims: dict[str, Any]) -> bool:
        expires = claims.get("exp")
        at = _now(request) + domain.RENEWED_BEFORE
        return isinstance(expires, int) and expires > at.timestamp()


@asynccontextmanager
async def unit(request: Request) -> AsyncIterator[Tx]:
    """A transaction of the service itself: nobody is signed in yet."""
    service: Service = request.app.state.service
    correlation_id = request.state.correlation_id
    async with service.database.unit_of_work(ACTOR, purposes.OPERATION, correlation_id=correlation_id) as tx:
        yield tx


def back_to(request: Request) -> str:
    """Our own address as the provider knows it; raises Refusal 503 where it cannot be told."""
    origin: str | None = request.app.state.web.origin
    if origin is None and request.url.hostname not in LOOPBACK:
        raise domain.off()  # the Host header is the caller's word
    return f"{origin or f'{request.url.scheme}://{request.url.netloc}'}{CALLBACK}"


def give(request: Request, name: str, value: str, left: timedelta, *, hidden: bool = True) -> None:
    """Have the answer set a cookie; `hidden` from scripts."""
    parts = [f"{sessions.cookie_name(request, name)}={value}", "Path=/", "SameSite=Lax"]
    parts += [f"Max-Age={max(0, int(left.total_seconds()))}"]
    parts += ["HttpOnly"] if hidden else []
    parts += ["Secure"] if sessions.is_secure(request) else []
    cookies: list[str] = getattr(request.state, "cookies", [])
    request.state.cookies = [*cookies, "; ".join(parts)]


def guard(request: Request, session: str, left: timedelta) -> None:
    """Give pages of this session their token against forged requests."""
    token = csrf.make(request.app.state.web.secrets.search, session)
    give(request, sessions.CSRF, token, left, hidden=False)


def drop(request: Request) -> None:
    """Have the answer take all cookies of a session away."""
    for name in (SESSION, sessions.TOKEN, sessions.CSRF):
        give(request, name, "", timedelta())


def _now(request: Request) -> datetime:
    now: datetime = request.app.state.web.clock.now()
    return now
