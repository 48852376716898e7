"""Imports in SQL: lines, columns and reasons in clear, rows of a file only sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from ieum.intake.imports.mapping import Kind, Layout
from ieum.intake.imports.reading import Problem

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

State = Literal["working", "done", "stopped"]

_COLUMNS = """id, kind, programme, agency, same_as, dry_run, state, encoding, mapping, rows, done, added,
  already_there_count, refused, attempts, sent_by, sent_roles, received_on, submitted_at, columns, words,
  date_1904, wrapped_key, fault, created_at, finished_at"""
_PLACES = ", ".join(f"${place}" for place in range(1, _COLUMNS.count(",") + 2))
_INSERT = f"insert into import_report ({_COLUMNS}) values ({_PLACES})"
_ADD_CHUNKS = """insert into import_chunk (import, number, sealed)
select $1, number - 1, sealed from unnest($2::bytea[]) with ordinality as new (sealed, number)"""
_EARLIER = "select import_report from import_file where scope = $1 and content_hash = $2"
_NEXT = """select id, agency, sent_by, sent_roles from import_report where state = 'working'
order by touched_at nulls first, created_at limit 1"""
_CLAIM = f"""select {_COLUMNS} from import_report where id = $1 and state = 'working'
for update skip locked"""
_CHUNK = """select number, sealed from import_chunk where import = $1 and sealed is not null
order by number limit 1"""
_CHUNK_DONE = "update import_chunk set sealed = null, already_there = $3 where import = $1 and number = $2"
_PROGRESS = """update import_report set done = done + $2, added = added + $3,
  already_there_count = already_there_count + $4, refused = refused + $5, attempts = 0, touched_at = $6
where id = $1"""
_FINISH = """update import_report set state = $2, fault = $3, wrapped_key = null, finished_at = $4
where id = $1"""
_NEWEST = f"""select {_COLUMNS} from import_report where agency = $1
order by created_at desc, id desc limit $2"""
_PROBLEMS = """select line, place, "column", code, ko, en from import_problem
where import = $1 and (line, place) > ($2, $3) order by line, place limit $4"""
_ADD_PROBLEMS = """insert into import_problem (import, line, place, "column", code, ko, en)
select $1, line, row_number() over (partition by line order by number), col, code, ko, en
from unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[]) with ordinality
  as new (line, col, code, ko, en, number)"""
_THERE = """select line from import_chunk, unnest(already_there) as line where import = $1
order by number, line limit $2"""
_SEE = """insert into import_seen (import, identity) select $1, unnest($2::bytea[])
on conflict do nothing"""


@dataclass(frozen=True, slots=True)
class Report:
    """An import as kept, in the order of its columns; `same_as` names the one that read the file first."""

    id: UUID
    kind: Kind
    programme: str | None
    agency: str
    same_as: UUID | None
    dry_run: bool
    state: State
    encoding: str
    mapping: UUID | None
    rows: int
    done: int
    added: int
    already_there_count: int
    refused: int
    attempts: int
    sent_by: str | None
    sent_roles: Sequence[str]
    received_on: date | None
    submitted_at: datetime | None
    columns: dict[str, Any]
    words: dict[str, dict[str, str]]
    date_1904: bool
    wrapped_key: bytes | None
    fault: dict[str, str] | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def layout(self) -> Layout:
        """Where the file's columns stand."""
        columns = {name: (place, header) for name, (place, header) in self.columns["at"].items()}
        return Layout(columns, self.columns["width"], self.words, self.date_1904)


@dataclass(frozen=True, slots=True)
class Sender:
    """An import that waits, and in whose name its rows are taken."""

    import_: UUID
    agency: str
    subject: str
    roles: frozenset[str]


async def insert(tx: Tx, report: Report, chunks: Sequence[bytes] = ()) -> None:
    """Keep a new import and its sealed chunks."""
    await tx.execute(_INSERT, *(getattr(report, name) for name in Report.__slots__))
    if chunks:
        await tx.execute(_ADD_CHUNKS, report.id, list(chunks))


async def find(tx: Tx, id_: UUID) -> Report | None:
    """The import of that id."""
    row = await tx.fetchrow(f"select {_COLUMNS} from import_report where id = $1", id_)
    return Report(**dict(row)) if row else None


async def newest(tx: Tx, agency: str | None, limit: int) -> list[Report]:
    """The newest imports of an agency."""
    rows = await tx.fetch(_NEWEST, agency, limit)
    return [Report(**dict(row)) for row in rows]


async def earlier(tx: Tx, scope: str, content_hash: bytes) -> UUID | None:
    """The import that read the same file for the same purpose."""
    found: UUID | None = await tx.fetchval(_EARLIER, scope, content_hash)
    return found


async def remember(tx: Tx, scope: str, content_hash: bytes, report: UUID) -> None:
    """Keep the file's keyed hash."""
    await tx.execute("insert into import_file values ($1, $2, $3)", scope, content_hash, report)


async def waiting(tx: Tx) -> Sender | None:
    """The import that was let wait the longest."""
    row = await tx.fetchrow(_NEXT)
    return Sender(row["id"], row["agency"], row["sent_by"], frozenset(row["sent_roles"])) if row else None


async def claim(tx: Tx, id_: UUID) -> Report | None:
    """The import, locked until commit; None where another process has it, or it is finished."""
    row = await tx.fetchrow(_CLAIM, id_)
    return Report(**dict(row)) if row else None


async def next_chunk(tx: Tx, id_: UUID) -> tuple[int, bytes] | None:
    """Number and sealed rows of the first chunk that is still to be taken."""
    row = await tx.fetchrow(_CHUNK, id_)
    return (row["number"], row["sealed"]) if row else None


async def finish_chunk(
    tx: Tx, id_: UUID, number: int, *, rows: int, added: int, there: Sequence[int], refused: int
) -> None:
    """Drop a chunk's rows and count what became of them."""
    await tx.execute(_CHUNK_DONE, id_, number, list(there))
    await tx.execute(_PROGRESS, id_, rows, added, len(there), refused, tx.now)


async def finish(tx: Tx, id_: UUID, state: State, fault: dict[str, str] | None = None) -> None:
    """End an import: its key goes, and with it whatever is left of the file."""
    await tx.execute(_FINISH, id_, state, fault, tx.now)
    await tx.execute("update import_chunk set sealed = null where import = $1 and sealed is not null", id_)
    await tx.execute("delete from import_seen where import = $1", id_)
    if state == "stopped":  # the same file may be sent again
        await tx.execute("delete from import_file where import_report = $1", id_)


async def count_attempt(tx: Tx, id_: UUID) -> int:
    """Note that a chunk failed; gives how often it has."""
    return int(
        await tx.fetchval(
            """update import_report set attempts = attempts + 1, touched_at = $2
            where id = $1 returning attempts""",
            id_,
            tx.now,
        )
    )


async def add_problems(tx: Tx, id_: UUID, problems: Sequence[Problem]) -> None:
    """Keep why rows were refused."""
    names = ("line", "column", "code", "ko", "en")
    await tx.execute(_ADD_PROBLEMS, id_, *([getattr(one, name) for one in problems] for name in names))


async def problems(
    tx: Tx, id_: UUID, *, after: tuple[int, int], limit: int
) -> list[tuple[tuple[int, int], Problem]]:
    """Problems after a place (line, number within it), in the order of the file, each with its own place."""
    found = []
    for row in await tx.fetch(_PROBLEMS, id_, *after, limit):
        values = dict(row)
        place = values.pop("place")
        found.append(((values["line"], place), Problem(**values)))
    return found


async def already_there(tx: Tx, id_: UUID, limit: int) -> list[int]:
    """Lines of those who were there already, in the order of the file."""
    return [row["line"] for row in await tx.fetch(_THERE, id_, limit)]


async def seen(tx: Tx, id_: UUID, identities: Collection[bytes]) -> set[bytes]:
    """Which of these a dry run has met in an earlier chunk."""
    asked = "select identity from import_seen where import = $1 and identity = any($2)"
    return {row["identity"] for row in await tx.fetch(asked, id_, list(identities))}


async def see(tx: Tx, id_: UUID, identities: Collection[bytes]) -> None:
    """Keep whom a dry run has met."""
    await tx.execute(_SEE, id_, list(identities))
