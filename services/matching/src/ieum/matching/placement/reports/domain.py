"""Which weeks are reported on, by whom, and when a report is due. Pure.

A week runs from Monday to Sunday, Korean time, and is named by its Monday. When it is over it is reported on:
the worker or the workplace writes, the other confirms; a correction is a new version, confirmed anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.matching_placement import Writer
from ieum.common.events.model import Sealed
from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from ieum.matching.placement.domain import Match

WEEK = timedelta(days=7)
DUE_DAYS = 2
"""A report is owed from the Monday after its week, and overdue after the Wednesday."""


@dataclass(frozen=True, slots=True)
class Week:
    """What somebody writes of a week; `text` says what was done."""

    week: date
    hours: int
    days_present: int
    days_absent: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """A version of a week's report; `done` is a sealed WeekDone, None once forgotten."""

    id: UUID
    match: UUID
    week: date
    version: int
    hours: int
    days_present: int
    days_absent: int
    done: Sealed | None
    written_by: Writer
    written_at: datetime
    confirmed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Owed:
    """A week of a match that nobody has reported on."""

    match: UUID
    week: date

    @property
    def due_on(self) -> date:
        """The last day on which it is in time."""
        return due_on(self.week)


def monday(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def due_on(week: date) -> date:
    """The last day on which the report of a week is in time."""
    return week + WEEK + timedelta(days=DUE_DAYS)


def writer(kind: str) -> Writer:
    """The side of who writes or confirms; raises Refusal 403 `report-not-yours` for anybody else."""
    if kind == "person":
        return "person"
    if kind == "workplace":
        return "workplace"
    raise Refusal(
        "report-not-yours",
        ko="주간보고는 참여자와 사업장이 작성하고 확인합니다.",
        en="Weekly reports are written and confirmed by the worker and the workplace.",
        status=403,
    )


def check_week(match: Match, week: date, today: date) -> None:
    """A week in which the place was held; raises Refusal 409 `not-started` or 422 `week-impossible`."""
    if match.held_from is None or match.state == "accepted":
        raise Refusal(
            "not-started",
            ko="아직 시작하지 않은 자리입니다.",
            en="This place has not been started.",
            status=409,
        )
    ended = match.state != "started" and match.held_until is not None
    last = min(match.held_until, today) if ended and match.held_until else today
    if week != monday(week) or not monday(match.held_from) <= week <= monday(last):
        raise Refusal(
            "week-impossible",
            ko="참여하신 기간에 있는 주의 월요일을 적어 주십시오.",
            en="State the Monday of a week in which the place was held.",
            pointer="/week",
        )


def check_confirmation(report: Report | None, version: int, side: Writer) -> Report:
    """The other side confirms the version it read.

    Raises Refusal 404 `unknown-report`, 409 `report-changed`, 403 `own-report`.
    """
    if report is None:
        raise Refusal(
            "unknown-report", ko="해당 주간보고가 없습니다.", en="There is no such report.", status=404
        )
    if report.version != version:
        raise Refusal(
            "report-changed",
            ko="그사이 주간보고가 정정되었습니다. 다시 읽고 확인해 주십시오.",
            en="The report was corrected meanwhile. Please read it again.",
            status=409,
        )
    if report.written_by == side:
        raise Refusal(
            "own-report",
            ko="작성하신 분은 확인하실 수 없습니다. 상대방이 확인합니다.",
            en="Whoever wrote a report does not confirm it.",
            status=403,
        )
    return report
