"""Messages in SQL. Statements take whole batches; rows in work elsewhere are skipped, not waited for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.model import Sealed
from ieum.notify.deliveries.domain import AWAITING_FOR, TRIED_FOR, Draft, RecipientKind, State, Verdict

if TYPE_CHECKING:
    from asyncpg import Record

    from ieum.common.postgres import Tx

_INSERT = """
insert into message (id, fact, purpose, recipient, recipient_kind, person, application, programme, facts,
  openings, explanation, correlation_id, state, due_at, give_up_at, created_at)
select id, fact, purpose, recipient, recipient_kind, person, application, programme, facts,
  openings, explanation, correlation_id, 'awaiting_contact', $2, $3, $2
from jsonb_to_recordset($1::jsonb) as new (id uuid, fact uuid, purpose text, recipient uuid,
  recipient_kind text, person uuid, application uuid, programme text, facts jsonb, openings uuid[],
  explanation jsonb, correlation_id text)
on conflict do nothing
returning id"""

# The one place where messages meet contacts and catalogue in SQL: whether all is known must be asked of many
# rows at once, and a row that waits long must not stand before those that are ready.
_READY = """
select m.id, p.messages ->> m.purpose as template, c.language, c.sealed is null as erased,
  m.recipient_kind = 'person' or o.email is not null as mailbox
from message m
join programme p on p.id = m.programme
join contact c on c.person = m.person
left join organisation o on o.id = m.recipient
where m.state = 'awaiting_contact' and ($1::uuid[] is null or m.id = any($1))
  and (m.recipient_kind = 'person' or o.id is not null)
  and not exists (
    select from unnest(m.openings) as needed (id)
    where not exists (
      select from opening join organisation on organisation.id = opening.organisation
      where opening.id = needed.id))
order by m.created_at, m.id limit $2
for update of m skip locked"""

_OVERDUE = """
select id from message where state = 'awaiting_contact' and give_up_at <= $1
order by created_at limit $2 for update skip locked"""

_RELEASE = """
update message m set state = r.state, reason = r.reason, template = r.template, language = r.language,
  due_at = $2::timestamptz, give_up_at = $3, version = m.version + 1,
  queued_at = case when r.state = 'queued' then $2::timestamptz end,
  ended_at = case when r.state <> 'queued' then $2::timestamptz end,
  explanation = case when r.state = 'queued' then m.explanation end
from jsonb_to_recordset($1::jsonb) as r (id uuid, state text, reason text, template text, language text)
where m.id = r.id
returning m.*"""

_CLAIM = """
with due as (
  select id from message where state in ('queued', 'sending') and due_at <= $1
  order by due_at, id limit $2 for update skip locked)
update message m set state = 'sending', lease = $3, due_at = $4, attempts = m.attempts + 1
from due where m.id = due.id
returning m.*"""

# Sent is sent, whoever holds the lease by now; any other verdict counts only from the holder. An attempt that
# was none is not counted.
_SETTLE = """
update message m set state = r.state, reason = r.reason, due_at = r.due_at, lease = null,
  attempts = m.attempts - r.untried,
  version = m.version + case when r.state = 'queued' then 0 else 1 end,
  ended_at = case when r.state = 'queued' then null else $3::timestamptz end,
  explanation = case when r.state = 'queued' then m.explanation end
from jsonb_to_recordset($1::jsonb) as r (id uuid, state text, reason text, due_at timestamptz, untried int)
where m.id = r.id
  and (m.state = 'sending' and m.lease = $2 or r.state = 'sent' and m.state in ('queued', 'sending'))
returning m.*"""

_FORGET = "update message set explanation = null where person = any($1) and explanation is not null"
_DELETE = "delete from message where id = any($1)"
_OF_RECIPIENT = "select * from message where recipient = $1 order by created_at desc, id limit $2"
_BY_ID = "select * from message where id = $1"


@dataclass(frozen=True)
class Message:
    """One message row. `template` and `language` are known from `queued` on."""

    id: UUID
    fact: UUID
    purpose: str
    recipient: UUID
    recipient_kind: RecipientKind
    person: UUID
    application: UUID
    programme: str
    facts: dict[str, Any]
    openings: list[UUID]
    explanation: Sealed | None
    correlation_id: str | None
    template: str | None
    language: str | None
    state: State
    reason: str | None
    attempts: int
    version: int
    created_at: datetime
    queued_at: datetime | None
    ended_at: datetime | None
    give_up_at: datetime


@dataclass(frozen=True)
class Ready:
    """A waiting message of which all is known now; `template` None: its programme sends no such message."""

    id: UUID
    template: str | None
    language: str | None
    erased: bool
    mailbox: bool


@dataclass(frozen=True)
class Settlement:
    """What becomes of one message; `untried`: the attempt was none."""

    id: UUID
    verdict: Verdict
    untried: bool = False


async def insert(tx: Tx, drafts: Sequence[Draft]) -> list[UUID]:
    """Insert as waiting; those that are there already are left out. The ids of the new ones."""
    rows = [
        {
            "id": str(draft.id),
            "fact": str(draft.fact),
            "purpose": draft.purpose,
            "recipient": str(draft.recipient),
            "recipient_kind": draft.recipient_kind,
            "person": str(draft.person),
            "application": str(draft.application),
            "programme": draft.programme,
            "facts": dict(draft.facts),
            "openings": [str(opening) for opening in draft.openings],
            "explanation": draft.explanation.model_dump(mode="json") if draft.explanation else None,
            "correlation_id": draft.correlation_id,
        }
        for draft in drafts
    ]
    found = await tx.fetch(_INSERT, rows, tx.now, tx.now + AWAITING_FOR)
    return [row["id"] for row in found]


async def ready(tx: Tx, limit: int, ids: Sequence[UUID] | None = None) -> list[Ready]:
    """Lock waiting messages (of these ids, or any) that wait no longer."""
    return [Ready(**row) for row in await tx.fetch(_READY, ids, limit)]


async def overdue(tx: Tx, limit: int) -> list[UUID]:
    """Lock messages that waited too long."""
    return [row["id"] for row in await tx.fetch(_OVERDUE, tx.now, limit)]


async def release(tx: Tx, verdicts: Sequence[tuple[Ready, Verdict]]) -> list[Message]:
    """Write what waiting messages become."""
    rows = [
        {
            "id": str(one.id),
            "state": verdict.state,
            "reason": verdict.reason,
            "template": one.template,
            "language": one.language,
        }
        for one, verdict in verdicts
    ]
    return _messages(await tx.fetch(_RELEASE, rows, tx.now, tx.now + TRIED_FOR))


async def claim(tx: Tx, lease: UUID, until: datetime, limit: int) -> list[Message]:
    """Take due messages under a lease, those of a lease that ran out among them; counts the attempt."""
    return _messages(await tx.fetch(_CLAIM, tx.now, limit, lease, until))


async def settle(tx: Tx, lease: UUID, settlements: Sequence[Settlement]) -> list[Message]:
    """Write what became of claimed messages; only those whose row was still ours to write come back."""
    rows = [
        {
            "id": str(one.id),
            "state": one.verdict.state,
            "reason": one.verdict.reason,
            "due_at": one.verdict.due_at.isoformat(),
            "untried": int(one.untried),
        }
        for one in settlements
    ]
    return _messages(await tx.fetch(_SETTLE, rows, lease, tx.now))


async def forget_explanations(tx: Tx, people: Sequence[UUID]) -> None:
    """Drop the sealed explanations about these people."""
    await tx.execute(_FORGET, people)


async def delete(tx: Tx, ids: Sequence[UUID]) -> None:
    """Remove messages that no programme asked for after all."""
    await tx.execute(_DELETE, ids)


async def of_recipient(tx: Tx, recipient: UUID, limit: int) -> list[Message]:
    """The newest messages to a person or organisation."""
    return _messages(await tx.fetch(_OF_RECIPIENT, recipient, limit))


async def by_id(tx: Tx, id_: UUID) -> Message | None:
    """One message."""
    found = _messages(await tx.fetch(_BY_ID, id_))
    return found[0] if found else None


def _messages(rows: Sequence[Record]) -> list[Message]:
    return [_message(row) for row in rows]


def _message(row: Record) -> Message:
    fields = {name: row[name] for name in Message.__dataclass_fields__}
    sealed = fields["explanation"]
    return Message(**(fields | {"explanation": Sealed.model_validate(sealed) if sealed else None}))
