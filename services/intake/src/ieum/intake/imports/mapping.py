"""Whose columns are whose: an agency's headers and words to ours. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Literal
from uuid import UUID

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.korean import normalise

Kind = Literal["applications", "people", "organisations"]


@dataclass(frozen=True)
class ColumnMapping:
    """What an agency calls our columns: `columns` by their header (None: left out), `words` by our column."""

    id: UUID
    agency: str
    name: str
    kind: Kind
    columns: Mapping[str, str | None]
    words: Mapping[str, Mapping[str, str]]
    ignore_others: bool
    version: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class Layout:
    """Where each of our columns stands in a file of `width` and how it is headed, and what its words mean."""

    columns: Mapping[str, tuple[int, str]]
    width: int
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    date_1904: bool = False

    @cached_property
    def headers(self) -> dict[int, str]:
        """The header of each place that is read."""
        return dict(self.columns.values())


def check(columns: Mapping[str, str | None], words: Collection[str], known: Collection[str]) -> None:
    """Raise Refusal `mapping-column` where it names a column that there is not, or one twice."""
    ours = [one for one in columns.values() if one is not None]
    for name in sorted({one for one in (*ours, *words) if one not in known}):
        raise _column(f"모르는 열입니다: {name}", f"There is no such column: {name}")
    for name in sorted({one for one in ours if ours.count(one) > 1}):
        raise _column(f"두 열이 같은 열을 가리킵니다: {name}", f"Two columns point to the same: {name}")


def recognised(header: Sequence[str], candidates: Iterable[ColumnMapping]) -> ColumnMapping | None:
    """The mapping all of whose headers a file has; where several fit, the one that knows most of them."""
    there = set(header)
    fitting = [one for one in candidates if one.columns and set(map(normalise, one.columns)) <= there]
    return max(fitting, key=lambda one: (len(one.columns), one.changed_at), default=None)


def layout(
    header: Sequence[str],
    mapping: ColumnMapping | None,
    known: Sequence[str],
    required: Sequence[str],
    *,
    date_1904: bool,
) -> Layout:
    """Where our columns stand; raises Refusal `csv-header`, with unknown ones by place alone.

    Without a header row the first may be a person: what is not known is not repeated.
    """
    theirs = {normalise(name): ours for name, ours in mapping.columns.items()} if mapping else {}
    meant = [theirs.get(name, name) for name in header]
    ignoring = mapping is not None and mapping.ignore_others
    unknown = [
        place
        for place, (name, ours) in enumerate(zip(header, meant, strict=True), start=1)
        if name and ours is not None and ours not in known and not ignoring
    ]
    missing = [name for name in required if name not in meant]
    doubled = sorted({name for name in meant if name in known and meant.count(name) > 1 and name})
    if unknown or missing or doubled:
        raise _header(unknown, missing, doubled)
    columns = {ours: (place, header[place]) for place, ours in enumerate(meant) if ours and ours in known}
    return Layout(columns, len(header), mapping.words if mapping else {}, date_1904)


def _header(unknown: Sequence[int], missing: Sequence[str], doubled: Sequence[str]) -> Refusal:
    ko, en = [], []
    if missing:
        ko.append(f"없는 열: {', '.join(missing)}")
        en.append(f"missing: {', '.join(missing)}")
    if unknown:
        places = ", ".join(map(str, unknown[:20]))
        ko.append(f"알 수 없는 열: {places}번째")
        en.append(f"unknown, by place: {places}")
    if doubled:
        ko.append(f"두 번 나오는 열: {', '.join(doubled)}")
        en.append(f"twice: {', '.join(doubled)}")
    return Refusal(
        "csv-header",
        ko=f"머리글을 확인해 주시기 바랍니다. {'; '.join(ko)}",
        en=f"Please check the header. {'; '.join(en)}",
    )


def _column(ko: str, en: str) -> Refusal:
    return Refusal("mapping-column", ko=ko, en=en, pointer="/columns")
