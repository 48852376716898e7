"""How far off an applicant is, wherever there is a distance: days, a share, a move, a certificate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ieum.common.events.programme_parts import day_of
from ieum.common.kernel.dates import reaches

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from ieum.common.events.intake import Certificate
    from ieum.common.events.programme import Age, Income, Residence, Status
    from ieum.common.events.programme_parts import Text

Unit = Literal["days", "percentage-points", "districts", "certificate"]


@dataclass(frozen=True, slots=True)
class Gap:
    """`by` days or percentage points; None where what is missing is a place or a paper. In both languages."""

    unit: Unit
    by: int | None
    ko: str
    en: str


def age_gap(rule: Age, born: date | None, service_years: int, on: date) -> Gap | None:
    """How many days are missing to the lowest age on the day that counts, or since when it is too high.

    None where the birth date is not known, or after that day. `service_years` lift the upper limit as far as
    the rule lets them.
    """
    day = day_of(rule.at, on)
    if born is None or born > day:
        return None
    reached = reaches(born, rule.minimum)
    return _too_young(rule, reached, day) if reached > day else _too_old(rule, born, service_years, day)


def _too_young(rule: Age, reached: date, day: date) -> Gap:
    days = (reached - day).days
    return Gap(
        "days",
        days,
        f"만 {rule.minimum}세가 되시는 날은 {korean(reached)}로, 기준일보다 {days}일 뒤입니다.",
        f"You turn {rule.minimum} on {reached}, {days} days after the day that counts.",
    )


def _too_old(rule: Age, born: date, service_years: int, day: date) -> Gap | None:
    lifted = min(max(service_years, 0), rule.service_years_max)
    maximum = rule.maximum + lifted
    passed = reaches(born, maximum + 1)
    if passed > day:
        return None
    ko = f"복무 기간 {lifted}년을 더하여 만 {maximum}세까지" if lifted else f"만 {maximum}세까지"
    en = f"; {lifted} years of military service are counted in" if lifted else ""
    return Gap(
        "days",
        (day - passed).days + 1,
        f"신청하실 수 있는 나이는 {ko}이며, 만 {maximum + 1}세가 되시는 날은 {korean(passed)}입니다.",
        f"The age limit is {maximum}{en}. You are {maximum + 1} from {passed} on.",
    )


def income_gap(rule: Income, share: int | None) -> Gap | None:
    """By how many percentage points the share is above the limit; None where it is not known."""
    if share is None:
        return None
    limit = rule.share_percent_max
    return Gap(
        "percentage-points",
        share - limit,
        f"가구 소득은 기준중위소득의 {share}%이며, 기준은 {limit}% 이하입니다.",
        f"The household's income is {share}% of the standard median income; the limit is {limit}%.",
    )


def residence_gap(rule: Residence, moving_in: date | None, names: Mapping[str, Text]) -> Gap | None:
    """How late a planned move is; else in which districts, and until when, one may move.

    `names` of districts by code; without them the places are not listed. None where no name is known and no
    day of moving in is given.
    """
    by = rule.moving_in_by if "moving-in" in rule.accepts else None
    if by and moving_in and moving_in > by:
        days = (moving_in - by).days
        return Gap(
            "days",
            days,
            f"전입 예정일은 {korean(moving_in)}로, 전입 기한인 {korean(by)}보다 {days}일 늦습니다.",
            f"You move in on {moving_in}, {days} days after the last day, {by}.",
        )
    places = list(dict.fromkeys(names[code] for code in rule.districts if code in names))
    ko = ["해당 지역은 " + ", ".join(place.ko for place in places) + "입니다."] if places else []
    en = ["The districts are " + ", ".join(place.en for place in places) + "."] if places else []
    if by:
        ko.append(f"전입하시는 경우 {korean(by)}까지 전입하셔야 합니다.")
        en.append(f"Whoever moves in must have done so by {by}.")
    return Gap("districts", None, " ".join(ko), " ".join(en)) if ko else None


def status_gap(rule: Status, certificates: Iterable[Certificate], on: date) -> Gap | None:
    """When the last certificate expired, or that none was seen by then; None for employment."""
    if rule.of != "status":
        return None
    day = day_of(rule.at, on)
    ended = [
        one.expires_on
        for one in certificates
        if one.status in rule.any_of and one.seen_on <= day and one.expires_on and one.expires_on < day
    ]
    if not ended:
        return Gap(
            "certificate",
            None,
            "기준일까지 확인된 증명서가 없습니다.",
            "No certificate was seen by the day that counts.",
        )
    last = max(ended)
    days = (day - last).days
    return Gap(
        "days",
        days,
        f"확인된 증명서는 {korean(last)}까지 유효하며, 기준일은 그보다 {days}일 뒤입니다.",
        f"The certificate is valid until {last}, {days} days before the day that counts.",
    )


def korean(day: date) -> str:
    """A day as people write it."""
    return f"{day.year}년 {day.month}월 {day.day}일"
