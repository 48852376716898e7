"""Somebody who may apply to a programme, and for each of its rules somebody whom that rule alone turns away.

Both are made from the programme's own rules; only conditions in CEL need an example each, by the rule's id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from ieum.common.events.programme_parts import day_of
from ieum.common.kernel.dates import KST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from services.intake.tests.world import World

    from ieum.common.events.programme import Age, Programme, Residence
    from ieum.common.events.programme_form import Question
    from ieum.common.service.city import City

EMPLOYMENTS = ("unemployed", "employed", "self-employed", "student")
FULFILLING: dict[str, dict[str, Any]] = {
    "delegation": {"groups": ["delegation"]},
    "public-buyer": {"groups": ["public-buyer"]},
    "lives-alone": {"household_size": 1},
    "not-served-elsewhere": {},
    "experienced": {"experience_months": 12},
    "career-break": {"groups": ["career-break"]},
    "carer-or-withdrawn": {"certificates": ["young-carer"]},
}
BREAKING: dict[str, dict[str, Any]] = {
    "delegation": {"groups": []},
    "public-buyer": {"groups": []},
    "lives-alone": {"household_size": 2},
    "not-served-elsewhere": {"groups": ["served-elsewhere"]},
    "experienced": {"experience_months": 11},
    "career-break": {"groups": []},
    "carer-or-withdrawn": {"certificates": []},
}


@dataclass(frozen=True)
class Turned:
    """A body that registers somebody whom one rule turns away, and that rule's sentence."""

    rule: str
    body: dict[str, Any]
    ko: str


def open_day(programme: Programme) -> date:
    """A day on which applications are taken."""
    return programme.period.opens + (programme.period.closes - programme.period.opens) / 2


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), KST).astimezone(UTC)


def eligible(programme: Programme, city: City) -> dict[str, Any]:
    """A body that registers somebody who may apply."""
    on, rules = open_day(programme), programme.eligibility
    body: dict[str, Any] = {
        "name": "홍길동",
        "phone": "010-0123-4567",
        "email": "hong@mail.ieum.test",
        "birth_date": "1990-01-01",
        "district": next(one.code for one in city.districts if one.in_city and one.holds(on)),
        "household_size": 1,
        "income_monthly_won": 0,
    }
    if rules.age:
        middle = (rules.age.minimum + min(rules.age.maximum, 70) + 1) // 2
        body["birth_date"] = born(rules.age, on, middle)
    if rules.residence and "resident" not in rules.residence.accepts:
        body |= {"district": elsewhere(rules.residence, city, on), "moving_in": on.isoformat()}
    for status in rules.statuses:
        if status.of == "employment":
            body["employment"] = status.any_of[0]
        else:
            body["certificates"] = certificates([status.any_of[0]], day_of(status.at, on))
    for rule in rules.rules:
        body |= filled(FULFILLING[rule.id], on)
    return body


def guardian(today: date) -> dict[str, Any]:
    """Who speaks for somebody under 14."""
    return {
        "role": "guardian", "name": "홍부모", "phone": "010-0123-4568", "relation": "parent",
        "document": "family-certificate", "seen_on": today.isoformat(),
    }  # fmt: skip


def turned_away(programme: Programme, city: City) -> Iterator[Turned]:
    """For each rule somebody whom no other rule turns away."""
    on, rules, fine = open_day(programme), programme.eligibility, eligible(programme, city)
    if rules.age:
        years = rules.age.minimum - 1 if rules.age.minimum > 0 else rules.age.maximum + 1
        yield Turned("age", fine | {"birth_date": born(rules.age, on, years)}, rules.age.refusal.ko)
    if rules.residence:
        away = {"district": elsewhere(rules.residence, city, on), "moving_in": None}
        yield Turned("residence", fine | away, rules.residence.refusal.ko)
    if rules.income:
        yield Turned("income", fine | {"income_monthly_won": 99_000_000}, rules.income.refusal.ko)
    for status in rules.statuses:
        if status.of == "employment":
            other = next(one for one in EMPLOYMENTS if one not in status.any_of)
            yield Turned("employment", fine | {"employment": other}, status.refusal.ko)
        else:
            day = day_of(status.at, on)
            expired = certificates([status.any_of[0]], day - timedelta(days=30), day - timedelta(days=1))
            yield Turned("status", fine | {"certificates": expired}, status.refusal.ko)
    for rule in rules.rules:
        yield Turned(rule.id, fine | filled(BREAKING[rule.id], on), rule.refusal.ko)


def born(rule: Age, on: date, years: int) -> str:
    """A birth date of somebody of so many years on the day that counts."""
    day = day_of(rule.at, on)
    return (day.replace(year=day.year - years) - timedelta(days=1)).isoformat()


def elsewhere(rule: Residence, city: City, on: date) -> str:
    return next(one.code for one in city.districts if one.code not in rule.districts and one.holds(on))


def certificates(statuses: list[str], seen: date, expires: date | None = None) -> list[dict[str, Any]]:
    last = expires.isoformat() if expires else None
    return [{"status": one, "seen_on": seen.isoformat(), "expires_on": last} for one in statuses]


def filled(example: dict[str, Any], on: date) -> dict[str, Any]:
    held = example.get("certificates")
    return example if held is None else example | {"certificates": certificates(held, on)}


def answers(programme: Programme) -> dict[str, Any]:
    """An answer to every question of the programme's form."""
    questions = programme.form.properties if programme.form else {}
    return {name: answer(question) for name, question in questions.items()}


def answer(question: Question) -> Any:
    if question.type == "array":
        assert question.items
        return [question.items.enum[0] if question.items.enum else "가"]
    text = question.enum[0] if question.enum else "가" * max(question.minLength or 0, 1)
    made = {"integer": question.minimum or 0, "boolean": True, "string": text}
    return "2026-03-26" if question.format else made[question.type]


async def opening_for(intake: World, programme: Programme, city: City) -> list[str]:
    """The code of an opening that states all, where the programme has openings."""
    if not programme.choices.max:
        return []
    on = open_day(programme)
    district = next(one.code for one in city.districts if one.in_city and one.holds(on))
    host = {"name": "(가상) 이음", "roles": ["partner"], "district": district}
    made = await intake.post("organisations", host, agency=programme.agency)
    assert made.status_code == 201, made.text
    stated = {"wage_hourly_won": 20_000, "hours_per_week": 20, "months": 6, "contract": "기간제 근로계약"}
    wanted = {name: value for name, value in stated.items() if name in programme.opening.must_state}
    body = {
        "programme": programme.id, "organisation": made.json()["id"], "code": "A-1", "title": "첫째 자리",
        "capacity": 2, "district": district, "field": "진로", "skills": ["기록"], **wanted,
    }  # fmt: skip
    opened = await intake.post("openings", body, agency=programme.agency)
    assert opened.status_code == 201, opened.text
    return ["A-1"]
