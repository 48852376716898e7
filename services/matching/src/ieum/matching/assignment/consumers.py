"""What assignment reads of intake: cases that need a case worker, sessions of counselling, who left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from ieum.common.events.intake_cases import CaseEvent
from ieum.common.events.intake_contacts import SessionChanged, SessionPlanned
from ieum.common.events.intake_staff import StaffLeft
from ieum.matching.assignment import actions, store
from ieum.matching.assignment.domain import Role
from ieum.matching.assignment.store import Assignment

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx

CASE_WORKER: Role = "case-worker"


async def on_cases(events: list[Event], tx: Tx) -> None:
    """An open case needs a case worker, until it is closed; whose it is already counts as their load."""
    last = {UUID(one.subject): (one, one.data) for one in events if isinstance(one.data, CaseEvent)}
    await store.lock_people(tx, {person for _, data in last.values() for person in data.persons})
    running = await store.of_cases(tx, list(last))
    case_workers = await store.case_workers(tx, {data.owner for _, data in last.values()})
    ends = {one.id: _ending(one, last, case_workers) for one in running}
    for reason in ("case-closed", "moved-on"):
        await actions.end_all(tx, [one for one in running if ends[one.id] == reason], reason)
    there = {one.case_id: one for one in running if one.role == CASE_WORKER and not ends[one.id]}
    changed = []
    for case, (event, data) in last.items():
        if data.state == "closed":
            continue
        one = there.get(case)
        if one is None:
            one = _needed(case, event, data)
            await store.insert(tx, one)
        changed.append(_theirs(one, data, mine=(data.owner, data.agency) in case_workers))
    await store.move(tx, changed)
    await store.save(tx, changed)
    had = [(one.person, one.worker) for one in changed if one.state == "confirmed"]
    await store.remember(tx, [(person, worker) for person, worker in had if person and worker])


def _ending(
    one: Assignment, last: Mapping[UUID, tuple[Event, CaseEvent]], case_workers: Collection[tuple[str, str]]
) -> Literal["case-closed", "moved-on"] | None:
    """What ends an assignment of a case, if anything does: intake closed it, or gave it to somebody else."""
    if one.case_id is None:
        return None
    _, data = last[one.case_id]
    if data.state == "closed":
        return "case-closed"
    elsewhere = one.agency != data.agency
    by_intake = one.role == CASE_WORKER and (data.owner, data.agency) in case_workers
    return "moved-on" if elsewhere or (by_intake and one.worker not in {None, data.owner}) else None


def _needed(case: UUID, event: Event, data: CaseEvent) -> Assignment:
    # The event's own id: a case that is opened again needs somebody again.
    return Assignment(
        id=event.id,
        role=CASE_WORKER,
        agency=data.agency,
        person=data.persons[0] if data.persons else None,
        match=None,
        case_id=case,
        district=data.district,
        needs=None,
        state="open",
        worker=None,
        proposed=None,
        why=None,
        version=0,
        requested_at=event.time,
        decided_by=None,
        decided_name=None,
        decided_at=None,
        reason=None,
    )


def _theirs(one: Assignment, data: CaseEvent, *, mine: bool) -> Assignment:
    """Intake says whose a case is: where that is a registered case worker, it is so already."""
    moved = replace(one, district=data.district)
    return replace(moved, state="confirmed", worker=data.owner, why=None) if mine else moved


async def on_contacts(events: list[Event], tx: Tx) -> None:
    """Whom a person saw for counselling is whom they had before."""
    pairs = {
        (one.data.person, one.data.counsellor)
        for one in events
        if isinstance(one.data, SessionPlanned | SessionChanged)
    }
    if pairs:
        await store.remember(tx, sorted(pairs))


async def on_organisations(events: list[Event], tx: Tx) -> None:
    """Who left takes nobody any more; whom they had needs somebody again."""
    left = [one.data.account for one in events if isinstance(one.data, StaffLeft)]
    if left:
        await store.retire(tx, left)
        await actions.end_all(tx, await store.of_workers(tx, left), "worker-left")


HANDLERS = {
    "intake-cases": on_cases,
    "intake-contacts": on_contacts,
    "intake-organisations": on_organisations,
}
