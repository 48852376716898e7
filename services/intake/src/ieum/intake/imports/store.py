"""Reports of imports in SQL: lines, columns and reasons, never a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = """id, programme, agency, same_as, encoding, rows, added, already_there, refused, problems,
  created_at"""
_INSERT = f"insert into import_report ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
_EARLIER = "select import_report from import_file where programme = $1 and content_hash = $2"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a file; `same_as` names the import that read the same file first."""

    id: UUID
    programme: str
    agency: str
    same_as: UUID | None
    encoding: str
    rows: int
    added: int
    already_there: Sequence[int]
    refused: int
    problems: Sequence[dict[str, Any]]
    created_at: datetime


async def insert(tx: Tx, report: Report) -> None:
    """Keep a report."""
    await tx.execute(_INSERT, *(getattr(report, name) for name in Report.__slots__))


async def find(tx: Tx, id_: UUID) -> Report | None:
    """The report of that id."""
    row = await tx.fetchrow(f"select {_COLUMNS} from import_report where id = $1", id_)
    return Report(**dict(row)) if row else None


async def earlier(tx: Tx, programme: str, content_hash: bytes) -> UUID | None:
    """The import that read the same file for the same programme."""
    found: UUID | None = await tx.fetchval(_EARLIER, programme, content_hash)
    return found


async def remember(tx: Tx, programme: str, content_hash: bytes, report: UUID) -> None:
    """Keep the file's keyed hash."""
    await tx.execute("insert into import_file values ($1, $2, $3)", programme, content_hash, report)
