"""Dates as written, days in Korea, ages."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.kernel.dates import KST, age_on, korean_date, parse_date
from ieum.common.kernel.errors import Refusal

DAY = date(2001, 3, 5)


@pytest.mark.parametrize(
    "written",
    [
        "2001.3.5",
        "2001. 3. 5.",
        "2001.03.05.",
        "20010305",
        "2001-03-05",
        "2001/3/5",
        "2001년 3월 5일",
        "2001년3월5일",
        "2001년 03월 05일(월)",
        "2001. 3. 5. (월)",
        "２００１．３．５",
        " 2001-03-05 ",
        "2001-03-05 00:00:00",
        "2001-03-05T00:00:00",
        "36955",
        "36955.0",
        36955,
        36955.0,
        20010305,
        DAY,
        datetime(2001, 3, 5, 0, 0),  # noqa: DTZ001 - what a workbook's reader gives
    ],
)
def test_every_way_of_writing_means_the_day(written: str | float | date) -> None:
    assert parse_date(written) == DAY


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("01.03.05", "date-ambiguous"),
        ("010305", "date-ambiguous"),
        ("'01. 3. 5.", "date-ambiguous"),
        ("01년 3월 5일", "date-ambiguous"),
        ("3/5", "date-ambiguous"),
        ("2001-02-29", "date-not-real"),
        ("2001.13.1", "date-not-real"),
        ("20010001", "date-not-real"),
        ("1899-12-31", "date-not-real"),
        ("2101-01-01", "date-not-real"),
        ("99999", "date-not-real"),
        ("", "date-unreadable"),
        ("2001", "date-unreadable"),
        ("2001-3.5", "date-unreadable"),
        ("5.3.2001", "date-unreadable"),
        ("2001-03-05 14:00", "date-unreadable"),
        ("36955.5", "date-unreadable"),
        ("-36955", "date-unreadable"),
        ("어제", "date-unreadable"),
        (float("inf"), "date-unreadable"),
    ],
)
def test_what_is_not_plain_is_refused_with_its_reason(written: str | float, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_date(written)
    assert refused.value.code == code
    assert refused.value.ko
    assert refused.value.en


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_day_is_read_back(day: date) -> None:
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day.year}. {day.month}. {day.day}.") == day
    assert parse_date(f"{day.year}년 {day.month}월 {day.day}일") == day


@given(st.dates(date(1927, 5, 18), date(2100, 12, 31)))
def test_serial_numbers_count_days_as_excel_does(day: date) -> None:
    """Excel shows 1 January 2000 as 36526."""
    assert parse_date(36526 + (day - date(2000, 1, 1)).days) == day


def test_the_day_in_korea_begins_nine_hours_before_the_utc_day() -> None:
    assert korean_date(datetime(2026, 11, 21, 14, 59, 59, tzinfo=UTC)) == date(2026, 11, 21)
    assert korean_date(datetime(2026, 11, 21, 15, 0, tzinfo=UTC)) == date(2026, 11, 22)
    assert korean_date(datetime(2026, 11, 22, 0, 0, tzinfo=KST)) == date(2026, 11, 22)


def test_a_moment_without_a_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="time zone"):
        korean_date(datetime(2026, 11, 22, 0, 0))  # noqa: DTZ001 - the case in question


@pytest.mark.parametrize(
    ("birth", "day", "age"),
    [
        (date(2001, 3, 5), date(2001, 3, 5), 0),
        (date(2001, 3, 5), date(2026, 3, 4), 24),
        (date(2001, 3, 5), date(2026, 3, 5), 25),
        (date(2004, 2, 29), date(2023, 2, 28), 18),
        (date(2004, 2, 29), date(2023, 3, 1), 19),
        (date(2004, 2, 29), date(2024, 2, 28), 19),
        (date(2004, 2, 29), date(2024, 2, 29), 20),
        (date(1999, 12, 31), date(2000, 1, 1), 0),
    ],
)
def test_age_is_counted_as_the_civil_act_does(birth: date, day: date, age: int) -> None:
    assert age_on(birth, day) == age


def test_nobody_has_an_age_before_birth() -> None:
    with pytest.raises(ValueError, match="not yet born"):
        age_on(date(2001, 3, 5), date(2001, 3, 4))


@given(st.dates(date(1900, 1, 1), date(2050, 1, 1)), st.integers(0, 40_000))
def test_age_never_falls_and_rises_by_one_at_most(birth: date, days: int) -> None:
    day = birth + timedelta(days=days)
    assert age_on(birth, day + timedelta(days=1)) - age_on(birth, day) in (0, 1)
