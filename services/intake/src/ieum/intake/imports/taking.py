"""What becomes of the rows of a chunk: set-based, each row once. A dry run looks, and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.programme import Programme
from ieum.common.events.programme_form import answer_faults
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.intake.applications import actions as applications
from ieum.intake.applications import domain as rules
from ieum.intake.applications.domain import Market, NewApplication
from ieum.intake.imports import domain, store
from ieum.intake.imports.domain import CHOICES, ApplicationRow, OrganisationRow
from ieum.intake.imports.reading import Cells
from ieum.intake.imports.store import Report
from ieum.intake.openings import actions as openings
from ieum.intake.openings.domain import Opening
from ieum.intake.organisations import actions as organisations
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import NewPerson
from ieum.intake.programmes import actions as programmes

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_TURN = "select pg_advisory_xact_lock(hashtextextended('imports', 0))"


@dataclass
class Took:
    """What became of the rows that were not refused; `already_there` by line."""

    added: int = 0
    already_there: list[int] = field(default_factory=list)


async def turn(tx: Tx) -> None:
    """One chunk at a time, so that who stands in two files is registered once; held until commit."""
    await tx.execute(_TURN)


async def take(tx: Tx, desk: Desk, report: Report, cells: Sequence[Cells]) -> Took:
    """Take rows; what is wrong is noted in `cells`. Raises Refusal where the whole import cannot go on."""
    today = korean_date(tx.now)
    match report.kind:
        case "applications":
            return await _applications(tx, desk, report, cells, today)
        case "people":
            return await _people(tx, desk, report, cells, today)
        case "organisations":
            return await _organisations(tx, desk, report, cells, today)


async def _applications(tx: Tx, desk: Desk, report: Report, cells: Sequence[Cells], today: date) -> Took:
    programme = (await programmes.current(tx, report.programme or "", status=422)).definition
    await programmes.lock(tx, programme.id)
    market = Market(await openings.of_programme(tx, programme.id))
    read = [domain.read_application(one, desk.city, today, programme.form) for one in cells]
    wanted = [
        (row, choices) for row in read if row and (choices := _wanted(row, programme, market)) is not None
    ]
    everybody = [row.person for row, _ in wanted]
    known = await people.known(tx, desk, everybody, attach=not report.dry_run)
    applied = await applications.applied(tx, programme.id, known.values())
    identities = [people.identity(desk, person) for person in everybody]
    seen = await _seen(tx, report, identities)
    took, fresh = Took(), list[tuple[ApplicationRow, list[Opening], bytes]]()
    for (row, choices), identity in zip(wanted, identities, strict=True):
        if identity in seen or known.get(identity) in applied:
            took.already_there.append(row.line)
        else:
            fresh.append((row, choices, identity))
        seen.add(identity)
    took.added = len(fresh)
    if fresh and not report.dry_run:
        await _apply(tx, desk, report, programme, fresh, known)
    return took


async def _apply(
    tx: Tx,
    desk: Desk,
    report: Report,
    programme: Programme,
    rows: Sequence[tuple[ApplicationRow, list[Opening], bytes]],
    known: Mapping[bytes, UUID],
) -> None:
    """Register who is not known yet; all of them apply. Who is known keeps the data they gave before."""
    strangers = [(row.person, identity) for row, _, identity in rows if identity not in known]
    ids = {**known, **await _registered(tx, desk, strangers)}
    submitted_at = report.submitted_at or tx.now
    await applications.submit(
        tx,
        [
            (tx, NewApplication(ids[identity], programme, choices, row.answers, "csv", submitted_at))
            for row, choices, identity in rows
        ],
    )


async def _people(tx: Tx, desk: Desk, report: Report, cells: Sequence[Cells], today: date) -> Took:
    read = [(one.row.line, domain.read_person(one, desk.city, today)) for one in cells]
    good = [(line, person, people.identity(desk, person)) for line, person in read if person]
    known = await people.known(tx, desk, [person for _, person, _ in good], attach=not report.dry_run)
    seen = await _seen(tx, report, [identity for *_, identity in good]) | known.keys()
    took, strangers = Took(), list[tuple[NewPerson, bytes]]()
    for line, person, identity in good:
        if identity in seen:
            took.already_there.append(line)
        else:
            strangers.append((person, identity))
        seen.add(identity)
    took.added = len(strangers)
    if not report.dry_run:
        await _registered(tx, desk, strangers)
    return took


async def _registered(tx: Tx, desk: Desk, strangers: Sequence[tuple[NewPerson, bytes]]) -> dict[bytes, UUID]:
    if not strangers:
        return {}
    made = await people.register(tx, desk, [person for person, _ in strangers])
    return dict(zip((identity for _, identity in strangers), made, strict=True))


async def _organisations(tx: Tx, desk: Desk, report: Report, cells: Sequence[Cells], today: date) -> Took:
    good = [row for one in cells if (row := domain.read_organisation(one, desk.city, today))]
    keys = [_organisation_key(desk, row) for row in good]
    there = await organisations.registered(
        tx,
        numbers=[row.business_number for row in good if row.business_number],
        names=[(row.name, row.district) for row in good if not row.business_number],
    )
    seen = await _seen(tx, report, keys)
    took, fresh = Took(), list[OrganisationRow]()
    for row, key in zip(good, keys, strict=True):
        if key in seen or (row.business_number or (row.name, row.district)) in there:
            took.already_there.append(row.line)
        else:
            fresh.append(row)
        seen.add(key)
    took.added = len(fresh)
    if fresh and not report.dry_run:
        made = [
            organisations.Organisation(
                id=new_id(tx.now),
                name=row.name,
                roles=row.roles,
                district=row.district,
                email=row.email,
                business_number=row.business_number,
                registered_at=tx.now,
            )
            for row in fresh
        ]
        await organisations.register_all(tx, made)
    return took


def _organisation_key(desk: Desk, row: OrganisationRow) -> bytes:
    return desk.search.of("organisation", row.business_number or f"{row.name}\x1f{row.district}")


async def _seen(tx: Tx, report: Report, keys: Sequence[bytes]) -> set[bytes]:
    """Whom earlier chunks had: a real run finds them in the database, a dry one has noted them."""
    if not report.dry_run:
        return set()
    found = await store.seen(tx, report.id, keys)
    await store.see(tx, report.id, keys)
    return found


def _wanted(row: ApplicationRow, programme: Programme, market: Market) -> list[Opening] | None:
    """The openings a row wants; None where it is refused, with the column at fault noted."""
    codes = [code for _, code in row.choices]
    try:
        choices = rules.ranked(programme, codes, market)
    except Refusal as refused:
        place = int((refused.pointer or "0").rpartition("/")[2])
        columns = [column for column, _ in row.choices]
        column = columns[place] if place < len(columns) else CHOICES[min(place, len(CHOICES) - 1)]
        row.cells.note(column, refused)
        return None
    faults = list(answer_faults(programme.form, row.answers)) if programme.form else []
    for fault in faults:
        row.cells.note(fault.pointer.split("/")[1], Refusal("answer-invalid", ko=fault.ko, en=fault.en))
    return None if faults else choices
