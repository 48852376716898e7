"""Importing a file: good rows become people and applications, once, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.programme import Programme
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.intake.applications import actions as applications
from ieum.intake.applications import domain as rules
from ieum.intake.applications.domain import Market, NewApplication
from ieum.intake.imports import store
from ieum.intake.imports.domain import CHOICES, File, Problem, Row
from ieum.intake.imports.store import Report
from ieum.intake.openings import actions as openings
from ieum.intake.openings.domain import Opening
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.programmes import actions as programmes

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

CHUNK_ROWS = 500


@dataclass
class _Tally:
    """What became of the rows so far, all submitted at one moment; `seen` are the identities of this file."""

    submitted_at: datetime
    added: int = 0
    already_there: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seen: set[bytes] = field(default_factory=set)


async def load(
    tx: Tx, desk: Desk, programme: str, raw: bytes, file: File, received_on: date | None = None
) -> UUID:
    """Import a file into a programme; gives its report's id. One import at a time for each programme.

    The same file again adds nothing, even where somebody of it was erased since. `received_on`: the day on
    which the agency received the applications; else they count as of today.
    """
    found = (await programmes.current(tx, programme, status=422)).definition
    await programmes.lock(tx, programme)
    content_hash = desk.search.of("import-file", sha256(raw).hexdigest())
    report = new_id(tx.now)
    if first := await store.earlier(tx, programme, content_hash):
        await store.insert(tx, await _repeated(tx, first, report, file))
        return report
    submitted_at = rules.submitted_at(received_on, now=tx.now, at_window=True)
    rules.check_period(found, korean_date(submitted_at))
    tally = await _load_rows(tx, desk, found, file, submitted_at)
    await store.insert(tx, _report(tx, report, found, file, tally))
    await store.remember(tx, programme, content_hash, report)
    return report


async def shown(tx: Tx, id_: UUID) -> Report:
    """The report of an import of the actor's agency; raises Refusal 404 `import-unknown`."""
    found = await store.find(tx, id_)
    if found is None or not ("operator" in tx.actor.roles or found.agency == tx.actor.agency):
        raise Refusal(
            "import-unknown", ko="올리신 파일을 찾을 수 없습니다.", en="There is no such import.", status=404
        )
    return found


async def _load_rows(tx: Tx, desk: Desk, programme: Programme, file: File, submitted_at: datetime) -> _Tally:
    market = Market(await openings.of_programme(tx, programme.id))
    tally = _Tally(submitted_at, problems=list(file.problems))
    for start in range(0, len(file.rows), CHUNK_ROWS):
        await _load_chunk(tx, desk, programme, market, file.rows[start : start + CHUNK_ROWS], tally)
    return tally


async def _load_chunk(
    tx: Tx, desk: Desk, programme: Programme, market: Market, rows: Sequence[Row], tally: _Tally
) -> None:
    chosen = [(row, choices) for row in rows if (choices := _choices(row, programme, market, tally))]
    known = await people.known(tx, desk, [row.person for row, _ in chosen])
    applied = await applications.applied(tx, programme.id, known.values())
    fresh: list[tuple[Row, list[Opening], bytes]] = []
    for row, choices in chosen:
        identity = people.identity(desk, row.person)
        if identity in tally.seen or known.get(identity) in applied:
            tally.already_there.append(row.line)
        else:
            fresh.append((row, choices, identity))
        tally.seen.add(identity)
    if fresh:
        await _add(tx, desk, programme, fresh, known, tally.submitted_at)
    tally.added += len(fresh)


async def _add(
    tx: Tx,
    desk: Desk,
    programme: Programme,
    rows: Sequence[tuple[Row, list[Opening], bytes]],
    known: Mapping[bytes, UUID],
    submitted_at: datetime,
) -> None:
    """Register who is not known yet; all of them apply. Who is known keeps the data they gave before."""
    strangers = [(row, identity) for row, _, identity in rows if identity not in known]
    made = await people.register(tx, desk, [row.person for row, _ in strangers]) if strangers else []
    ids = {**known, **dict(zip((identity for _, identity in strangers), made, strict=True))}
    await applications.submit(
        tx,
        [
            (tx, NewApplication(ids[identity], programme, choices, _answers(row), "csv", submitted_at))
            for row, choices, identity in rows
        ],
    )


def _answers(row: Row) -> dict[str, str]:
    return {"비고": row.note} if row.note else {}


def _choices(row: Row, programme: Programme, market: Market, tally: _Tally) -> list[Opening] | None:
    """The openings a row wants; None where it is refused, with the column at fault noted."""
    try:
        return rules.ranked(programme, [code for _, code in row.choices], market)
    except Refusal as refused:
        place = int((refused.pointer or "0").rpartition("/")[2])
        columns = [column for column, _ in row.choices]
        column = columns[place] if place < len(columns) else CHOICES[min(place, len(CHOICES) - 1)]
        tally.problems.append(Problem(row.line, column, refused.code, refused.ko, refused.en))
        return None


def _report(tx: Tx, id_: UUID, programme: Programme, file: File, tally: _Tally) -> Report:
    problems = sorted(tally.problems, key=lambda problem: problem.line)
    return Report(
        id=id_,
        programme=programme.id,
        agency=tx.actor.agency or programme.agency,
        same_as=None,
        encoding=file.encoding,
        rows=file.count,
        added=tally.added,
        already_there=sorted(tally.already_there),
        refused=len({problem.line for problem in problems}),
        problems=[problem.document() for problem in problems],
        created_at=tx.now,
    )


async def _repeated(tx: Tx, first: UUID, id_: UUID, file: File) -> Report:
    """The report of a file that was read before: whatever was not refused is there already."""
    report = await store.find(tx, first)
    if report is None:
        raise LookupError(first)
    refused = {problem["line"] for problem in report.problems}
    there = sorted({row.line for row in file.rows} - refused)
    return replace(report, id=id_, same_as=first, added=0, already_there=there, created_at=tx.now)
