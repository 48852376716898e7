"""Weekly reports in SQL; what was done is sealed."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ieum.common.events.model import Sealed
from ieum.common.kernel.dates import korean_date
from ieum.matching.placement.reports.domain import Owed, Report

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.placement.domain import Match

_COLUMNS = ", ".join(one.name for one in fields(Report))
_INSERT = f"""
insert into weekly_report ({_COLUMNS}, person, programme)
select $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5, $6, $7, $8, $9, null, $10, $11
from weekly_report where match = $2 and week = $3 returning version"""
_NEWEST = f"""
select {_COLUMNS} from weekly_report where match = $1 and week = $2 order by version desc limit 1"""
_OF = f"select {_COLUMNS} from weekly_report where match = $1 order by week, version"
_CONFIRM = "update weekly_report set confirmed_at = $2 where id = $1"

# A place is reported on from the week of its first day to that of its last; `$1` is today in Korea. Days
# alone are added here, so that no time zone of the server has a say.
_OWED = """
select m.id as match, w.week
from match m
cross join lateral (select m.held_from - (extract(isodow from m.held_from)::int - 1) as monday) f
cross join lateral (
  select f.monday + 7 * n as week
  from generate_series(0, (least(m.held_until, $1::date) - f.monday) / 7) as n) w
where m.state in ('started', 'completed', 'ended_early') and m.held_from is not null and w.week + 7 <= $1
  and not exists (select from weekly_report r where r.match = m.id and r.week = w.week)"""
_UNTOLD = f"""{_OWED}
  and not exists (select from report_reminder t where t.match = m.id and t.week = w.week)
order by w.week, m.id limit $2"""
_OVERDUE = f"""{_OWED} and m.programme = $2 and w.week + 7 + $3::int < $1 order by w.week, m.id limit $4"""
_REMIND = """
insert into report_reminder (match, week, told_at) select match, week, $3
from unnest($1::uuid[], $2::date[]) as new (match, week) on conflict do nothing returning match, week"""
_FORGET = """
update weekly_report r set done = null where person = any($1) and done is not null
  and exists (select from application a where a.person = r.person and a.state = 'erased')"""


async def insert(tx: Tx, match: Match, report: Report) -> int:
    """Add a version of a week's report of a locked match; gives its number."""
    done = report.done.model_dump(mode="json") if report.done else None
    counted = (report.hours, report.days_present, report.days_absent)
    by = (report.written_by, report.written_at, match.person, match.programme)
    return int(await tx.fetchval(_INSERT, report.id, match.id, report.week, *counted, done, *by))


async def newest(tx: Tx, match: UUID, week: date) -> Report | None:
    """The newest version of a week's report."""
    row = await tx.fetchrow(_NEWEST, match, week)
    return _report(row) if row else None


async def of(tx: Tx, match: UUID) -> list[Report]:
    """All versions of a match's reports, the oldest first."""
    return [_report(row) for row in await tx.fetch(_OF, match)]


async def confirm(tx: Tx, id_: UUID) -> None:
    """The other side has confirmed it."""
    await tx.execute(_CONFIRM, id_, tx.now)


async def untold(tx: Tx, limit: int) -> list[Owed]:
    """Weeks that are over, not reported on, and of which nobody was reminded; the oldest first."""
    return [Owed(*row) for row in await tx.fetch(_UNTOLD, korean_date(tx.now), limit)]


async def overdue(tx: Tx, programme: str, days: int, limit: int) -> list[Owed]:
    """Weeks of a programme's places that are not reported on so many days after their end."""
    return [Owed(*row) for row in await tx.fetch(_OVERDUE, korean_date(tx.now), programme, days, limit)]


async def remind(tx: Tx, owed: Sequence[Owed]) -> list[Owed]:
    """Keep that these were told; gives those that had not been."""
    weeks = [one.week for one in owed]
    return [Owed(*row) for row in await tx.fetch(_REMIND, [one.match for one in owed], weeks, tx.now)]


async def forget(tx: Tx, people: Collection[UUID]) -> None:
    """Drop what was written about those whose applications are forgotten."""
    await tx.execute(_FORGET, list(people))


def _report(row: Any) -> Report:
    values = dict(row)
    values["done"] = Sealed.model_validate(values["done"]) if values["done"] else None
    return Report(**values)
