"""Writing, correcting, confirming and reminding of weekly reports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ieum.common.events.matching_placement import MatchReportDue, MatchReported, WeekDone
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.ids import new_id
from ieum.matching.placement import actions as placement
from ieum.matching.placement.changing import about
from ieum.matching.placement.reports import store
from ieum.matching.placement.reports.domain import (
    DUE_DAYS,
    Owed,
    Report,
    Week,
    check_confirmation,
    check_week,
    writer,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.placement.domain import Match

REMINDED_MAX = 200
LISTED_MAX = 500


async def write(tx: Tx, match_id: UUID, week: Week) -> Report:
    """Write a week's report, or a new version of it, which the other side confirms anew.

    Raises Refusal 404 `unknown-match`, 403 `report-not-yours`, 409 `not-started`, 422 `week-impossible`.
    """
    side = writer(tx.actor.kind)
    match = await placement.locked(tx, match_id)
    check_week(match, week.week, korean_date(tx.now))
    id_, done = new_id(tx.now), WeekDone(text=week.text)
    report = Report(
        id=id_,
        match=match.id,
        week=week.week,
        version=0,
        hours=week.hours,
        days_present=week.days_present,
        days_absent=week.days_absent,
        done=await tx.seal(match.person, done, id_),
        written_by=side,
        written_at=tx.now,
        confirmed_at=None,
    )
    report = replace(report, version=await store.insert(tx, match, report))
    await _tell(tx, match, report, done)
    return report


async def confirm(tx: Tx, match_id: UUID, week: date, version: int) -> Report:
    """The other side confirms what it read; again, it changes nothing.

    Raises Refusal 404 `unknown-match` or `unknown-report`, 403 `report-not-yours` or `own-report`, 409
    `report-changed`.
    """
    side = writer(tx.actor.kind)
    match = await placement.locked(tx, match_id)
    report = check_confirmation(await store.newest(tx, match_id, week), version, side)
    if report.confirmed_at:
        return report
    await store.confirm(tx, report.id)
    report = replace(report, confirmed_at=tx.now)
    await _tell(tx, match, report)
    return report


async def of(tx: Tx, match_id: UUID) -> list[Report]:
    """All versions of a match's reports, the oldest first."""
    return await store.of(tx, match_id)


async def read(tx: Tx, reports: Sequence[Report]) -> dict[UUID, str]:
    """What was written, by the report's id, for a person's eyes; each opening is recorded."""
    found = {}
    for report in reports:
        done = await tx.reveal(report.done, WeekDone, reason="weekly-report") if report.done else None
        if done:
            found[report.id] = done.text
    return found


async def overdue(tx: Tx, programme: str) -> list[Owed]:
    """Weeks of a programme's places whose report did not come in time, the oldest first, at most 500."""
    return await store.overdue(tx, programme, DUE_DAYS, LISTED_MAX)


async def remind(tx: Tx) -> int:
    """Tell once of each week that is over and not reported on; gives how many, at most 200."""
    owed = await store.untold(tx, REMINDED_MAX)
    matches = {match.id: match for match in await placement.lock_all(tx, {one.match for one in owed})}
    told = await store.remind(tx, owed) if owed else []
    for one in sorted(told, key=lambda each: each.week):
        match = matches[one.match]
        data = MatchReportDue(**about(match), week=one.week, due_on=one.due_on)
        tx.publish(data, subject=match.id, sequence=await placement.count(tx, match.id), person=match.person)
    return len(told)


async def forget(tx: Tx, people: Collection[UUID]) -> None:
    """Drop what was written about those whose applications are forgotten."""
    await store.forget(tx, people)


async def _tell(tx: Tx, match: Match, report: Report, done: WeekDone | None = None) -> None:
    data = MatchReported(
        **about(match),
        week=report.week,
        version=report.version,
        hours=report.hours,
        days_present=report.days_present,
        days_absent=report.days_absent,
        written_by=report.written_by,
        confirmed=report.confirmed_at is not None,
    )
    number = await placement.count(tx, match.id)
    private = [done] if done else []
    tx.publish(data, subject=match.id, sequence=number, person=match.person, private=private)
