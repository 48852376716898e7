"""Visits in SQL. Rows are locked in one order: visit, its windows, feeds by agency.

Row-level security shows a front desk its visits whole, and a window its own part.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.contacts.visits.domain import Visit, Window

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_VISIT = tuple(field.name for field in fields(Visit))
_WINDOW = tuple(field.name for field in fields(Window))


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)  # `left` is a word of SQL


_INSERT = f"""insert into visit ({_quoted(_VISIT)})
values ({", ".join(f"${place}" for place in range(1, len(_VISIT) + 1))})"""
_FIND = f"select {_quoted(_VISIT)} from visit where id = $1"
_OF_DAY = f"select {_quoted(_VISIT)} from visit where agency = $1 and day = $2 order by taken_at, id"
_UPDATE = """update visit set person = $2, state = $3, open = $4, served = $5, "left" = $6, ended_at = $7,
  version = $8, sequence = $9 where id = $1"""
_STALE = f"""select {_quoted(_VISIT)} from visit where state = 'open' and taken_at < $1
order by taken_at, id limit $2 for update skip locked"""
_NUMBER = """insert into visit_number as held (agency, day, last) values ($1, $2, 1)
on conflict (agency, day) do update set last = held.last + 1 returning last"""

_OPEN_WINDOW = f"""insert into visit_window ({_quoted(_WINDOW)})
values ({", ".join(f"${place}" for place in range(1, len(_WINDOW) + 1))}) on conflict do nothing"""
_FIND_WINDOW = f"select {_quoted(_WINDOW)} from visit_window where id = $1"
_WINDOWS = f"select {_quoted(_WINDOW)} from visit_window where visit = any($1) order by at, queued_at, id"
_QUEUE = f"""select {_quoted(_WINDOW)} from visit_window
where agency = $1 and state in ('waiting', 'called') order by queued_at, number, id"""
_SAVE = """update visit_window set state = new.state, place = new.place, queued_at = new.queued_at,
  called_at = new.called_at, done_at = new.done_at, version = new.version
from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
  $7::int[]) as new (id, state, place, queued_at, called_at, done_at, version)
where visit_window.id = new.id"""
_SAVED = ("id", "state", "place", "queued_at", "called_at", "done_at", "version")
_TELL = """insert into visit_feed as feed (agency, last) select agency, 1 from unnest($1::text[]) as agency
order by agency on conflict (agency) do update set last = feed.last + 1"""

_WHOLE = "select set_config('ieum.visit', $1, true)"


async def next_number(tx: Tx, agency: str, day: date) -> int:
    """The next number of a front desk's day; whoever asks at the same time waits."""
    return int(await tx.fetchval(_NUMBER, agency, day))


async def insert(tx: Tx, visit: Visit) -> None:
    """Insert a new visit."""
    await tx.execute(_INSERT, *(getattr(visit, name) for name in _VISIT))


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Visit | None:
    """The visit if the actor's agency has a part in it, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return Visit(**dict(row)) if row else None


async def of_day(tx: Tx, agency: str, day: date) -> list[Visit]:
    """The visits that a front desk took on a day, the first first."""
    return [Visit(**dict(row)) for row in await tx.fetch(_OF_DAY, agency, day)]


async def stale(tx: Tx, before: datetime, limit: int) -> list[Visit]:
    """Visits that are open since before a moment, claimed until commit."""
    return [Visit(**dict(row)) for row in await tx.fetch(_STALE, before, limit)]


async def update(tx: Tx, one: Visit) -> None:
    """Write what changed."""
    state = (one.person, one.state, one.open, one.served, one.left, one.ended_at, one.version, one.sequence)
    await tx.execute(_UPDATE, one.id, *state)


async def open_window(tx: Tx, one: Window) -> bool:
    """Add a window to a visit; False where the agency has an open one in it already."""
    done: str = await tx.execute(_OPEN_WINDOW, *(getattr(one, name) for name in _WINDOW))
    return done.endswith(" 1")


async def find_window(tx: Tx, id_: UUID) -> Window | None:
    """The window if it is the actor's agency's, or its front desk's. Its visit's row is its lock."""
    row = await tx.fetchrow(_FIND_WINDOW, id_)
    return Window(**dict(row)) if row else None


async def windows(tx: Tx, visits: Collection[UUID]) -> list[Window]:
    """The windows of these visits that the actor may see, the first first."""
    return [Window(**dict(row)) for row in await tx.fetch(_WINDOWS, list(visits))]


async def queue(tx: Tx, agency: str) -> list[Window]:
    """Who waits at an agency or was called, in the order of the queue."""
    return [Window(**dict(row)) for row in await tx.fetch(_QUEUE, agency)]


async def save(tx: Tx, moved: Sequence[Window]) -> None:
    """Write what moves changed."""
    await tx.execute(_SAVE, *([getattr(one, name) for one in moved] for name in _SAVED))


@asynccontextmanager
async def whole(tx: Tx, visit: UUID) -> AsyncIterator[None]:
    """All parts of one visit are in reach meanwhile, those of other agencies' windows too."""
    await tx.execute(_WHOLE, str(visit))
    yield
    await tx.execute(_WHOLE, "")


async def identify(tx: Tx, visit: UUID, person: UUID) -> None:
    """Write a newcomer's id on all windows of the visit, which is in reach as a whole."""
    await tx.execute("update visit_window set person = $2 where visit = $1", visit, person)


async def tell(tx: Tx, agencies: Collection[str]) -> None:
    """Say that the queues of these agencies have changed; locked last, in one order."""
    await tx.execute(_TELL, sorted(set(agencies)))


async def positions(tx: Tx, agencies: Sequence[str]) -> dict[str, int]:
    """How often the queues of these agencies have changed; one that never has is missing."""
    rows = await tx.fetch("select agency, last from visit_feed where agency = any($1)", list(agencies))
    return {row["agency"]: row["last"] for row in rows}
