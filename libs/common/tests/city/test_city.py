"""The pack of Daegu loads, says its facts at a day, and a mistake in any file is refused."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import get_args

import pytest

from ieum.common.events.programme import MessageEvent
from ieum.common.kernel.errors import Refusal
from ieum.common.service.city import City
from ieum.common.service.city_facts import RECORD_CLASSES, Retention

CITIES = Path(__file__).parents[4] / "deploy/cities"
DAEGU = CITIES / "daegu"


@pytest.fixture(scope="module")
def daegu() -> City:
    return City.load(DAEGU)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for shared in ("facts", "templates"):
        shutil.copytree(CITIES / shared, tmp_path / shared)
    return Path(shutil.copytree(DAEGU, tmp_path / "daegu"))


def refusal_of(folder: Path, file: str, old: str, new: str) -> Refusal:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(Refusal) as caught:
        City.load(folder)
    return caught.value


@pytest.mark.parametrize(
    ("code", "day", "known"),
    [
        ("47720", date(2023, 6, 30), True),
        ("47720", date(2023, 7, 1), False),
        ("27720", date(2023, 6, 30), False),
        ("27720", date(2023, 7, 1), True),
        ("27110", date(1999, 1, 1), True),
        ("22010", date(2023, 7, 1), False),  # KOSTAT's number
        ("00000", date(2019, 3, 1), True),  # who lives abroad
        ("26000", date(2019, 3, 1), True),
        ("51000", date(2023, 6, 10), False),
        ("51000", date(2023, 6, 11), True),
        ("27000", date(2019, 3, 1), False),  # Daegu is not elsewhere
    ],
)
def test_a_district_code_holds_from_its_day_to_its_day(
    daegu: City, code: str, day: date, known: bool
) -> None:
    assert (daegu.district_at(code, day) is not None) is known


def test_gunwi_is_found_by_name_with_the_code_of_the_day_and_joins_the_city_in_july_2023(daegu: City) -> None:
    before, after = (daegu.district_named("군위군", day) for day in (date(2023, 6, 30), date(2023, 7, 1)))
    assert before is not None
    assert after is not None
    assert (before.code, before.in_city, after.code, after.in_city) == ("47720", False, "27720", True)


@pytest.mark.parametrize(
    ("day", "won"),
    [
        (date(2022, 12, 31), 9160),
        (date(2023, 1, 1), 9620),
        (date(2024, 7, 1), 9860),
        (date(2025, 7, 1), 10030),
        (date(2026, 11, 22), 10320),
        (date(2021, 12, 31), None),
    ],
)
def test_the_minimum_wage_is_that_of_the_day(daegu: City, day: date, won: int | None) -> None:
    assert daegu.minimum_wage_at(day) == won


def test_109_took_the_place_of_1393_at_new_year_2024(daegu: City) -> None:
    before = [entry.number for entry in daegu.emergency_at(date(2023, 12, 31))]
    after = [entry.number for entry in daegu.emergency_at(date(2024, 1, 1))]
    assert after == ["119", "112", "109", "1577-0199", "1388", "1366", "129"]
    assert before == ["119", "112", "1393", "1577-0199", "1388", "1366", "129"]


def test_every_record_class_has_an_article_and_no_doubt_is_left(daegu: City) -> None:
    for record_class in RECORD_CLASSES:
        rule = daegu.retention_of(record_class)
        assert "제" in rule.article
        assert "?" not in rule.article + rule.basis_article


@pytest.mark.parametrize(
    ("period", "started", "ends"),
    [
        ("P180D", date(2022, 3, 31), date(2022, 9, 27)),
        ("P5D", date(2024, 2, 27), date(2024, 3, 3)),
        ("P1M", date(2023, 1, 31), date(2023, 2, 28)),
        ("P1Y", date(2024, 2, 29), date(2025, 2, 28)),
        ("P5Y", date(2022, 12, 31), date(2027, 12, 31)),
    ],
)
def test_a_retention_period_ends_on_a_day_of_the_calendar(
    daegu: City, period: str, started: date, ends: date
) -> None:
    rule = daegu.retention_of("application").model_dump(by_alias=True)
    assert Retention.model_validate({**rule, "period": period}).ends(started) == ends


def test_every_template_is_used_by_a_programme_and_its_subject_names_no_programme(daegu: City) -> None:
    used = {template for programme in daegu.programmes for template in programme.messages.values()}
    assert used == {template.id for template in daegu.templates}
    for template in daegu.templates:
        for subject in (template.ko.subject, template.en.subject):
            assert not any(word in subject for word in ("매칭", "청년", "복지", "YES", "Matching", "welfare"))


def test_a_programme_has_a_text_for_every_message_that_there_is(daegu: City) -> None:
    """So that no message is made up for which no city ever wrote a word."""
    flagship = next(one for one in daegu.programmes if one.id == "yes-matching-2023")
    assert set(flagship.messages) == set(get_args(MessageEvent))


def test_a_template_renders_each_value_once_and_never_with_a_hole(daegu: City) -> None:
    template = daegu.template("match-waiting")
    assert template is not None
    values = {name: f"<{name}>" for name in template.placeholders} | {"name": "{number}", "number": "2"}
    rendered = template.render("ko", values)
    assert "안녕하세요, {number} 님." in rendered.body  # what a person typed is never read as a placeholder
    assert "예비순번 2번" in rendered.body
    with pytest.raises(KeyError):
        template.render("en", {name: "x" for name in template.placeholders if name != "number"})


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("city.yaml", "time_zone:", "timezone:", "city.yaml, line 2, time_zone: expected this field"),
        (
            "districts.yaml",
            "in_city: true,",
            "in_city: sure,",
            "districts.yaml, line 8, districts.0.in_city: ",
        ),
        (
            "agencies.yaml",
            "id: jung-gu-hope",
            "id: dong-gu-hope",
            "agencies.8: expected once: dong-gu",
        ),
        (
            "../facts/retention.yaml",
            "class: reporter",
            "class: case",
            "retention.5: expected once: case",
        ),
        ("../facts/retention.yaml", "period: P180D", "period: 180", "retention.2.period: expected text"),
        (
            "../facts/emergency.yaml",
            'number: "119"',
            "number: a119",
            "emergency.yaml, line 5, emergency.0.number: ",
        ),
        ("../templates/match-waiting.yaml", "{number}", "{rank}", "expected the body to use exactly"),
        ("../templates/match-waiting.yaml", "{number}", "{number} {", "expected braces only around"),
        ("../templates/match-waiting.yaml", "id: match-waiting", "id: waiting", "expected the file's name"),
        (
            "programmes/yes-matching-2022.yaml",
            "agency: daegu-youth-centre",
            "agency: nobody",
            "agency: expected",
        ),
        (
            "programmes/yes-matching-2022.yaml",
            "waiting: match-waiting",
            "waiting: gone",
            "messages.waiting: ",
        ),
        (
            "programmes/yes-matching-2022.yaml",
            '"27110"',
            '"99999"',
            "line 27, eligibility.residence.districts.0: ",
        ),
        (
            "programmes/yes-matching-2022.yaml",
            "owner: daegu-youth-centre",
            "owner: nobody",
            "follow_up.0.owner: ",
        ),
    ],
)
def test_a_mistake_in_a_pack_is_refused_with_its_file(
    copy: Path, file: str, old: str, new: str, expected: str
) -> None:
    refusal = refusal_of(copy, file, old, new)
    assert expected in refusal.en
    assert Path(file).name in refusal.ko


def test_a_pack_without_a_record_class_is_refused(copy: Path) -> None:
    path = copy / "../facts/retention.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("  - class: reporter")], encoding="utf-8")
    with pytest.raises(Refusal, match="reporter"):
        City.load(copy)


def test_daegu_works_in_nine_steps_thirty_days_from_the_survey_to_the_plan(daegu: City) -> None:
    """발굴 → 초기상담 → 접수 → 조사 (10) → 사례회의 (5) → 계획 (15) → 제공·점검 → 종결 → 사후관리."""
    steps = {step.id: step for step in daegu.cases.steps}
    assert list(steps) == [
        "discovery", "first-counselling", "reception", "survey", "conference", "plan", "provision",
        "closing-review", "aftercare",
    ]  # fmt: skip
    assert [steps[name].due_days for name in ("survey", "conference", "plan")] == [10, 5, 15]
    assert daegu.cases.after(steps["survey"]) == steps["conference"]
    assert daegu.cases.after(steps["aftercare"]) is None


def test_a_step_is_due_at_the_end_of_a_day_in_korea(daegu: City) -> None:
    survey = daegu.cases.at("consulting", "survey")
    began = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)  # 2 March, half past midnight in Seoul
    assert survey.due_at(began) == datetime(2026, 3, 12, 14, 59, 59, tzinfo=UTC)


def test_a_report_comes_to_the_desk_of_its_district_else_to_the_default(daegu: City) -> None:
    assert daegu.cases.desk_for("27290").agency == "dalseo-gu-hope"
    assert daegu.cases.desk_for("47290").agency == "daegu-social-service"
    assert daegu.cases.desk_of("community-and-economy") is None


def test_a_pack_without_steps_of_its_own_works_in_the_generic_ones(copy: Path) -> None:
    (copy / "case-steps.yaml").unlink()
    cases = City.load(copy).cases
    assert [step.id for step in cases.steps] == [
        "reported", "consulting", "serving", "monitoring", "follow-up",
    ]  # fmt: skip
    assert cases.desk_for("27290").duty == "dalseo-gu-hope-duty"
    assert cases.desk_for("11380").agency == "daegu-youth-policy"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("default_agency: daegu-social-service", "default_agency: daegu-volunteers", "among the desks"),
        ("agency: gunwi-gun-hope,", "agency: nobody,", "nobody"),
        ('["27720"]', '["27290"]', "each of desks.districts once"),
        ('["27720"]', '["99999"]', "99999"),
        ("id: survey, state: consulting", "id: survey, state: reported", "in this order"),
        ("id: aftercare, state: follow-up", "id: aftercare, state: monitoring", "every state"),
        ("id: reception", "id: survey", "each of steps once"),
        ("due_days: 10", "due_days: soon", "due_days"),
        ("mover: staff", "mover: anybody", "mover"),
    ],
)
def test_a_mistake_in_the_steps_of_cases_is_refused(copy: Path, old: str, new: str, told: str) -> None:
    refused = refusal_of(copy, "case-steps.yaml", old, new)
    assert refused.code == "file-invalid"
    assert told in refused.en
    assert "case-steps.yaml" in refused.ko


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('neighbours: ["27140", ', 'neighbours: ["27110", "27140", ', "neighbours.0: expected another"),
        ('neighbours: ["27140", ', 'neighbours: ["27710", "27140", ', "names 27110 as its neighbour"),
        ('neighbours: ["27140", ', 'neighbours: ["99999", "27140", ', "neighbours.0: expected something"),
    ],
)
def test_neighbours_are_others_that_say_the_same(copy: Path, old: str, new: str, expected: str) -> None:
    refusal = refusal_of(copy, "districts.yaml", old, new)
    assert "line 9, districts.0.neighbours.0" in refusal.en
    assert expected in refusal.en


def test_the_districts_of_daegu_lie_as_on_the_map(daegu: City) -> None:
    """수성구 and 달서구 do not meet; 군위군 touches the city at 동구 alone, under either code."""
    beside = daegu.neighbours
    assert "27290" not in beside["27260"]
    assert {"27110", "27170", "27200", "27710"} == beside["27290"]
    assert {code for code in beside["27720"] if code.startswith("27")} == {"27140"}
    assert beside["47720"] == beside["27720"]
    assert beside["26000"] == frozenset()


def test_every_pack_of_several_districts_knows_its_neighbours() -> None:
    for name in ("daegu", "seoul"):
        inside = [one for one in City.load(CITIES / name).districts if one.in_city]
        assert all(one.neighbours for one in inside), name
