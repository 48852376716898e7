"""`Idempotency-Key` on every POST that creates: asked twice, done once (after the IETF's draft).

Invariant: the row commits with the effect or not at all, so a refusal, a fault or a lost connection keeps
nothing and the same key may be sent again. The row holds keyed hashes and the resource's id only.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ieum.common.postgres import Tx

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
_VISIBLE = re.compile(r"[\x21-\x7e]{1,200}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_LOCK_BYTES = 8

# The limit keeps each a look-up of its own: planned while the table is small, a join would read all of it.
_FIND = """
select held, body_hash, resource, status
from unnest($1::bigint[], $2::bytea[]) with ordinality as asked (lock, scope, place)
cross join lateral pg_try_advisory_xact_lock(asked.lock) as held
left join lateral (select body_hash, resource, status from idempotency
  where idempotency.scope = asked.scope and created_at > $3 limit 1) kept on true
order by place
"""
# A row older than a day may still be there when its key comes again: it is replaced. A younger one was
# committed between this question's sight of the table and its lock: then nothing is written.
_KEEP = """
insert into idempotency as kept (scope, body_hash, resource, status, created_at)
select *, $5 from unnest($1::bytea[], $2::bytea[], $3::uuid[], $4::smallint[])
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
    [found] = await earlier_each(tx, [asked])
    if isinstance(found, Refusal):
        raise found
    return found


async def earlier_each(tx: Tx, asked: Sequence[Attempt]) -> list[Outcome | Refusal | None]:
    """The same for many: for each its outcome, its refusal, or None where it is the first of its key.

    A new key that comes twice among them is in use the second time.
    """
    locks = [int.from_bytes(one.scope[:_LOCK_BYTES], "big", signed=True) for one in asked]
    rows = await tx.fetch(_FIND, locks, [one.scope for one in asked], tx.now - KEPT)
    found: list[Outcome | Refusal | None] = []
    running: set[bytes] = set()
    for one, row in zip(asked, rows, strict=True):
        outcome = _in_use() if one.scope in running else _outcome(one, row)
        if outcome is None:
            running.add(one.scope)
        found.append(outcome)
    return found


def _outcome(asked: Attempt, row: Any) -> Outcome | Refusal | None:
    if not row["held"]:
        return _in_use()
    if row["resource"] is None:
        return None
    if not hmac.compare_digest(row["body_hash"], asked.body):
        return Refusal(
            "idempotency-key-reused",
            ko=f"이 {HEADER} 값은 내용이 다른 요청에 이미 쓰였습니다.",
            en=f"This {HEADER} was used for a request with another body.",
        )
    return Outcome(row["resource"], row["status"])


async def keep(tx: Tx, asked: Attempt, outcome: Outcome) -> None:
    """Write what was made, in the transaction that made it; raises Refusal 409 where another was quicker."""
    await keep_all(tx, {asked: outcome})


async def keep_all(tx: Tx, made: Mapping[Attempt, Outcome]) -> None:
    """The same for many: where another was quicker for one, the Refusal undoes all of them."""
    if not made:
        return
    rows = await tx.fetch(
        _KEEP,
        [asked.scope for asked in made],
        [asked.body for asked in made],
        [outcome.resource for outcome in made.values()],
        [outcome.status for outcome in made.values()],
        tx.now,
        tx.now - KEPT,
    )
    if len(rows) < len(made):
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
