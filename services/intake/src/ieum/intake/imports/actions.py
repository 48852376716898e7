"""An import from its upload to its report: sealed in chunks, taken chunk by chunk, each in a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from json import dumps
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.programme import Programme
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.korean import normalise
from ieum.intake.applications import domain as rules
from ieum.intake.imports import domain, mappings, store, taking
from ieum.intake.imports.mapping import ColumnMapping, Kind, Layout, layout
from ieum.intake.imports.packing import Parcel, unpack
from ieum.intake.imports.reading import Cells, Problem
from ieum.intake.imports.store import Report
from ieum.intake.people.actions import Desk
from ieum.intake.programmes import actions as programmes

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

ATTEMPTS_MAX = 5
"""A chunk that fails so often is given up, and the import with it."""
LISTED_MAX = 50


@dataclass(frozen=True)
class Asked:
    """What somebody wants done with a file."""

    kind: Kind
    programme: str | None = None
    received_on: date | None = None
    mapping: UUID | None = None
    dry_run: bool = False


async def begin(
    tx: Tx, desk: Desk, asked: Asked, raw: bytes, parcel: Parcel, id_: UUID, wrapped_key: bytes
) -> UUID:
    """Take a file in; its rows follow chunk by chunk. Raises Refusal where it is turned away as a whole.

    The same file again adds nothing, even where somebody of it was erased since. `received_on`: the day on
    which the agency received the applications; else they count as of today.
    """
    found = await _programme(tx, asked)
    submitted_at = rules.submitted_at(asked.received_on, now=tx.now, at_window=True)
    if found:
        rules.check_period(found, korean_date(submitted_at))
    mapping = await mappings.chosen(tx, asked.mapping, asked.kind, parcel.header)
    place = _layout(asked.kind, parcel, mapping, found)
    scope = asked.programme or f"{asked.kind}/{tx.actor.agency}"
    meant = dumps([sha256(raw).hexdigest(), place.columns, place.words], ensure_ascii=False, sort_keys=True)
    content_hash = desk.search.of("import-file", meant)
    await taking.turn(tx)
    first = None if asked.dry_run else await store.earlier(tx, scope, content_hash)
    report = Report(
        id=id_,
        kind=asked.kind,
        programme=asked.programme,
        agency=tx.actor.agency or (found.agency if found else desk.city.id),
        same_as=first,
        dry_run=asked.dry_run,
        state="done" if first or not parcel.rows else "working",
        encoding=parcel.format,
        mapping=mapping.id if mapping else None,
        rows=parcel.rows,
        done=0,
        added=0,
        already_there_count=0,
        refused=0,
        attempts=0,
        sent_by=tx.actor.id,
        sent_roles=sorted(tx.actor.roles),
        received_on=asked.received_on,
        submitted_at=submitted_at,
        columns={"at": place.columns, "width": place.width},
        words={name: dict(words) for name, words in place.words.items()},
        date_1904=parcel.date_1904,
        wrapped_key=None if first else wrapped_key,
        fault=None,
        created_at=tx.now,
        finished_at=tx.now if first or not parcel.rows else None,
    )
    await store.insert(tx, report, () if first else parcel.chunks)
    if not first and not asked.dry_run:
        await store.remember(tx, scope, content_hash, id_)
    return id_


async def take_chunk(tx: Tx, desk: Desk, id_: UUID) -> int:
    """Take the next rows of an import, in the name of who sent it; gives how many, 0 where none are left."""
    report = await store.claim(tx, id_)
    if report is None or report.wrapped_key is None:
        return 0
    await taking.turn(tx)
    chunk = await store.next_chunk(tx, id_)
    if chunk is None:
        await store.finish(tx, id_, "done")
        return 0
    number, sealed = chunk
    rows = unpack(sealed, desk.keys.unwrap(report.wrapped_key), id_, number)
    place = report.layout
    cells = [Cells(row, place) for row in rows]
    took = await taking.take(tx, desk, report, cells)
    problems = [problem for one in cells for problem in one.problems]
    if problems:
        await store.add_problems(tx, id_, problems)
    refused = sum(bool(one.problems) for one in cells)
    await store.finish_chunk(
        tx, id_, number, rows=len(rows), added=took.added, there=took.already_there, refused=refused
    )
    if report.done + len(rows) >= report.rows:
        await store.finish(tx, id_, "done")
    return len(rows)


async def stop(tx: Tx, id_: UUID, refused: Refusal) -> None:
    """End an import that cannot go on, saying why; what was taken stays."""
    await store.finish(tx, id_, "stopped", {"code": refused.code, "ko": refused.ko, "en": refused.en})


async def failed(tx: Tx, id_: UUID) -> None:
    """A chunk could not be taken: it is tried again, up to a limit."""
    if await store.count_attempt(tx, id_) >= ATTEMPTS_MAX:
        await stop(
            tx,
            id_,
            Refusal(
                "import-failed",
                ko="처리 중 오류가 되풀이되어 중단하였습니다. 운영자에게 문의해 주시기 바랍니다.",
                en="It was stopped as it failed again and again. Please ask the operators.",
            ),
        )


async def shown(tx: Tx, id_: UUID) -> Report:
    """An import of the actor's agency; raises Refusal 404 `import-unknown`."""
    found = await store.find(tx, id_)
    if found is None or found.agency != tx.actor.agency:
        raise Refusal(
            "import-unknown", ko="올리신 파일을 찾을 수 없습니다.", en="There is no such import.", status=404
        )
    return found


async def first_of(tx: Tx, report: Report) -> Report:
    """The import whose lines a report tells of: its own, or those of the same file before."""
    first = await store.find(tx, report.same_as) if report.same_as else None
    return first or report


async def newest(tx: Tx) -> list[Report]:
    """The agency's newest imports."""
    return await store.newest(tx, tx.actor.agency, LISTED_MAX)


async def problems(
    tx: Tx, id_: UUID, *, after: tuple[int, int], limit: int
) -> list[tuple[tuple[int, int], Problem]]:
    """Why rows were refused, each with its place, in the order of the file."""
    return await store.problems(tx, id_, after=after, limit=limit)


async def already_there(tx: Tx, id_: UUID, limit: int) -> list[int]:
    """Lines of those who were there already."""
    return await store.already_there(tx, id_, limit)


async def _programme(tx: Tx, asked: Asked) -> Programme | None:
    if asked.programme is None:
        return None
    return (await programmes.current(tx, asked.programme, status=422)).definition


def _layout(kind: Kind, parcel: Parcel, mapping: ColumnMapping | None, programme: Programme | None) -> Layout:
    known, required = domain.columns_of(kind, programme)
    named = domain.titles(programme)
    header: Sequence[str] = parcel.header
    ours = layout(
        [named.get(normalise(name), name) for name in header] if not mapping else header,
        mapping,
        known,
        required,
        date_1904=parcel.date_1904,
    )
    # A fault is told by what stands at the head of the column, whatever we call it.
    columns = {name: (place, header[place]) for name, (place, _) in ours.columns.items()}
    return Layout(columns, ours.width, ours.words, ours.date_1904)
