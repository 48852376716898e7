"""Beginning and completing a sign-in, and the life of the session that comes of it.

Moments are the machine's, not those of a clock moved in development: `now` is an argument here.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ieum.common.kernel.ids import new_id
from ieum.common.privacy.search import SearchKey
from ieum.intake.citizens import actions as citizens
from ieum.intake.sessions import domain, store
from ieum.intake.sessions.domain import Kind, Session
from ieum.intake.sessions.store import SignIn
from ieum.intake.staff import actions as staff

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

SECRET_BYTES = 32


@dataclass(frozen=True)
class Begun:
    """What a browser takes along: `state` through the provider, `browser` in a cookie."""

    state: str
    browser: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class Identity:
    """Who signed in, as a provider says it; `email` only where it vouches for it."""

    issuer: str
    subject: str
    email: str | None = None


@dataclass(frozen=True)
class Opened:
    """A session, its secret for the browser alone, and the name shown to its holder."""

    session: Session
    secret: str
    name: str | None


async def begin(tx: Tx, search: SearchKey, kind: Kind, next_: str, now: datetime) -> Begun:
    """Begin a sign-in; what must come back is kept until it does."""
    begun = Begun(*(secrets.token_urlsafe(SECRET_BYTES) for _ in range(4)))
    one = SignIn(
        browser_hash=search.of("sign-in-browser", begun.browser),
        nonce=begun.nonce,
        verifier=begun.verifier,
        next=next_,
        kind=kind,
        expires_at=now + domain.SIGN_IN,
    )
    await store.begin(tx, search.of("sign-in-state", begun.state), one)
    return begun


async def take(tx: Tx, search: SearchKey, state: str, browser: str | None, now: datetime) -> SignIn | None:
    """The sign-in that comes back, once, and to the browser that began it; None for anything else."""
    found = await store.take(tx, search.of("sign-in-state", state))
    if found is None or found.expires_at <= now or not browser:
        return None
    mine = hmac.compare_digest(found.browser_hash, search.of("sign-in-browser", browser))
    return found if mine else None


async def open_(tx: Tx, search: SearchKey, kind: Kind, who: Identity, now: datetime) -> Opened:
    """A new session with a new secret; raises Refusal 403 `not-registered`.

    Roles and agency of staff are the registry's; nothing that the provider claims gives any.
    """
    login, secret = staff.login_of(who.issuer, who.subject), secrets.token_urlsafe(SECRET_BYTES)
    blank = Session(
        id=new_id(now), kind=kind, subject="", staff=None, agency=None, roles=["citizen"],
        started_at=now, seen_at=now, ends_at=now + domain.LONGEST,
    )  # fmt: skip
    name = None
    if kind == "citizen":
        session = replace(blank, subject=str(await citizens.subject_of(tx, search, login)))
    else:
        found = await staff.signing_in(tx, search, login, who.email)
        if found is None:
            raise domain.unknown()
        one, name = found
        session = replace(blank, subject=one.account, staff=one.id, agency=one.agency, roles=list(one.roles))
    await store.insert(tx, _hash(search, secret), session)
    return Opened(session, secret, name)


async def live(tx: Tx, search: SearchKey, secret: str, now: datetime, *, used: bool) -> Session | None:
    """The session of a secret while it lives; `used`: it goes on from now.

    It ends at once with the account behind it, or with a change of that account's roles or agency.
    """
    found = await store.find(tx, _hash(search, secret))
    if found is None or not found.lives(now) or not await _stands(tx, found):
        return None
    if used and now - found.seen_at >= domain.SEEN_EVERY:
        await store.seen(tx, found.id, now)
        return replace(found, seen_at=now)
    return found


async def extend(tx: Tx, session: Session, now: datetime) -> Session:
    """Let it go on from now, at most to its end."""
    await store.seen(tx, session.id, now)
    return replace(session, seen_at=now)


async def end(tx: Tx, search: SearchKey, secret: str) -> None:
    """End the session of a secret."""
    await store.end(tx, _hash(search, secret))


async def name_of(tx: Tx, session: Session) -> str | None:
    """The holder's name; None for citizens, whose is nobody's business here."""
    one = await staff.working(tx, session.staff) if session.staff else None
    return await staff.name_of(tx, one) if one else None


async def sweep(tx: Tx, now: datetime) -> None:
    """Forget what is over."""
    await store.sweep(tx, now, now - domain.IDLE)


async def _stands(tx: Tx, session: Session) -> bool:
    if session.staff is None:
        return True
    one = await staff.working(tx, session.staff)
    return one is not None and one.agency == session.agency and set(one.roles) == set(session.roles)


def _hash(search: SearchKey, secret: str) -> bytes:
    return search.of("session", secret)
