"""What is written down of a case: goals, services, conferences, restricted notes; and opening it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.model import Sealed
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.intake.cases import actions, domain, store
from ieum.intake.cases.actions import Change
from ieum.intake.cases.domain import Case
from ieum.intake.cases.private import Note, Reporter, Told, Words
from ieum.intake.cases.store import Conference, Entry, Goal, NoteRow, Report, Service
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


@dataclass(frozen=True)
class Shown:
    """A case with all that is written down of it; what is sealed stays so."""

    case: Case
    persons: Sequence[UUID]
    report: Report
    entries: Sequence[Entry]
    goals: Sequence[Goal]
    services: Sequence[Service]
    conferences: Sequence[Conference]
    notes: Sequence[NoteRow]


@dataclass(frozen=True)
class Opened:
    """What was sealed, in clear: goals and decisions by id, reasons by the version they led to."""

    told: Told | None = None
    goals: Mapping[UUID, str] = field(default_factory=dict)
    decisions: Mapping[UUID, str] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)


async def shown(tx: Tx, id_: UUID) -> Shown:
    """A case of the actor's agency; raises Refusal 404 `case-unknown`."""
    case = await actions.visible(tx, id_)
    return Shown(
        case=case,
        persons=(await store.persons(tx, [id_]))[id_],
        report=await store.report_of(tx, id_),
        entries=await store.entries(tx, id_),
        goals=await store.goals(tx, id_),
        services=await store.services(tx, id_),
        conferences=await store.conferences(tx, id_),
        notes=await store.notes(tx, id_),
    )


async def reveal(tx: Tx, found: Shown, *, reason: str) -> Opened:
    """Open the words of a case for a person's eyes; each access is recorded in this transaction."""

    async def text(sealed: Sealed | None) -> str | None:
        words = await tx.reveal(sealed, Words, reason=reason) if sealed else None
        return words.text if words else None

    told = found.report.told
    goals = {one.id: await text(one.goal) for one in found.goals}
    decisions = {one.id: await text(one.decision) for one in found.conferences}
    reasons = {one.version: await text(one.reason) for one in found.entries}
    return Opened(
        told=await tx.reveal(told, Told, reason=reason) if told else None,
        goals={id_: words for id_, words in goals.items() if words is not None},
        decisions={id_: words for id_, words in decisions.items() if words is not None},
        reasons={version: words for version, words in reasons.items() if words is not None},
    )


async def reporter(tx: Tx, desk: Desk, id_: UUID, *, reason: str) -> Reporter | None:
    """Who reported, for the owner and the lead alone; None: anonymous, or destroyed. Raises Refusal 403."""
    case = await actions.visible(tx, id_)
    if domain.rank(case, actions.worker(tx), actions.lead_of(desk, case.agency)) == "staff":
        raise Refusal(
            "case-rank",
            ko="신고하신 분의 정보는 사례 담당자와 기관의 책임자만 볼 수 있습니다.",
            en="Only the case's owner and the agency's lead see who reported.",
            status=403,
        )
    found = (await store.report_of(tx, id_)).reporter
    return await tx.reveal(found, Reporter, reason=reason) if found else None


async def set_goal(tx: Tx, desk: Desk, asked: Change, goal: str, due_on: date) -> None:
    """Add a goal to the plan; raises Refusal also 422 `goal-past`."""
    if due_on < korean_date(tx.now):
        raise Refusal(
            "goal-past",
            ko="목표일은 오늘이거나 그 뒤여야 합니다.",
            en="A goal is due today or later.",
            pointer="/due_on",
        )
    id_, person = new_id(tx.now), await _changed(tx, desk, asked)
    sealed = await actions.sealed(tx, person, Words(text=goal), id_)
    await store.add_goal(tx, asked.id, Goal(id_, sealed, due_on, tx.actor.id, tx.now))


async def move(tx: Tx, desk: Desk, asked: Change) -> None:
    """End the present step; of a plan the fact says how many goals there are."""
    if asked.command != "plan":
        await actions.change(tx, desk, asked)
        return
    await actions.visible(tx, asked.id, lock=True)
    await actions.change(tx, desk, asked, goals=len(await store.goals(tx, asked.id)))


async def provide(
    tx: Tx, desk: Desk, asked: Change, *, service: str, provider: str, since: date, until: date, cost_won: int
) -> None:
    """Record a service, both days included, which is told of; raises Refusal also 422 `period-order`."""
    if until < since:
        raise Refusal(
            "period-order",
            ko="끝나는 날이 시작하는 날보다 빠를 수 없습니다.",
            en="A period ends on the day it begins or later.",
            pointer="/until",
        )
    made = Service(new_id(tx.now), service, provider, since, until, cost_won, tx.actor.id, tx.now)
    more = {name: getattr(made, name) for name in ("service", "provider", "since", "until", "cost_won")}
    await actions.change(tx, desk, asked, record=made.id, **more)
    await store.add_service(tx, asked.id, made)


async def confer(
    tx: Tx,
    desk: Desk,
    asked: Change,
    *,
    held_on: date,
    participants: Sequence[Mapping[str, str]],
    decision: str,
) -> None:
    """Record a case conference; raises Refusal also 422 `held-future`."""
    if held_on > korean_date(tx.now):
        raise Refusal(
            "held-future",
            ko="회의 날짜가 오늘보다 늦을 수 없습니다.",
            en="A conference is recorded once it was held.",
            pointer="/held_on",
        )
    id_, person = new_id(tx.now), await _changed(tx, desk, asked)
    sealed = await actions.sealed(tx, person, Words(text=decision), id_)
    held = Conference(id_, held_on, participants, sealed, tx.actor.id, tx.now)
    await store.add_conference(tx, asked.id, held)


async def write_note(tx: Tx, desk: Desk, asked: Change, note: Note, readers: Sequence[str]) -> None:
    """Write a restricted note for these staff and its writer; nobody else sees that it is there."""
    id_, person = new_id(tx.now), await _changed(tx, desk, asked)
    named = sorted({*readers, tx.actor.id})
    sealed = await actions.sealed(tx, person, note, id_)
    await store.add_note(tx, asked.id, NoteRow(id_, sealed, named, tx.actor.id, tx.now))


async def open_note(tx: Tx, case: UUID, note: UUID, *, reason: str) -> tuple[NoteRow, Note | None]:
    """Open a restricted note that names the actor, which is recorded; raises Refusal 404 `note-unknown`."""
    await actions.visible(tx, case)
    found = next((one for one in await store.notes(tx, case) if one.id == note), None)
    if found is None or tx.actor.id not in found.readers:
        raise Refusal("note-unknown", ko="기록을 찾을 수 없습니다.", en="There is no such note.", status=404)
    return found, await tx.reveal(found.note, Note, reason=reason) if found.note else None


async def listed(
    tx: Tx, *, owner: str | None, state: str | None, overdue: bool, closed: bool
) -> list[tuple[Case, Sequence[UUID]]]:
    """Cases of the actor's agency, the first due first, at most LIST_MAX."""
    cases = await store.listed(
        tx, owner=owner, state=state, overdue=overdue, closed=closed, limit=actions.LIST_MAX
    )
    persons = await store.persons(tx, [case.id for case in cases])
    return [(case, persons[case.id]) for case in cases]


async def _changed(tx: Tx, desk: Desk, asked: Change) -> UUID:
    """Carry out the command; gives the person under whose keys the case is sealed."""
    case = await actions.change(tx, desk, asked)
    return (await store.persons(tx, [case.id]))[case.id][0]
