"""Agreeing on counselling sessions, and recording how they went."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake_contacts import ContactOutcome, SessionChanged, SessionPlanned
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.intake.applications import actions as applications
from ieum.intake.cases import actions as cases
from ieum.intake.contacts import recording
from ieum.intake.contacts.counselling import domain, store
from ieum.intake.contacts.counselling.domain import Session, Times
from ieum.intake.contacts.domain import Contact
from ieum.intake.contacts.recording import Said, own_agency
from ieum.intake.openings import actions as openings
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

LIST_MAX = 500
_TOLD = ("person", "agency", "counsellor", "planned_at", "planned_until")


@dataclass(frozen=True)
class NewSession:
    """An appointment; at most one of application, opening and case is what it belongs to."""

    person: UUID
    field: str
    counsellor: str
    times: Times
    application: UUID | None = None
    opening: UUID | None = None
    case_id: UUID | None = None


@dataclass(frozen=True)
class Result:
    """How a session went; `next_` is the next appointment, with the same counsellor."""

    outcome: ContactOutcome
    real: Times | None
    said: Said | None = None
    next_: Times | None = None


async def plan(tx: Tx, desk: Desk, new: NewSession) -> UUID:
    """Agree on a session.

    Raises Refusal `field-unknown`, `session-times`, `session-of-one`, 409 `counsellor-busy`, and what those
    say to which it belongs.
    """
    if desk.city.counselling_field(new.field) is None:
        known = ", ".join(field.id for field in desk.city.counselling)
        raise Refusal(
            "field-unknown",
            ko=f"이 도시의 상담 분야가 아닙니다. 가능한 값: {known}",
            en=f"The city has no such field of counselling. It has: {known}.",
            pointer="/field",
        )
    await _check_part_of(tx, desk, new)
    domain.check_planned(new.times, tx.now)
    row = await people.lock_live(tx, desk, new.person)
    session = Session(
        id=new_id(tx.now),
        person=row.id,
        agency=own_agency(tx),
        field=new.field,
        counsellor=new.counsellor,
        planned_at=new.times.start,
        planned_until=new.times.end,
        state="planned",
        application=new.application,
        opening=new.opening,
        case_id=new.case_id,
    )
    await _insert(tx, desk, session)
    return session.id


async def schedule(
    tx: Tx, desk: Desk, id_: UUID, times: Times, *, version: int, counsellor: str | None = None
) -> Session:
    """Move a session, or give it to another counsellor; raises Stale, Refusal as `domain.scheduled`."""
    before = await _locked(tx, desk, id_)
    session = domain.scheduled(before, times, counsellor, tx.now, version=version)
    await _check_free(tx, session)
    await store.update(tx, session)
    _tell(tx, desk, session)
    return session


async def cancel(tx: Tx, desk: Desk, id_: UUID, *, version: int) -> Session:
    """Cancel a session; raises Stale, Refusal 409 `session-transition`."""
    session = domain.move(await _locked(tx, desk, id_), "cancel", version=version)
    await store.update(tx, session)
    _tell(tx, desk, session)
    return session


async def finish(tx: Tx, desk: Desk, id_: UUID, result: Result, *, version: int) -> Session:
    """Record how a session went, and agree on the next; raises Stale, Refusal as `domain.finished`."""
    before = await _locked(tx, desk, id_)
    missed = result.outcome == "no-show"
    session = domain.finished(before, result.real, tx.now, version=version, missed=missed)
    await store.update(tx, session)
    row = await people.shown(tx, desk, session.person)
    contact = Contact(
        id=session.id,
        kind="counselling",
        person=session.person,
        agency=session.agency,
        district=row.district,
        at=session.started_at or session.planned_at,
        outcome=result.outcome,
        field=session.field,
        direction=None,
        part_of=None,
        by=tx.actor.id,
        recorded_at=tx.now,
        sequence=session.sequence,
    )
    await recording.record(tx, desk, contact, _shared(session, result.said))
    if result.next_:
        await _plan_next(tx, desk, session, result.next_)
    return session


async def write_note(tx: Tx, desk: Desk, id_: UUID, said: Said) -> UUID:
    """Write one more note about a session that took place; raises Refusal 409 `session-transition`."""
    session = await shown(tx, id_)
    contact = await recording.visible(tx, session.id)
    await recording.note(tx, desk, contact, _shared(session, said) or said)
    return id_


async def shown(tx: Tx, id_: UUID, *, lock: bool = False) -> Session:
    """A session of the actor's agency; raises Refusal 404 `session-unknown`."""
    found = await store.find(tx, id_, lock=lock)
    if found is None:
        raise Refusal(
            "session-unknown", ko="상담을 찾을 수 없습니다.", en="There is no such session.", status=404
        )
    return found


async def listed(
    tx: Tx, span: Times, *, counsellor: str | None = None, person: UUID | None = None
) -> list[Session]:
    """The sessions of the actor's agency planned in a span, at most LIST_MAX."""
    return await store.listed(tx, own_agency(tx), span, counsellor=counsellor, person=person, limit=LIST_MAX)


async def of(tx: Tx, people_: Collection[UUID]) -> list[Session]:
    """The sessions of these people."""
    return await store.of(tx, people_)


async def forget(tx: Tx, desk: Desk, person: UUID) -> None:
    """Cancel what is planned with somebody who is forgotten."""
    for before in await store.planned(tx, person):
        session = domain.move(before, "cancel", version=before.version)
        await store.update(tx, session)
        _tell(tx, desk, session)


async def _locked(tx: Tx, desk: Desk, id_: UUID) -> Session:
    """A session, locked after its person: so does who forgets somebody."""
    await people.shown(tx, desk, (await shown(tx, id_)).person, lock=True)
    return await shown(tx, id_, lock=True)


async def _plan_next(tx: Tx, desk: Desk, before: Session, times: Times) -> None:
    domain.check_planned(times, tx.now)
    await people.lock_live(tx, desk, before.person)
    session = Session(
        id=new_id(tx.now),
        person=before.person,
        agency=before.agency,
        field=before.field,
        counsellor=before.counsellor,
        planned_at=times.start,
        planned_until=times.end,
        state="planned",
        application=before.application,
        opening=before.opening,
        case_id=before.case_id,
        follows=before.id,
    )
    await _insert(tx, desk, session)


async def _insert(tx: Tx, desk: Desk, session: Session) -> None:
    await _check_free(tx, session)
    await store.insert(tx, session)
    more = {"application": session.application, "opening": session.opening, "case": session.case_id}
    data = SessionPlanned(**_told(desk, session), **more, follows=session.follows)
    tx.publish(data, subject=session.id, sequence=session.sequence)


async def _check_free(tx: Tx, session: Session) -> None:
    if await store.is_busy(tx, session):
        raise Refusal(
            "counsellor-busy",
            ko="상담사에게 같은 시간의 다른 상담이 있습니다.",
            en="The counsellor has another session at that time.",
            status=409,
            pointer="/planned_at",
        )


async def _check_part_of(tx: Tx, desk: Desk, new: NewSession) -> None:
    if sum(one is not None for one in (new.application, new.opening, new.case_id)) > 1:
        raise Refusal(
            "session-of-one",
            ko="신청, 자리, 사례 가운데 하나에만 이어 주십시오.",
            en="A session belongs to an application, an opening or a case: to one of them.",
            pointer="/application",
        )
    if new.application:
        await applications.shown(tx, desk, new.application)
    if new.opening:
        await openings.shown(tx, new.opening)
    if new.case_id:
        await cases.visible(tx, new.case_id)


def _shared(session: Session, said: Said | None) -> Said | None:
    """What is noted, readable to the counsellor whoever writes it."""
    return Said(said.text, said.topic, {*said.readers, session.counsellor}) if said else None


def _told(desk: Desk, session: Session) -> dict[str, object]:
    told: dict[str, object] = {name: getattr(session, name) for name in _TOLD}
    return told | {"field": recording.told_field(desk, session.field)}


def _tell(tx: Tx, desk: Desk, session: Session) -> None:
    data = SessionChanged(**_told(desk, session), state=session.state)
    tx.publish(data, subject=session.id, sequence=session.sequence)
