"""A new city and a new programme are files alone: written here from nothing, a person walks through them."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from services.intake.tests.world import problem, world

from ieum.common.kernel.clock import ManualClock
from ieum.common.service.city import City
from ieum.common.service.settings import REPOSITORY
from ieum.intake.commands import check

from .test_every_programme import refused, register, told_programme
from .walking import noon

if TYPE_CHECKING:
    from .conftest import Prepared

CITIES = REPOSITORY / "deploy" / "cities"
PACK = {
    "city.yaml": """
id: haeoreum
name: {ko: 해오름시, en: Haeoreum}
source: /ieum/haeoreum
time_zone: Asia/Seoul
""",
    "districts.yaml": """
districts:
  - {code: "47111", name: {ko: 남구, en: Nam-gu}, in_city: true}
  - {code: "47113", name: {ko: 북구, en: Buk-gu}, in_city: true, since: 1995-01-01}
""",
    "agencies.yaml": """
agencies:
  - {id: harbour-centre, kind: youth-centre, name: {ko: 해오름청년센터, en: Harbour Centre}}
""",
    "programmes/first-boat.yaml": """
id: first-boat
version: 1
name: {ko: 첫 배 타기, en: First boat}
kind: benefit
agency: harbour-centre
life_stages: [youth]
year: 2026
period: {opens: 2026-05-01, closes: 2026-06-30}
eligibility:
  age:
    minimum: 19
    maximum: 34
    at: application
    service_years_max: 2
    refusal: {ko: 만 19세부터 34세까지 신청하실 수 있습니다., en: From 19 to 34 years.}
  income:
    share_percent_max: 120
    refusal: {ko: 가구 소득이 기준중위소득의 120% 이하여야 합니다., en: At most 120% of the median income.}
  rules:
    - id: knows-the-sea
      expression: "'swimming' in skills || experience_months >= 6"
      refusal:
        ko: 수영을 하시거나 뱃일을 여섯 달 넘게 하신 분이 신청하실 수 있습니다.
        en: It is for those who swim or spent six months at sea.
form:
  required: [boat]
  properties:
    boat: {type: string, title: 타고 싶은 배, title_en: Your boat, enum: [돛배, 통통배]}
choices: {min: 0, max: 0}
messages: {submitted: request-received, ineligible: application-ineligible}
follow_up:
  - {id: call, name: {ko: 전화, en: A call}, after: submitted, days: 3, owner: harbour-centre}
""",
}
FINE = {
    "name": "장보고",
    "phone": "010-0123-4567",
    "birth_date": "1996-04-30",
    "district": "47113",
    "household_size": 2,
    "income_monthly_won": 5_000_000,
    "skills": ["swimming"],
}
DAY = date(2026, 5, 31)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    for shared in ("facts", "templates"):
        shutil.copytree(CITIES / shared, tmp_path / shared)
    for name, text in PACK.items():
        path = tmp_path / "haeoreum" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return tmp_path / "haeoreum"


@pytest.mark.servers
async def test_a_person_walks_through_a_city_that_no_code_knows(database: Prepared, pack: Path) -> None:
    check(pack)
    city = City.load(pack)
    place = (database.dsn, database.secrets, database.prefix)
    async with world(*place, city=pack.name, cities=pack.parent) as intake:
        intake.service.clock = intake.service.database.clock = ManualClock(noon(DAY))  # type: ignore[assignment]
        text = PACK["programmes/first-boat.yaml"]
        published = await intake.post("programmes", {"yaml": text}, agency="harbour-centre")
        assert published.status_code == 201, published.text
        programme = await told_programme(intake, "first-boat")

        person = await register(intake, programme, FINE)
        body = {"person": person, "programme": "first-boat", "choices": [], "answers": {"boat": "나룻배"}}
        wrong = await intake.post("applications", body, agency="harbour-centre")
        assert problem(wrong) == (422, "answer-invalid")
        assert wrong.json()["errors"][0]["pointer"] == "/answers/boat"
        made = await intake.post(
            "applications", body | {"answers": {"boat": "돛배"}}, agency="harbour-centre"
        )
        assert (made.status_code, made.json()["status"]) == (201, "submitted")
        (told,) = [
            one for one in await intake.told("intake-applications") if one["programme"] == "first-boat"
        ]
        assert (told["person"], told["choices"]) == (person, [])
        assert await refused(intake, city, programme, person, FINE) == []

        young = FINE | {"birth_date": "2007-06-12", "income_monthly_won": 5_100_000, "skills": []}
        why = await refused(intake, city, programme, await register(intake, programme, young), young)
        assert [(one.rule, one.gap.by if one.gap else None) for one in why] == [
            ("age", 12),
            ("income", 2),
            ("knows-the-sea", None),
        ]
        assert why[2].ko == "수영을 하시거나 뱃일을 여섯 달 넘게 하신 분이 신청하실 수 있습니다."
        soldier = FINE | {"birth_date": "1989-06-01", "service_years": 2}
        assert (
            await refused(intake, city, programme, await register(intake, programme, soldier), soldier) == []
        )
