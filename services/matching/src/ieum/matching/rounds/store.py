"""Rounds in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ieum.matching.rounds.domain import Contribution, Documents, Refill, Round
from ieum.matching.rounds.market import with_seed

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.rounds.computing import Cleared

_INSERT = """
insert into round (id, programme, state, part, commitment, opened_by, opened_at)
values ($1, $2, 'opened', $3, $4, $5, $6) on conflict do nothing returning true"""

_CLOSED = """
update round set state = 'closed', frozen = $2, frozen_digest = $3, counts = $4, reveal_by = $5,
  closed_at = $6, version = version + 1
where id = $1 returning version"""

_RECOMMITTED = """
update round set state = 'opened', part = $2, commitment = $3, attempt = attempt + 1, frozen = null,
  frozen_digest = null, counts = null, reveal_by = null, closed_at = null, version = version + 1
where id = $1 returning version"""

_COMPUTED = """
update round set state = 'computed', seed = $2, result = $3, market_digest = $4, result_digest = $5,
  lines_root = $6, counts = counts || $7, computed_at = $8, version = version + 1
where id = $1 returning version"""

_DECIDED = """
update round set state = $2, decided_by = $3, decided_name = $4, decided_at = $5, reason = $6,
  version = version + 1
where id = $1 returning version"""

_ENDED = (
    "update round set state = 'ended', ended_at = $2, version = version + 1 where id = $1 returning version"
)
_TOLD = "update round set version = version + 1 where id = $1 returning version"

_COLUMNS = ", ".join(Round.__slots__)
_ROUND = f"select {_COLUMNS} from round where id = $1"
_FROZEN = "select frozen from round where id = $1"
_DOCUMENTS = "select frozen, seed, result from round where id = $1 and result is not null"
_OVERDUE = """
select r.id from round r where r.state = 'closed' and r.reveal_by < $1 and exists (
  select from lottery_part p where p.round = r.id and p.attempt = r.attempt and p.part is null)"""
_LAST_CONFIRMED = f"""
select {_COLUMNS} from round where programme = $1 and state = 'confirmed' order by decided_at desc limit 1"""

_COMMIT = """
insert into lottery_part (round, attempt, contributor, party, commitment, committed_at)
values ($1, $2, $3, $4, $5, $6) on conflict do nothing returning true"""
_PARTS = "select * from lottery_part where round = $1 and attempt = $2 order by commitment"
_REVEAL = """
update lottery_part set part = $4, revealed_at = $5 where round = $1 and attempt = $2 and contributor = $3"""

_DROP_APPLICANTS = "delete from round_applicant where round = $1"
_APPLICANTS = """
insert into round_applicant (round, alias, application, person)
select $1, alias, application, person
from unnest($2::text[], $3::uuid[], $4::uuid[]) as new (alias, application, person)"""
_NAMES = "select alias, application from round_applicant where round = $1"
_NAME = "select alias from round_applicant where round = $1 and application = $2"
_FORGET = "delete from round_applicant where person = any($1)"

_REFILL = """
insert into refill (round, number, programme, market, result, market_digest, result_digest, lines_root,
  counts, made_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"""
_REFILLS = f"select {', '.join(Refill.__slots__)} from refill where round = $1 order by number"
_REFILL_DOCUMENTS = "select market, result from refill where round = $1 and number = $2"
_LAST_REFILL = "select coalesce(max(number), 0) from refill where round = $1"


async def insert(tx: Tx, id_: UUID, programme: str, part: bytes, commitment: str) -> bool:
    """Insert an opened round; False where another one of the programme is not decided yet."""
    return bool(await tx.fetchval(_INSERT, id_, programme, part, commitment, tx.actor.id, tx.now))


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Round | None:
    """One round."""
    row: Any = await tx.fetchrow(_ROUND + (" for update" if lock else ""), id_)
    return _round(row) if row else None


async def frozen(tx: Tx, id_: UUID) -> bytes:
    """The market of a closed round, without its seed."""
    found: bytes = await tx.fetchval(_FROZEN, id_)
    return found


async def documents(tx: Tx, id_: UUID, refill: int | None = None) -> Documents | None:
    """Those of a round, or of one of its refills; None where there are none (yet)."""
    if refill is None:
        row: Any = await tx.fetchrow(_DOCUMENTS, id_)
        return Documents(with_seed(row["frozen"], row["seed"]), row["result"]) if row else None
    row = await tx.fetchrow(_REFILL_DOCUMENTS, id_, refill)
    return Documents(row["market"], row["result"]) if row else None


async def closed(
    tx: Tx, id_: UUID, frozen: bytes, digest: str, counts: Mapping[str, int], reveal_by: datetime
) -> int:
    """Keep the market without its seed; this and what follows give the number of the fact that tells it."""
    return int(await tx.fetchval(_CLOSED, id_, frozen, digest, dict(counts), reveal_by, tx.now))


async def recommitted(tx: Tx, id_: UUID, part: bytes, commitment: str) -> int:
    """Another attempt."""
    await tx.execute(_DROP_APPLICANTS, id_)
    return int(await tx.fetchval(_RECOMMITTED, id_, part, commitment))


async def computed(tx: Tx, id_: UUID, seed: bytes, cleared: Cleared) -> int:
    """Keep the seed, the exact result and the digests."""
    digests = (cleared.market_digest, cleared.result_digest, cleared.lines_root)
    counts = {"matched": cleared.matched}
    return int(await tx.fetchval(_COMPUTED, id_, seed, cleared.result, *digests, counts, tx.now))


async def decided(tx: Tx, id_: UUID, state: str, name: str, reason: str | None) -> int:
    """Keep who confirmed the round or sent it back."""
    return int(await tx.fetchval(_DECIDED, id_, state, tx.actor.id, name, tx.now, reason))


async def ended(tx: Tx, id_: UUID) -> int:
    """Nothing is passed on any more."""
    return int(await tx.fetchval(_ENDED, id_, tx.now))


async def told(tx: Tx, id_: UUID) -> int:
    """The number of another fact about a round, whose row this locks."""
    return int(await tx.fetchval(_TOLD, id_))


async def overdue(tx: Tx) -> list[UUID]:
    """Closed rounds at which somebody did not reveal in time."""
    return [row["id"] for row in await tx.fetch(_OVERDUE, tx.now)]


async def last_confirmed(tx: Tx, programme: str) -> Round | None:
    """The round whose places are passed on."""
    row: Any = await tx.fetchrow(_LAST_CONFIRMED, programme)
    return _round(row) if row else None


async def keep_commitment(tx: Tx, round_: Round, party: str, commitment: str) -> bool:
    """Keep a contributor's commitment; False where they or somebody else gave one, or the same, before."""
    values = (round_.id, round_.attempt, tx.actor.id, party, commitment, tx.now)
    return bool(await tx.fetchval(_COMMIT, *values))


async def contributions(tx: Tx, round_: Round) -> list[Contribution]:
    """Those of the present attempt, by commitment."""
    rows = await tx.fetch(_PARTS, round_.id, round_.attempt)
    return [Contribution(**{name: row[name] for name in Contribution.__slots__}) for row in rows]


async def reveal(tx: Tx, round_: Round, part: bytes) -> None:
    """Keep what a contributor revealed."""
    await tx.execute(_REVEAL, round_.id, round_.attempt, tx.actor.id, part, tx.now)


async def keep_names(tx: Tx, id_: UUID, names: Mapping[UUID, str], people: Mapping[UUID, UUID]) -> None:
    """Whose the random ids are; `names` and `people` by application."""
    of = [people[application] for application in names]
    await tx.execute(_APPLICANTS, id_, list(names.values()), list(names), of)


async def names(tx: Tx, id_: UUID) -> dict[str, UUID]:
    """The applications, by random id; who was erased is left out."""
    return {row["alias"]: row["application"] for row in await tx.fetch(_NAMES, id_)}


async def name(tx: Tx, id_: UUID, application: UUID) -> str | None:
    """The random id of one application."""
    found: str | None = await tx.fetchval(_NAME, id_, application)
    return found


async def forget(tx: Tx, people: Collection[UUID]) -> None:
    """Leave the random ids of these people without anybody."""
    await tx.execute(_FORGET, list(people))


async def keep_refill(tx: Tx, round_: Round, market: bytes, cleared: Cleared, counts: dict[str, int]) -> int:
    """Keep a refill's exact documents; gives its number."""
    number = 1 + int(await tx.fetchval(_LAST_REFILL, round_.id))
    digests = (cleared.market_digest, cleared.result_digest, cleared.lines_root)
    values = (round_.id, number, round_.programme, market, cleared.result, *digests, counts, tx.now)
    await tx.execute(_REFILL, *values)
    return number


async def refills(tx: Tx, id_: UUID) -> list[Refill]:
    """A round's refills, in order."""
    rows = await tx.fetch(_REFILLS, id_)
    return [Refill(**{field: row[field] for field in Refill.__slots__}) for row in rows]


def _round(row: Any) -> Round:
    return Round(**{field: row[field] for field in Round.__slots__})
