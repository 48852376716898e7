"""What is written of contacts, sealed; written for other agencies too, read by those whom the row names.

Invariant: nothing is written without `agencies` that may read it; where `readers` are named, they alone do.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from uuid import UUID

from ieum.common.events.intake_contacts import ContactNote
from ieum.common.events.model import PrivateData, Sealed
from ieum.common.kernel.ids import new_id
from ieum.intake.people import actions as people

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.people.actions import Desk

Topic = Literal["mental-health", "suicide", "violence", "addiction", "health", "crime", "other"]
"""What makes a note restricted: sensitive data (개인정보 보호법 23), or what endangers somebody if known."""

_INSERT = """insert into contact_note (id, about, part_of, person, agencies, readers, record_class, note,
  until, written_by, written_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"""
_FIND = """select id, about, person, agencies, readers, record_class, note, until, written_by, written_at
from contact_note where {} order by written_at, id"""
# The key goes with the last of all that it seals: restricted notes of cases lie under it too.
_EXPIRED = """select distinct person from contact_note held
where record_class = 'restricted' and note is not null and until <= $1 {}
and not exists (select from contact_note other where other.person = held.person and note is not null
  and record_class = 'restricted' and (until is null or until > $1))
and not exists (select from case_note n join case_person p on p.case_id = n.case_id and p.first
  where p.person = held.person and n.note is not null)"""
_EXPIRED_NOW = _EXPIRED.format("") + " limit $2"
_STILL_EXPIRED = _EXPIRED.format("and person = any($2)")


class RestrictedNote(PrivateData):
    """Record class `restricted`: for the staff named in its row alone; it travels in no event."""

    record_class: ClassVar[str] = "restricted"
    topic: Topic
    note: str


class StopNote(ContactNote):
    """Record class `case`: where a stop is, and what for. Degrees (WGS 84)."""

    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None


_MODELS: dict[str, type[ContactNote | RestrictedNote]] = {
    "case": StopNote,
    "restricted": RestrictedNote,
}


@dataclass(frozen=True)
class Whose:
    """Whom a note is about: a person, or nobody registered; then the keys are those of an `own` id."""

    person: UUID | None
    own: UUID


@dataclass(frozen=True)
class Note:
    """A row; `note` is None once destroyed."""

    id: UUID
    about: UUID
    person: UUID
    agencies: Sequence[str]
    readers: Sequence[str] | None
    record_class: str
    note: Sealed | None
    until: date | None
    written_by: str
    written_at: datetime


@dataclass(frozen=True)
class Opened:
    """A note in clear, as far as its key is there."""

    id: UUID
    about: UUID
    written_by: str
    written_at: datetime
    topic: str | None
    note: str | None
    address: str | None


async def write(
    tx: Tx, desk: Desk, about: UUID, whose: Whose, private: ContactNote | RestrictedNote, *,
    agencies: Collection[str], readers: Collection[str] | None = None, until: date | None = None,
) -> UUID:  # fmt: skip
    """Seal a note; gives the id under whose keys it lies: the person's, or of nobody registered `whose.own`.

    Raises Refusal `person-erased`, 409 `key-destroyed`.
    """
    id_, name = new_id(tx.now), private.record_class
    subject = (await people.lock_live(tx, desk, whose.person)).id if whose.person else whose.own
    await desk.keys.ensure(tx, subject, [name])
    sealed = (await tx.seal(subject, private, id_)).model_dump(mode="json")
    named = sorted({*readers, tx.actor.id}) if readers is not None else None
    whom = (about, whose.own, subject, sorted(agencies), named)
    await tx.execute(_INSERT, id_, *whom, name, sealed, until, tx.actor.id, tx.now)
    return subject


async def about(tx: Tx, about: Collection[UUID]) -> list[Note]:
    """The notes that the actor may read about these, the oldest first."""
    return [_note(row) for row in await tx.fetch(_FIND.format("about = any($1)"), list(about))]


async def of(tx: Tx, people: Collection[UUID]) -> list[Note]:
    """The notes under these people's keys that the actor may read, the oldest first."""
    return [_note(row) for row in await tx.fetch(_FIND.format("person = any($1)"), list(people))]


async def reveal(tx: Tx, found: Sequence[Note], *, reason: str) -> list[Opened]:
    """Open notes for a person's eyes; each access is recorded in this transaction."""
    opened = []
    for one in found:
        clear = await tx.reveal(one.note, _MODELS[one.record_class], reason=reason) if one.note else None
        words = clear.model_dump() if clear else {}
        told = {name: words.get(name) for name in ("topic", "note", "address")}
        opened.append(Opened(one.id, one.about, one.written_by, one.written_at, **told))
    return opened


async def share(tx: Tx, about: UUID, agencies: Collection[str]) -> None:
    """Let more agencies read what is written about this."""
    await tx.execute(
        """update contact_note set agencies = array(select distinct unnest(agencies || $2::text[]) order by 1)
where about = $1""",
        about,
        list(agencies),
    )


async def end(tx: Tx, about: Collection[UUID], until: date) -> None:
    """Say until when the notes about these are kept, where nothing was said yet."""
    await tx.execute(
        "update contact_note set until = $2 where about = any($1) and until is null", list(about), until
    )


async def copy(tx: Tx, desk: Desk, from_: UUID, about: UUID, whose: Whose) -> None:
    """Write what is written about one thing about another too, sealed anew."""
    for one, private in await _open(tx, "about = $1", from_):
        await write(tx, desk, about, whose, private, agencies=one.agencies, readers=one.readers)


async def move(tx: Tx, desk: Desk, from_: UUID, person: UUID) -> None:
    """Seal what lies under one id's keys under a (locked) person's instead, and destroy the first."""
    found = await _open(tx, "person = $1", from_)
    await desk.keys.ensure(tx, person, {row.record_class for row, _ in found})
    for row, private in found:
        sealed = await tx.seal(person, private, row.id)
        await tx.execute(
            "update contact_note set person = $2, note = $3 where id = $1",
            row.id,
            person,
            sealed.model_dump(mode="json"),
        )
    await desk.keys.destroy(tx, [from_], _MODELS)


async def forget(tx: Tx, people: Collection[UUID], record_class: str) -> None:
    """Drop what is sealed under these people's keys in a class."""
    await tx.execute(
        "update contact_note set note = null where person = any($1) and record_class = $2",
        list(people),
        record_class,
    )


async def destroy_due(tx: Tx, desk: Desk, today: date, limit: int) -> int:
    """Destroy restricted notes of people all of whose days have come, and their key; gives how many."""
    found = [row["person"] for row in await tx.fetch(_EXPIRED_NOW, today, limit)]
    await people.lock(tx, found)  # who writes about a person locks their row first
    gone = [row["person"] for row in await tx.fetch(_STILL_EXPIRED, today, found)]
    await forget(tx, gone, "restricted")
    await desk.keys.destroy(tx, gone, ["restricted"])
    return len(gone)


async def _open(tx: Tx, where: str, value: UUID) -> list[tuple[Note, ContactNote | RestrictedNote]]:
    rows = [_note(row) for row in await tx.fetch(_FIND.format(where), value)]
    found = []
    for row in rows:
        if row.note is None:
            continue
        [clear] = await tx.open_all([row.note], _MODELS[row.record_class])
        if clear is not None:
            found.append((row, clear))
    return found


def _note(row: Any) -> Note:
    sealed = Sealed.model_validate(row["note"]) if row["note"] is not None else None
    return Note(**(dict(row) | {"note": sealed}))
