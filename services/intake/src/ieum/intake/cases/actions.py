"""The life of a case: reported, moved on by those who may, handed over, closed, and in time forgotten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake_cases import ReportChannel
from ieum.common.events.model import PrivateData, Sealed
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.service.city_cases import CaseDesk, CaseStep
from ieum.common.service.city_facts import RecordClass
from ieum.intake.cases import domain, facts, receipts, store
from ieum.intake.cases.domain import Case, Command, Opening, Worker
from ieum.intake.cases.private import Reporter, Told, Words
from ieum.intake.people import actions as people
from ieum.intake.people import domain as people_domain
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import Moment
from ieum.intake.staff import actions as staff

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

RECORD_CLASSES: tuple[RecordClass, ...] = ("case", "restricted")
"""The classes for which the first person of a case has keys; a report's own id has one for `reporter`."""
LIST_MAX = 200
DUE_MAX = 100


@dataclass(frozen=True)
class NewReport:
    """A report as told. `person` is registered already; `agency` is asked for instead of the district's."""

    told: Told
    reporter: Reporter | None
    district: str
    source: str
    channel: ReportChannel
    urgent: bool
    person: UUID | None = None
    agency: str | None = None


@dataclass(frozen=True)
class OwnCase:
    """A case as the person it is about may see it; the words are for the one it was opened for.

    Never in it: who reported and how, what the report said in its own words, and restricted notes.
    """

    case: Case
    told: Told | None
    entries: Sequence[tuple[store.Entry, str | None]]
    goals: Sequence[tuple[store.Goal, str | None]]
    services: Sequence[store.Service]
    conferences: Sequence[tuple[store.Conference, str | None]]


@dataclass(frozen=True)
class Change:
    """A command on a case as the caller has read it; `words` are sealed."""

    id: UUID
    version: int
    command: Command
    owner: str | None = None
    words: str | None = None


async def report(tx: Tx, desk: Desk, new: NewReport) -> UUID:
    """Somebody tells of a person in need: a case begins, with an owner and a due time; gives the report's id.

    Raises Refusal with the field it is about.
    """
    cases, today = desk.city.cases, korean_date(tx.now)
    if cases.source(new.source) is None:
        raise _field("source-unknown", "/source", "알 수 없는 신고 경로입니다.", "There is no such source.")
    people_domain.check_district(desk.city, new.district, today)
    opening = Opening(new_id(tx.now), new.district, new.source, new.channel, new.urgent)
    case = domain.opened(opening, cases, _desk_for(desk, new), tx.now)
    person = await _first_person(tx, desk, new.person)
    made = await _seal_report(tx, desk, new, person, today)
    await store.insert(tx, case)
    await store.add_person(tx, case.id, person, first=True)
    hashed = receipts.hash_of(desk.search, receipts.code_of(desk.search, made.id))
    await store.insert_report(tx, made, case, hashed or b"")
    # Not the actor's id: who reports is nobody's business, and stays sealed.
    await store.enter(tx, [case], "report", by="report")
    numbers = list(made.emergency_numbers)
    more = {name: getattr(new, name) for name in ("source", "channel", "urgent")}
    _publish(tx, case, facts.fact("report", case, [person], emergency_numbers=numbers, **more))
    return made.id


async def status(tx: Tx, desk: Desk, code: str) -> tuple[Case, CaseStep | None]:
    """Where the case of a receipt code stands, and the step that comes next; raises Refusal 404."""
    hashed = receipts.hash_of(desk.search, code)
    case = await store.by_receipt(tx, hashed) if hashed else None
    if case is None:
        raise Refusal(
            "report-unknown",
            ko="접수 번호를 찾을 수 없습니다. 번호를 다시 확인해 주십시오.",
            en="There is no such receipt code. Please check it.",
            status=404,
        )
    if case.state == "closed":
        return case, None
    cases = desk.city.cases
    return case, cases.after(cases.at(case.state, case.step))


async def visible(tx: Tx, id_: UUID, *, lock: bool = False) -> Case:
    """A case of the actor's agency; raises Refusal 404 `case-unknown`."""
    case = await store.find(tx, id_, lock=lock)
    # The policy of the table hides other agencies' rows; said again here, so that neither stands alone.
    if case is None or (tx.actor.kind == "staff" and tx.actor.agency != case.agency):
        raise Refusal("case-unknown", ko="사례를 찾을 수 없습니다.", en="There is no such case.", status=404)
    return case


async def change(tx: Tx, desk: Desk, asked: Change, **more: Any) -> Case:
    """Carry out a command; `more` are the fact's own fields. Raises Stale, or Refusal as `domain.decide`."""
    before = await visible(tx, asked.id, lock=True)
    lead = lead_of(desk, before.agency)
    case = domain.decide(
        before, asked.command, worker(tx), desk.city.cases, lead, tx.now,
        version=asked.version, owner=asked.owner,
    )  # fmt: skip
    if case.owner != before.owner:
        await check_owner(tx, desk, case.agency, case.owner, "/owner")
    persons = (await store.persons(tx, [case.id]))[case.id]
    reason = await sealed(tx, persons[0], Words(text=asked.words), case.id) if asked.words else None
    fact = facts.fact(asked.command, case, persons, **more)
    if fact:
        case = replace(case, sequence=case.sequence + 1)
    await store.save(tx, [case], asked.command, by=tx.actor.id, reason=reason)
    await _keep(tx, desk, before, case)
    _publish(tx, case, fact)
    return case


async def join(tx: Tx, desk: Desk, asked: Change, person: UUID) -> Case:
    """Add a registered person of the same household; raises Refusal also 409 `person-in-case`."""
    # Who lives with somebody in need is met with them, wherever they told their story first.
    person = (await people.lock_live(tx, desk, person, met=True)).id
    case = await change(tx, desk, asked)
    if person in (await store.persons(tx, [case.id]))[case.id]:
        raise Refusal(
            "person-in-case",
            ko="이미 이 사례에 있는 분입니다.",
            en="This person is in the case already.",
            status=409,
            pointer="/person",
        )
    await store.add_person(tx, case.id, person, first=False)
    return case


async def owned(tx: Tx, agency: str, account: str) -> int:
    """How many open cases of an agency an account owns, whoever asks."""
    async with store.as_agency(tx, agency):
        return await store.owned(tx, agency, account)


async def pass_on(tx: Tx, agency: str, from_: str, to: str) -> None:
    """Somebody leaves: their open cases go to another of the agency, and notes that they alone may read."""
    async with store.as_agency(tx, agency):
        await store.hand_over(tx, agency, from_, to)
        await store.pass_notes(tx, from_, to)


def desks(desk: Desk, agency: str | None = None) -> set[str]:
    """The accounts on duty or in the lead, of one agency or of all: those that the city's pack names."""
    found = desk.city.cases.desks
    return {name for one in found if agency in (None, one.agency) for name in (one.duty, one.lead)}


async def escalate_due(tx: Tx, desk: Desk) -> int:
    """Tell of steps that are not done in time, once each, and give the cases to the lead; gives how many."""
    found = await store.due(tx, DUE_MAX)
    if not found:
        return 0
    persons = await store.persons(tx, [case.id for case in found])
    late = [
        replace(domain.escalated(case, lead_of(desk, case.agency), tx.now), sequence=case.sequence + 1)
        for case in found
    ]
    await store.save(tx, late, "overdue", by=tx.actor.id)
    for before, case in zip(found, late, strict=True):
        _publish(tx, case, facts.fact("overdue", case, persons[case.id], owner_before=before.owner))
    return len(found)


async def own(tx: Tx, ids: Collection[UUID], *, reason: str) -> list[OwnCase]:
    """The cases of these people, opened for their own eyes, which is recorded.

    Staff who ask for them: those of their own agency.
    """
    found = {case.id: case for id_ in ids for case in await store.of_person(tx, id_)}
    firsts = {case: persons[0] for case, persons in (await store.persons(tx, list(found))).items()}
    return [
        await _own(tx, case, reason if firsts[case.id] in ids else None)
        for case in found.values()
        if tx.actor.kind != "staff" or tx.actor.agency == case.agency
    ]


async def since(tx: Tx, person: UUID) -> date | None:
    """The day (KST) from which the periods of a person's cases count: today while one is open; None: no case.

    Asked for the person's own sake (purpose `own-data`) or by a timer it sees the cases of all agencies.
    """
    cases = await store.of_person(tx, person)
    return max((korean_date(case.closed_at or tx.now) for case in cases), default=None)


async def forget(tx: Tx, person: UUID, record_classes: Collection[str]) -> None:
    """Drop what is sealed of the person's cases; the keys are destroyed by who decides on erasure."""
    for name in RECORD_CLASSES:
        if name in record_classes:
            await store.forget(tx, [person], name)


async def lock_of(tx: Tx, people: Collection[UUID]) -> None:
    """Lock the cases that are sealed under these people's keys: none of them is opened again meanwhile."""
    await store.lock_of(tx, people)


async def destroy_due(tx: Tx, desk: Desk) -> int:
    """Destroy unasked what has come to its day: reporters, and restricted notes of closed cases.

    The key of class `case` holds more than cases: `erasures` destroys it.
    """
    today, done = korean_date(tx.now), 0
    if reports := await store.forget_reporters(tx, today, DUE_MAX):
        await desk.keys.destroy(tx, reports, ["reporter"])
        done += len(reports)
    if gone := await store.expired(tx, today, DUE_MAX):
        await store.forget(tx, gone, "restricted")
        await desk.keys.destroy(tx, gone, ["restricted"])
        done += len(gone)
    return done


def lead_of(desk: Desk, agency: str) -> str:
    """The account that leads an agency's work on cases; by the usual name where the pack drops the desk."""
    found = desk.city.cases.desk_of(agency)
    return found.lead if found else f"{agency}-lead"


def worker(tx: Tx) -> Worker:
    """Who acts, towards cases."""
    return Worker(tx.actor.id, "official" in tx.actor.roles)


async def sealed(tx: Tx, person: UUID, private: PrivateData, context: UUID) -> Sealed:
    """Seal under the person's key; raises Refusal 409 `key-destroyed` once that was destroyed."""
    try:
        return await tx.seal(person, private, context)
    except LookupError:
        raise Refusal(
            "key-destroyed",
            ko="파기를 요청하신 분이어서 새 내용을 적을 수 없습니다.",
            en="This person asked to be forgotten: nothing more can be written.",
            status=409,
        ) from None


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """The steps of these people's cases that the actor may see."""
    return await store.moments(tx, people)


async def _own(tx: Tx, case: Case, reason: str | None) -> OwnCase:
    """A case with its words, where there is a reason to open them."""

    async def text(sealed: Sealed | None) -> str | None:
        words = await tx.reveal(sealed, Words, reason=reason) if sealed and reason else None
        return words.text if words else None

    told = (await store.report_of(tx, case.id)).told
    # That a note was written says as much as its topic.
    entries = [entry for entry in await store.entries(tx, case.id) if entry.command != "note"]
    return OwnCase(
        case=case,
        told=await tx.reveal(told, Told, reason=reason) if told and reason else None,
        entries=[(entry, await text(entry.reason)) for entry in entries],
        goals=[(goal, await text(goal.goal)) for goal in await store.goals(tx, case.id)],
        services=await store.services(tx, case.id),
        conferences=[(held, await text(held.decision)) for held in await store.conferences(tx, case.id)],
    )


async def _first_person(tx: Tx, desk: Desk, person: UUID | None) -> UUID:
    """The registered person, or an id with keys of its own; what is sealed needs keys first."""
    if person is None:
        made = new_id(tx.now)
        await desk.keys.issue(tx, [made], RECORD_CLASSES)
        return made
    if tx.actor.kind == "public":
        raise _field(
            "person-by-sign-in",
            "/person",
            "로그인하신 뒤에 적을 수 있습니다.",
            "Please sign in to state this.",
        )
    # Whoever sees somebody in need may say so, of whomever (긴급복지지원법 7): it is taken down, not opened.
    survivor = (await people.lock_live(tx, desk, person, met=True)).id
    await desk.keys.ensure(tx, survivor, RECORD_CLASSES)
    return survivor


async def _seal_report(tx: Tx, desk: Desk, new: NewReport, person: UUID, today: date) -> store.Report:
    id_, reporter = new_id(tx.now), None
    if new.reporter:
        await desk.keys.issue(tx, [id_], ["reporter"])
        reporter = await tx.seal(id_, new.reporter, id_)
    numbers = [entry.number for entry in desk.city.emergency_at(today)]
    return store.Report(id_, await tx.seal(person, new.told, id_), reporter, numbers, tx.now)


async def check_owner(tx: Tx, desk: Desk, agency: str, account: str, pointer: str) -> None:
    """Somebody of the agency, or of its desk; raises Refusal 422 `owner-unknown`."""
    if account not in (desks(desk, agency) | {lead_of(desk, agency)}):
        await staff.check_owner(tx, agency, account, pointer)


async def _keep(tx: Tx, desk: Desk, before: Case, case: Case) -> None:
    """When a report is handled, and when a case is closed or opened again, the periods begin or stop."""
    today = korean_date(tx.now)
    if before.state == "reported" != case.state:
        await store.handled(tx, case.id, desk.city.retention_of("reporter").ends(today))
    if case.state == "closed":
        ends = [desk.city.retention_of(name).ends(today) for name in ("case", "restricted")]
        await store.keep_until(tx, case.id, *ends)
    elif before.state == "closed":
        await store.keep_until(tx, case.id, None, None)


def _desk_for(desk: Desk, new: NewReport) -> CaseDesk:
    cases = desk.city.cases
    if new.agency is None:
        return cases.desk_for(new.district)
    found = cases.desk_of(new.agency)
    if found is None:
        raise _field(
            "agency-without-desk",
            "/agency",
            "사례를 맡는 기관이 아닙니다.",
            "This agency manages no cases.",
        )
    return found


def _publish(tx: Tx, case: Case, fact: Any) -> None:
    if fact:
        tx.publish(fact, subject=case.id, sequence=case.sequence)


def _field(code: str, pointer: str, ko: str, en: str) -> Refusal:
    return Refusal(code, ko=ko, en=en, pointer=pointer)
