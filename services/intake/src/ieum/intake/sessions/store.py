"""Sign-ins on their way and sessions in SQL; secrets as hashes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.intake.sessions.domain import Kind, Session

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = ", ".join(field.name for field in fields(Session))
_BEGIN = """insert into sign_in (state_hash, browser_hash, nonce, verifier, next, kind, expires_at)
values ($1, $2, $3, $4, $5, $6, $7)"""
# Deleted whatever comes of it: a state is good for one attempt.
_TAKE = """delete from sign_in where state_hash = $1
returning browser_hash, nonce, verifier, next, kind, expires_at"""
_INSERT = f"""insert into session (secret_hash, {_COLUMNS})
values ($1, {", ".join(f"${place}" for place in range(2, len(fields(Session)) + 2))})"""
_FIND = f"select {_COLUMNS} from session where secret_hash = $1"


@dataclass(frozen=True)
class SignIn:
    """A sign-in that was begun: what the provider must give back, and where it leads."""

    browser_hash: bytes
    nonce: str
    verifier: str
    next: str
    kind: Kind
    expires_at: datetime


async def begin(tx: Tx, state_hash: bytes, one: SignIn) -> None:
    """Keep a sign-in until it comes back."""
    values = (one.browser_hash, one.nonce, one.verifier, one.next, one.kind, one.expires_at)
    await tx.execute(_BEGIN, state_hash, *values)


async def take(tx: Tx, state_hash: bytes) -> SignIn | None:
    """Take a sign-in that comes back; the second who asks gets None."""
    row = await tx.fetchrow(_TAKE, state_hash)
    return SignIn(**dict(row)) if row else None


async def insert(tx: Tx, secret_hash: bytes, one: Session) -> None:
    """Keep a new session."""
    values: list[Any] = [getattr(one, field.name) for field in fields(Session)]
    await tx.execute(_INSERT, secret_hash, *values)


async def find(tx: Tx, secret_hash: bytes) -> Session | None:
    """The session of a secret, alive or not."""
    row = await tx.fetchrow(_FIND, secret_hash)
    return Session(**dict(row)) if row else None


async def seen(tx: Tx, id_: UUID, now: datetime) -> None:
    """Note that it was used; of two at once the later moment stays."""
    await tx.execute("update session set seen_at = greatest(seen_at, $2) where id = $1", id_, now)


async def end(tx: Tx, secret_hash: bytes) -> bool:
    """Forget a session; False where there was none."""
    done: str = await tx.execute("delete from session where secret_hash = $1", secret_hash)
    return done != "DELETE 0"


async def sweep(tx: Tx, now: datetime, idle_since: datetime) -> None:
    """Forget what is over: sessions, and sign-ins that never came back."""
    await tx.execute("delete from session where ends_at <= $1 or seen_at <= $2", now, idle_since)
    await tx.execute("delete from sign_in where expires_at <= $1", now)
