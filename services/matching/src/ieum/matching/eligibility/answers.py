"""A programme's answer to one person on a day: open, open on a later day, or closed, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from ieum.common.kernel.dates import reaches
from ieum.matching.eligibility.domain import NOWHERE, Ineligible, decide_eligibility
from ieum.matching.eligibility.gaps import Gap, korean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from ieum.common.events.programme import Programme, Text
    from ieum.common.service.city_facts import MedianIncome
    from ieum.matching.eligibility.domain import Facts

State = Literal["open", "later", "closed"]


@dataclass(frozen=True, slots=True)
class Answer:
    """`later`: from `opens_on`, if nothing but the days changes. `reasons`: why it is not open now."""

    programme: Programme
    state: State
    opens_on: date | None
    reasons: tuple[Ineligible, ...]


def answer(
    programme: Programme,
    facts: Facts,
    today: date,
    medians: Sequence[MedianIncome] = (),
    places: Mapping[str, Text] = NOWHERE,
) -> Answer:
    """What a programme says to a person; `today` in Korean time."""
    refused = decide_eligibility(programme, facts, today, medians, places)
    reasons = (*_period(programme, today), *refused)
    if not reasons:
        return Answer(programme, "open", today, ())
    opens = _opens_on(programme, facts, today, medians)
    return Answer(programme, "later" if opens else "closed", opens, reasons)


def _opens_on(
    programme: Programme, facts: Facts, today: date, medians: Sequence[MedianIncome]
) -> date | None:
    """The first day after today on which all rules hold; None: on no day that is known now."""
    for day in sorted(_turns(programme, facts, medians)):
        taken = max(today + timedelta(days=1), programme.period.opens) <= day <= programme.period.closes
        if taken and not decide_eligibility(programme, facts, day, medians):
            return day
    return None


def _turns(programme: Programme, facts: Facts, medians: Sequence[MedianIncome]) -> set[date]:
    """The days on which a refusal can end by itself, whatever the rules are.

    The opening, birthdays, another table of incomes, a certificate that begins or has ended. They do not hang
    on today, so an answer that is `later` keeps its day as the days go by.
    """
    period = programme.period
    days = {period.opens, *(table.since for table in medians if table.since)}
    days |= {paper.seen_on for paper in facts.certificates}
    days |= {paper.expires_on + timedelta(days=1) for paper in facts.certificates if paper.expires_on}
    if born := facts.birth_date:
        years = range(period.opens.year, period.closes.year + 1)
        days |= {reaches(born, year - born.year) for year in years if year >= born.year}
    return days


def _period(programme: Programme, today: date) -> list[Ineligible]:
    """The period as a rule like the others, with its distance."""
    opens, closes = programme.period.opens, programme.period.closes
    if today < opens:
        days = (opens - today).days
        gap = Gap("days", days, f"{days}일 남았습니다.", f"That is in {days} days.")
        text = f"{korean(opens)}부터 신청을 받습니다.", f"Applications are taken from {opens}."
    elif today > closes:
        days = (today - closes).days
        gap = Gap("days", days, f"{days}일이 지났습니다.", f"That was {days} days ago.")
        text = f"신청 기간이 {korean(closes)}에 끝났습니다.", f"Applications were taken until {closes}."
    else:
        return []
    return [Ineligible("period", *text, gap)]
