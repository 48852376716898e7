"""Taking a visit once, handing it on, and what each window does with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake_contacts import (
    ContactNote,
    VisitEnded,
    VisitHandedOn,
    VisitIdentified,
    VisitTaken,
)
from ieum.common.kernel.dates import KST, korean_date
from ieum.common.kernel.errors import Refusal, Stale
from ieum.common.kernel.ids import new_id
from ieum.intake.agreements import actions as agreements
from ieum.intake.contacts import notes, recording
from ieum.intake.contacts.domain import Contact
from ieum.intake.contacts.notes import Whose
from ieum.intake.contacts.recording import Said, own_agency
from ieum.intake.contacts.visits import domain, store
from ieum.intake.contacts.visits.domain import Move, Visit, Window
from ieum.intake.people import actions as people
from ieum.intake.people import domain as people_domain
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

STALE_MAX = 100


@dataclass(frozen=True)
class NewVisit:
    """What the front desk takes once; `person` None: somebody without a name yet. `story` is sealed."""

    agencies: Sequence[str]
    person: UUID | None = None
    district: str | None = None
    story: str | None = None


@dataclass(frozen=True)
class Asked:
    """A move of a window as its agency has read it."""

    id: UUID
    version: int
    command: Move
    place: str | None = None
    said: Said | None = None
    hand_on: Sequence[str] = ()


async def take(tx: Tx, desk: Desk, new: NewVisit) -> UUID:
    """Take a visit: a neutral number, and a window at each agency.

    Raises Refusal `agency-unknown`, `windows-many`, `person-unknown`, `person-erased`, `district-unknown`.
    """
    front, today = own_agency(tx), korean_date(tx.now)
    _check(desk, new.agencies)
    domain.check_windows(new.agencies)
    row = await people.lock_live(tx, desk, new.person) if new.person else None
    district = row.district if row else new.district
    if district and row is None:
        people_domain.check_district(desk.city, district, today)
    visit = Visit(
        id=new_id(tx.now),
        number=domain.number(await store.next_number(tx, front, today)),
        day=today,
        agency=front,
        person=row.id if row else None,
        district=district,
        state="open",
        open=len(new.agencies),
        served=0,
        left=0,
        taken_by=tx.actor.id,
        taken_at=tx.now,
    )
    await store.insert(tx, visit)
    await _open(tx, visit, new.agencies)
    if new.story:
        readers = {front, *new.agencies}
        whose = Whose(visit.person, visit.id)
        await notes.write(tx, desk, visit.id, whose, ContactNote(note=new.story), agencies=readers)
    await store.tell(tx, new.agencies)
    _publish(tx, visit, VisitTaken(**_told(visit), windows=list(new.agencies)))
    return visit.id


async def hand_on(tx: Tx, desk: Desk, id_: UUID, agencies: Sequence[str], *, version: int) -> UUID:
    """Hand a visit on to more windows, by whoever has a part in it; raises Stale, Refusal."""
    visit = await _locked(tx, id_, version)
    await _hand_on(tx, desk, visit, agencies)
    await store.tell(tx, agencies)
    return id_


async def identify(tx: Tx, desk: Desk, id_: UUID, person: UUID, *, version: int) -> Visit:
    """Say who came without a name; all windows see it, and what was written is that person's from now on.

    Raises Stale, Refusal 409 `visit-identified`, `person-unknown`, `person-erased`.
    """
    before = await _locked(tx, id_, version)
    row = await people.lock_live(tx, desk, person)
    visit = domain.identified(before, row.id)
    await store.update(tx, visit)
    async with store.whole(tx, id_):
        await store.identify(tx, id_, row.id)
        await recording.identify(tx, desk, id_, row.id)
        await notes.move(tx, desk, id_, row.id)
        windows = await store.windows(tx, [id_])
    await store.tell(tx, {one.agency for one in windows})
    _publish(tx, visit, VisitIdentified(**_told(visit)))
    return visit


async def depart(tx: Tx, desk: Desk, id_: UUID, *, version: int) -> Visit:
    """The visitor went home: for the front desk, which sees all windows. Raises Stale, Refusal."""
    visit = await _locked(tx, id_, version)
    if visit.agency != tx.actor.agency:
        raise _unknown()
    return await _depart(tx, desk, visit)


async def end_stale(tx: Tx, desk: Desk) -> int:
    """End visits of days that are over (KST), as if their visitors had gone; gives how many."""
    midnight = datetime.combine(korean_date(tx.now), time(), KST)
    found = await store.stale(tx, midnight, STALE_MAX)
    for visit in found:
        await _depart(tx, desk, visit)
    return len(found)


async def move(tx: Tx, desk: Desk, asked: Asked) -> Window:
    """Make a move at one's own agency's window; `serve` is a contact, and may hand on in the same breath.

    Raises Stale, Refusal 404 `window-unknown`, or as `domain.move`.
    """
    before = await _own(tx, asked.id)
    after = domain.move(before, asked.command, tx.now, version=asked.version, place=asked.place)
    visit = await shown(tx, after.visit)
    if asked.hand_on:
        visit = await _hand_on(tx, desk, visit, asked.hand_on)
    await store.save(tx, [after])
    if asked.command == "serve":
        await _served(tx, desk, visit, after, asked)
    await _save(tx, desk, visit, domain.after(visit, after, tx.now))
    await store.tell(tx, {after.agency, *asked.hand_on})
    return after


async def shown(tx: Tx, id_: UUID, *, lock: bool = False) -> Visit:
    """A visit in which the actor's agency has a part; raises Refusal 404 `visit-unknown`."""
    found = await store.find(tx, id_, lock=lock)
    if found is None:
        raise _unknown()
    return found


async def windows(tx: Tx, visits: Collection[UUID]) -> list[Window]:
    """The windows of these visits that the actor may see."""
    return await store.windows(tx, visits)


async def window(tx: Tx, id_: UUID) -> Window:
    """A window of the actor's agency or of its front desk; raises Refusal 404 `window-unknown`."""
    found = await store.find_window(tx, id_)
    if found is None:
        raise Refusal(
            "window-unknown",
            ko="창구 접수를 찾을 수 없습니다.",
            en="There is no such visitor at this window.",
            status=404,
        )
    return found


async def of_day(tx: Tx) -> list[Visit]:
    """The visits that the actor's front desk took today."""
    return await store.of_day(tx, own_agency(tx), korean_date(tx.now))


async def queue(tx: Tx, agency: str) -> list[Window]:
    """Who waits at an agency or was called, in the order of the queue."""
    return await store.queue(tx, agency)


async def positions(tx: Tx, agencies: Sequence[str]) -> dict[str, int]:
    """How often the queues of these agencies have changed."""
    return await store.positions(tx, agencies)


async def _locked(tx: Tx, id_: UUID, version: int) -> Visit:
    visit = await shown(tx, id_, lock=True)
    if visit.version != version:
        raise Stale
    return visit


async def _own(tx: Tx, id_: UUID) -> Window:
    """The window of the actor's own agency, read anew once its visit is locked."""
    found = await window(tx, id_)
    if found.agency != tx.actor.agency:
        raise Refusal(
            "window-of-others",
            ko="다른 기관의 창구입니다.",
            en="This is another agency's window.",
            status=403,
        )
    await shown(tx, found.visit, lock=True)
    return await window(tx, id_)


async def _hand_on(tx: Tx, desk: Desk, before: Visit, agencies: Sequence[str]) -> Visit:
    _check(desk, agencies)
    visit = domain.handed_on(before, agencies)
    await store.update(tx, visit)
    await _open(tx, visit, agencies)
    await notes.share(tx, visit.id, agencies)
    by = own_agency(tx)
    _publish(tx, visit, VisitHandedOn(**_told(visit), by=by, windows=list(agencies)))
    return visit


async def _open(tx: Tx, visit: Visit, agencies: Sequence[str]) -> None:
    for agency in agencies:  # at most WINDOWS_MAX
        new = Window(
            id=new_id(tx.now),
            visit=visit.id,
            number=visit.number,
            front=visit.agency,
            agency=agency,
            person=visit.person,
            state="waiting",
            place=None,
            at=tx.now,
            queued_at=tx.now,
        )
        if not await store.open_window(tx, new):
            raise Refusal(
                "window-open",
                ko="이미 그 창구에서 기다리고 계십니다.",
                en="The visitor is waiting at that window already.",
                status=409,
                pointer="/agencies",
            )


async def _served(tx: Tx, desk: Desk, visit: Visit, window: Window, asked: Asked) -> None:
    contact = Contact(
        id=window.id,
        kind="visit",
        person=visit.person,
        agency=window.agency,
        district=visit.district,
        at=tx.now,
        outcome="handed-on" if asked.hand_on else "served",
        field=None,
        direction=None,
        part_of=visit.id,
        by=tx.actor.id,
        recorded_at=tx.now,
    )
    await recording.record(tx, desk, contact, asked.said, own=visit.id)


async def _depart(tx: Tx, desk: Desk, before: Visit) -> Visit:
    visit, gone = domain.departed(before, await store.windows(tx, [before.id]), tx.now)
    await store.save(tx, gone)
    await _save(tx, desk, before, visit)
    await store.tell(tx, {one.agency for one in gone})
    return visit


async def _save(tx: Tx, desk: Desk, before: Visit, visit: Visit) -> None:
    if visit == before:
        return
    await store.update(tx, visit)
    if visit.state == "ended":
        until = desk.city.retention_of("case").ends(korean_date(tx.now))
        await notes.end(tx, [visit.id], until)
        more = {"served": visit.served, "left": visit.left, "taken_at": visit.taken_at}
        _publish(tx, visit, VisitEnded(**_told(visit), **more))


def _told(visit: Visit) -> dict[str, object]:
    return {"number": visit.number, "agency": visit.agency, "person": visit.person}


def _publish(tx: Tx, visit: Visit, data: VisitTaken | VisitHandedOn | VisitIdentified | VisitEnded) -> None:
    tx.publish(data, subject=visit.id, sequence=visit.sequence)


def _check(desk: Desk, agencies: Sequence[str]) -> None:
    for place, agency in enumerate(agencies):
        agreements.check_agency(desk.city, agency, pointer=f"/agencies/{place}")


def _unknown() -> Refusal:
    return Refusal("visit-unknown", ko="방문을 찾을 수 없습니다.", en="There is no such visit.", status=404)
