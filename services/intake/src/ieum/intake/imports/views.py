"""What the routes of imports show."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from ieum.common.kernel.workbook import Workbook, neutral
from ieum.common.web import Body, example
from ieum.intake.imports import actions
from ieum.intake.imports.mapping import ColumnMapping, Kind
from ieum.intake.imports.reading import Problem

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.imports.store import Report

SHOWN_MAX = 100
LINES_MAX = 1000
REPORTED_MAX = 200_000

Header = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class MappingBody(Body):
    """Their headers to our columns (null: left out), and their words to ours, by our column.

    `ignore_others`: whatever else a file has is left out, too; else a header that nobody knows refuses it.
    """

    model_config = example({"columns": {"성명": "이름", "휴대폰": "전화"}, "ignore_others": True})

    columns: Annotated[dict[Header, Column | None], Field(max_length=200)]
    words: Annotated[dict[Column, dict[Word, Word]], Field(max_length=60)] = {}
    ignore_others: bool = False


class NewMapping(MappingBody):
    """A mapping for one kind of file, under a name of the agency's own."""

    model_config = example(
        {
            "name": "상담 대장",
            "kind": "people",
            "columns": {
                "성명": "이름",
                "생년월일": "생년월일",
                "휴대폰": "전화",
                "주소지": "구군",
                "담당자": None,
            },
            "words": {"취업상태": {"무직": "미취업"}},
        }
    )

    name: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    kind: Kind


class MappingView(BaseModel):
    """A mapping as it is kept; its version is the ETag."""

    id: UUID
    name: str
    kind: Kind
    columns: Mapping[str, str | None]
    words: Mapping[str, Mapping[str, str]]
    ignore_others: bool
    version: int
    created_at: datetime
    changed_at: datetime


class MappingList(BaseModel):
    """An agency's mappings, by name."""

    items: list[MappingView]


class ProblemView(BaseModel):
    """Why a row was refused: `line` as an editor counts, the header being 1; `column` by its header."""

    line: int
    column: str | None
    code: str
    ko: str
    en: str


class ProblemPage(BaseModel):
    """Problems in the order of the file; `next` is sent as `after` for those that follow."""

    items: list[ProblemView]
    next: str | None


class FaultView(BaseModel):
    """Why an import was stopped."""

    code: str
    ko: str
    en: str


class ImportView(BaseModel):
    """What became of a file: of `rows`, `done` were looked at, and `added`, `already_there` or `refused`.

    `problems` and `already_there` (lines) are the first of them. `same_as` names the import that read the
    same file first: nothing was added again. A dry run (`dry_run`) wrote nothing: it says what would be.
    """

    id: UUID
    kind: Kind
    programme: str | None
    agency: str
    same_as: UUID | None
    dry_run: bool
    state: Literal["working", "done", "stopped"]
    mapping: UUID | None
    encoding: str
    rows: int
    done: int
    added: int
    already_there: list[int]
    already_there_count: int
    refused: int
    problems: list[ProblemView]
    fault: FaultView | None
    received_on: date | None
    created_at: datetime
    finished_at: datetime | None


class ImportSummary(BaseModel):
    """An import in a list."""

    id: UUID
    kind: Kind
    programme: str | None
    dry_run: bool
    state: str
    rows: int
    done: int
    added: int
    already_there_count: int
    refused: int
    created_at: datetime
    finished_at: datetime | None


class ImportList(BaseModel):
    """The newest imports."""

    items: list[ImportSummary]


async def shown(tx: Tx, id_: UUID) -> ImportView:
    """An import that the actor may see; a file sent again shows what the first one came to."""
    report = await actions.shown(tx, id_)
    first = await actions.first_of(tx, report)
    lines = await actions.problems(tx, first.id, after=(0, 0), limit=SHOWN_MAX)
    values = {name: getattr(report, name) for name in ImportView.model_fields if hasattr(report, name)}
    if first is not report:
        there = first.done - first.refused
        values |= {"state": first.state, "done": first.done, "refused": first.refused}
        values |= {"already_there_count": there, "finished_at": first.finished_at, "fault": first.fault}
        values["already_there"] = []
    else:
        values["already_there"] = await actions.already_there(tx, id_, LINES_MAX)
    return ImportView(**values, problems=[problem_view(one) for _, one in lines])


def summary(report: Report) -> ImportSummary:
    """An import in a list."""
    return ImportSummary(**{name: getattr(report, name) for name in ImportSummary.model_fields})


def mapping_view(one: ColumnMapping) -> MappingView:
    """A mapping as shown."""
    return MappingView(**{name: getattr(one, name) for name in MappingView.model_fields})


def problem_view(one: Problem) -> ProblemView:
    """A problem as shown."""
    return ProblemView(**{name: getattr(one, name) for name in ProblemView.model_fields})


_HEADER = ("행", "결과", "열", "사유", "Reason")
_REFUSED, _THERE = "반영되지 않음", "이미 있음"


async def lines(tx: Tx, report: Report) -> list[tuple[int | str, ...]]:
    """What was not added, by line: refused with each reason, or there already."""
    refused = await actions.problems(tx, report.id, after=(0, 0), limit=REPORTED_MAX)
    there = await actions.already_there(tx, report.id, REPORTED_MAX)
    found: list[tuple[int | str, ...]] = [
        (one.line, _REFUSED, one.column or "", one.ko, one.en) for _, one in refused
    ]
    found += [(line, _THERE, "", "이미 등록되어 있습니다.", "It was there already.") for line in there]
    return sorted(found, key=lambda row: row[0])


def as_workbook(rows: Sequence[tuple[int | str, ...]]) -> bytes:
    """The lines as an Excel workbook."""
    book = Workbook("결과", _HEADER)
    book.add(rows)
    return book.finish()


def as_csv(rows: Sequence[tuple[int | str, ...]]) -> bytes:
    """The lines as CSV in UTF-8 with its mark."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_HEADER)
    writer.writerows([neutral(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")
