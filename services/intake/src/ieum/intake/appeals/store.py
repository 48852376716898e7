"""Appeals in SQL; what was written is sealed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake_appeals import Outcome
from ieum.common.events.model import Sealed
from ieum.intake.appeals.domain import Appeal
from ieum.intake.people.domain import Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = ", ".join(field.name for field in fields(Appeal))
_INSERT = """
insert into appeal (id, application, person, programme, fact, agency, channel, grounds, filed_at, due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (application, fact) do nothing returning id"""
_FIND = f"select {_COLUMNS} from appeal where id = $1"
_OPEN_OF = f"""select {_COLUMNS} from appeal
where agency = $1 and ended_at is null order by due_at, id limit $2"""
_OPEN_OF_PERSON = f"""select {_COLUMNS} from appeal
where person = $1 and ended_at is null order by id for update"""
_OF = f"select {_COLUMNS} from appeal where person = any($1) order by filed_at, id"
_END = """update appeal set outcome = $2, official = $3, official_name = $4, reasons = $5, ended_at = $6,
  version = version + 1 where id = $1 returning version"""
_OVERDUE = f"""with due as (select id from appeal
  where ended_at is null and overdue_at is null and due_at <= $1
  order by due_at limit $2 for update skip locked)
update appeal set overdue_at = $1, version = version + 1 from due where appeal.id = due.id
returning {", ".join(f"appeal.{field.name}" for field in fields(Appeal))}"""
_LAST_ENDED = "select max(ended_at) from appeal where person = $1"
_FORGET = "update appeal set grounds = null, reasons = null where person = $1"
_KEEP_DECIDERS = """insert into round_decider (round, official)
select * from unnest($1::uuid[], $2::text[]) on conflict (round) do nothing"""
_DECIDERS = """select wanted.round, d.official from unnest($1::uuid[]) as wanted (round)
left join round_decider d using (round)"""
_MOMENTS = """with own as (
  select id, programme, filed_at, overdue_at, outcome, ended_at from appeal where person = any($1))
select filed_at, 'appeal-filed', id, programme, '' from own
union all select overdue_at, 'appeal-overdue', id, programme, '' from own where overdue_at is not null
union all select ended_at, 'appeal-' || outcome, id, programme, '' from own where ended_at is not null"""


async def insert(tx: Tx, appeal: Appeal) -> bool:
    """Insert; False where this decision was appealed against before."""
    grounds = appeal.grounds.model_dump(mode="json") if appeal.grounds else None
    values = (appeal.application, appeal.person, appeal.programme, appeal.fact, appeal.agency, appeal.channel)
    return bool(await tx.fetchval(_INSERT, appeal.id, *values, grounds, appeal.filed_at, appeal.due_at))


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Appeal | None:
    """The appeal, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return _appeal(row) if row else None


async def open_of(tx: Tx, agency: str, limit: int) -> list[Appeal]:
    """What an agency owes an answer to, the most urgent first."""
    return [_appeal(row) for row in await tx.fetch(_OPEN_OF, agency, limit)]


async def of(tx: Tx, people: Sequence[UUID]) -> list[Appeal]:
    """All appeals of these people, the oldest first."""
    return [_appeal(row) for row in await tx.fetch(_OF, list(people))]


async def open_of_person(tx: Tx, person: UUID) -> list[Appeal]:
    """A person's open appeals, locked until commit."""
    return [_appeal(row) for row in await tx.fetch(_OPEN_OF_PERSON, person)]


async def end(tx: Tx, id_: UUID, outcome: Outcome, by: tuple[str, str] | None, reasons: Sealed | None) -> int:
    """Write how it ended; `by`: the official's subject and name. Gives the fact's sequence."""
    sealed = reasons.model_dump(mode="json") if reasons else None
    return int(await tx.fetchval(_END, id_, outcome, *(by or (None, None)), sealed, tx.now))


async def overdue(tx: Tx, limit: int) -> list[Appeal]:
    """Claim the appeals whose answer is late, each once."""
    return [_appeal(row) for row in await tx.fetch(_OVERDUE, tx.now, limit)]


async def last_ended(tx: Tx, person: UUID) -> datetime | None:
    """When the last of a person's appeals ended; None where there was none."""
    ended: datetime | None = await tx.fetchval(_LAST_ENDED, person)
    return ended


async def forget(tx: Tx, person: UUID) -> None:
    """Drop what was written."""
    await tx.execute(_FORGET, person)


async def keep_deciders(tx: Tx, officials: Mapping[UUID, str]) -> None:
    """Who confirmed which round."""
    await tx.execute(_KEEP_DECIDERS, list(officials), list(officials.values()))


async def deciders(tx: Tx, rounds: Sequence[UUID]) -> list[str | None]:
    """Who confirmed these rounds; None for one whose confirmation has not come."""
    return [row["official"] for row in await tx.fetch(_DECIDERS, list(rounds))]


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """What became of the appeals of these people; `about` is the programme."""
    return [Moment(*row) for row in await tx.fetch(_MOMENTS, list(people))]


def _appeal(row: Any) -> Appeal:
    values = dict(row)
    for name in ("grounds", "reasons"):
        values[name] = Sealed.model_validate(values[name]) if values[name] else None
    return Appeal(**values)
