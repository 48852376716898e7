"""Dates as people and spreadsheets write them, days in Korea, and ages as the law counts them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from unicodedata import normalize
from zoneinfo import ZoneInfo

from ieum.common.kernel.errors import Refusal

KST = ZoneInfo("Asia/Seoul")

_WEEKDAYS_KO = "월화수목금토일"
# Not strftime's %B, which follows the machine's locale.
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_YEARS = range(1900, 2101)
# Excel's 1900 system counts a 29 February 1900 that never was; from 1 March 1900 on this is day 0.
_EXCEL_DAY_0 = date(1899, 12, 30)

_TAIL = r"(?:\([월화수목금토일]\))?(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?"
_WRITTEN = (
    re.compile(r"(\d{4}) ?([./-]) ?(\d{1,2}) ?\2 ?(\d{1,2}) ?\.? ?" + _TAIL, re.ASCII),
    re.compile(r"(\d{4})()(\d{2})(\d{2})", re.ASCII),
    re.compile(r"(\d{4})() ?년 ?(\d{1,2}) ?월 ?(\d{1,2}) ?일 ?" + _TAIL, re.ASCII),
)
_SERIAL = re.compile(r"([1-9]\d{4})(?:\.0+)?", re.ASCII)
_SHORT_YEAR = re.compile(r"'?\d{1,2} ?([./-]|년) ?\d{1,2}(?: ?[./월-] ?\d{1,2} ?[.일]?)?|\d{6}", re.ASCII)


def parse_date(value: str | float | date) -> date:
    """The day meant by 2001.3.5, 2001. 3. 5., 20010305, 2001-03-05, 2001/3/5, 2001년 3월 5일 or 36955.

    The last is Excel's serial number (1900 system): five digits, from 1927-05-18 on; four look like a year.
    Full-width digits, a weekday in brackets and Excel's midnight after the day are taken. Raises Refusal:
    `date-ambiguous` for a year of two digits or none, `date-not-real` for a day that is in no calendar or
    outside 1900-2100, `date-unreadable` else.
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = " ".join(normalize("NFKC", str(value)).split()).removesuffix(".0")
    if serial := _SERIAL.fullmatch(text):
        return _in_range(_EXCEL_DAY_0 + timedelta(days=int(serial[1])))
    for form in _WRITTEN:
        if match := form.fullmatch(text):
            return _real(int(match[1]), int(match[3]), int(match[4]))
    raise _ambiguous() if _SHORT_YEAR.fullmatch(text) else _unreadable()


def korean_date(moment: datetime) -> date:
    """The day in Korea at a moment; raises ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(KST).date()


def age_on(birth: date, day: date) -> int:
    """Full years of age (만 나이) on a day, the day of birth counted in (민법 제158조, 행정기본법 제7조의2).

    A year ends at the close of the day before the birthday; where the birthday is missing it ends with the
    month's last day (민법 제160조): who was born on 29 February is a year older on 1 March of a common year.
    Raises ValueError for a day before the birth.
    """
    if day < birth:
        raise ValueError("not yet born on that day")
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def reaches(birth: date, years: int) -> date:
    """The first day on which `age_on` gives this age; date.max for one that no calendar reaches."""
    if birth.year + years > date.max.year:
        return date.max
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return birth.replace(year=birth.year + years, month=3, day=1)


def _real(year: int, month: int, day: int) -> date:
    try:
        return _in_range(date(year, month, day))
    except ValueError:
        raise _not_real() from None


def _in_range(day: date) -> date:
    if day.year not in _YEARS:
        raise _not_real()
    return day


def _ambiguous() -> Refusal:
    return Refusal(
        "date-ambiguous",
        ko="연도를 네 자리로 적어 주시기 바랍니다. 예: 2001-03-05",
        en="Please write the year with four digits, such as 2001-03-05.",
    )


def _not_real() -> Refusal:
    return Refusal(
        "date-not-real",
        ko="달력에 없거나 사용할 수 없는 날짜입니다. 연·월·일을 확인해 주시기 바랍니다.",
        en="There is no such date, or it is out of range. Please check year, month and day.",
    )


def _unreadable() -> Refusal:
    return Refusal(
        "date-unreadable",
        ko="날짜를 읽을 수 없습니다. 2001-03-05와 같이 적어 주시기 바랍니다.",
        en="This date cannot be read. Please write it like 2001-03-05.",
    )


def written_day(when: datetime, language: str) -> str:
    """A day in Korean time: `2026년 11월 22일(일)`, in English `22 November 2026`."""
    here = when.astimezone(KST)
    if language == "ko":
        return f"{here.year}년 {here.month}월 {here.day}일({_WEEKDAYS_KO[here.weekday()]})"
    return f"{here.day} {_MONTHS_EN[here.month - 1]} {here.year}"


def written_moment(when: datetime, language: str) -> str:
    """Day and time in Korea: `2026년 11월 22일(일) 18:00`, `22 November 2026, 18:00 (Korean time)`."""
    here = when.astimezone(KST)
    if language == "ko":
        return f"{written_day(when, language)} {here:%H:%M}"
    return f"{written_day(when, language)}, {here:%H:%M} (Korean time)"
