"""`Idempotency-Key` on every POST that creates: asked twice, done once (after the IETF's draft).

Invariant: the row commits with the effect or not at all, so a refusal, a fault or a lost connection keeps
nothing and the same key may be sent again. The row holds keyed hashes and the resource's id only.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
_VISIBLE = re.compile(r"[\x21-\x7e]{1,200}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_LOCK_BYTES = 8

_FIND = """
select held, body_hash, resource, status from pg_try_advisory_xact_lock($1) as held
left join idempotency on scope = $2 and created_at > $3
"""
# A row older than a day may still be there when its key comes again: it is replaced. A younger one was
# committed between this question's sight of the table and its lock: then nothing is written.
_KEEP = """
insert into idempotency as kept (scope, body_hash, resource, status, created_at) values ($1, $2, $3, $4, $5)
on conflict (scope) do update set body_hash = excluded.body_hash, resource = excluded.resource,
    status = excluded.status, created_at = excluded.created_at
where kept.created_at <= $6 returning true
"""
_DELETE = "delete from idempotency where created_at <= $1"


@dataclass(frozen=True)
class Attempt:
    """One request under a key: keyed hashes (32 bytes each) of its scope and of its body."""

    scope: bytes
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """What the first request under a key made."""

    resource: UUID
    status: int


def attempt(secret: bytes, *, principal: str | None, route: str, key: str | None, body: bytes) -> Attempt:
    """Hash what identifies a request; raises Refusal 400 where the key is missing or malformed.

    `principal` is None for the public: then the key alone tells one caller from another, so it is a UUID.
    """
    if key is None:
        raise Refusal(
            "idempotency-key-missing",
            ko=f"{HEADER} 헤더가 필요합니다.",
            en=f"The header {HEADER} is required.",
            status=400,
        )
    if not _VISIBLE.fullmatch(key):
        raise Refusal(
            "idempotency-key-malformed",
            ko=f"{HEADER} 헤더는 공백 없는 ASCII 문자 1~200자여야 합니다.",
            en=f"The header {HEADER} takes 1 to 200 visible ASCII characters.",
            status=400,
        )
    if principal is None and not _UUID.fullmatch(key):
        raise Refusal(
            "idempotency-key-malformed",
            ko=f"로그인하지 않은 요청의 {HEADER} 헤더는 새로 만든 UUID여야 합니다.",
            en=f"Without signing in, the header {HEADER} must be a freshly made UUID.",
            status=400,
        )
    whose = (b"public",) if principal is None else (b"scope", principal.encode())
    return Attempt(
        _hash(secret, *whose, route.encode(), key.encode()),
        _hash(secret, b"body", body),
    )


def _hash(secret: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over the parts, each with its length before it, so that no two lists read alike."""
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return hmac.digest(secret, framed, "sha256")


async def earlier(tx: Tx, asked: Attempt) -> Outcome | None:
    """What was made under this key in the last 24 hours; holds the key until the transaction ends.

    Raises Refusal 409 while another request with the key is running, 422 where its body was another.
    """
    lock = int.from_bytes(asked.scope[:_LOCK_BYTES], "big", signed=True)
    row = await tx.fetchrow(_FIND, lock, asked.scope, tx.now - KEPT)
    if row is None or not row["held"]:
        raise _in_use()
    if row["resource"] is None:
        return None
    if not hmac.compare_digest(row["body_hash"], asked.body):
        raise Refusal(
            "idempotency-key-reused",
            ko=f"이 {HEADER} 값은 내용이 다른 요청에 이미 쓰였습니다.",
            en=f"This {HEADER} was used for a request with another body.",
        )
    return Outcome(row["resource"], row["status"])


async def keep(tx: Tx, asked: Attempt, outcome: Outcome) -> None:
    """Write what was made, in the transaction that made it; raises Refusal 409 where another was quicker."""
    values = (asked.scope, asked.body, outcome.resource, outcome.status, tx.now, tx.now - KEPT)
    if not await tx.fetchval(_KEEP, *values):
        raise _in_use()


def _in_use() -> Refusal:
    return Refusal(
        "idempotency-key-in-use",
        ko="같은 요청이 아직 처리 중입니다. 잠시 후 다시 시도해 주십시오.",
        en="The same request is still running. Please try again shortly.",
        status=409,
    )


async def delete_expired(tx: Tx) -> None:
    """Delete the rows older than 24 hours; for a job."""
    await tx.execute(_DELETE, tx.now - KEPT)
