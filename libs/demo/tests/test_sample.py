"""The sample is the same for the same seed, plausible, synthetic by its looks, and right about itself."""

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ieum.common.classification import classification
from ieum.common.events.programme import OnDay
from ieum.common.kernel.dates import parse_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import forbidden_in
from ieum.common.kernel.phones import to_e164
from ieum.common.service.city import City
from ieum.demo.sample import Person, Sample, generate, write_csv
from ieum.demo.sample.csv_files import COLUMNS
from ieum.demo.sample.people import hiring_day
from ieum.demo.sample.world import AGENCIES, DAEGU, DISTRICT_NAMES, FIELDS

DAEGU_PACK = City.load(Path(__file__).parents[3] / "deploy/cities/daegu")


@pytest.fixture(scope="module")
def sample() -> Sample:
    return generate(7, 2022)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first, second, other = (
        write_csv(generate(seed, 2022), tmp_path / str(n)) for n, seed in enumerate((7, 7, 8))
    )
    assert [path.name for path in first] == [path.name for path in second]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert [path.read_bytes() for path in first] != [path.read_bytes() for path in other]


def test_the_market_has_34_workplaces_40_places_and_400_people(sample: Sample) -> None:
    assert (len(sample.workplaces), sample.places, len(sample.people)) == (34, 40, 400)
    assert [workplace.code for workplace in sample.workplaces][:2] == ["Y22-001", "Y22-002"]
    assert len({workplace.name for workplace in sample.workplaces}) == 34


def test_the_load_of_2000_people_and_300_workplaces_can_be_made() -> None:
    load = generate(1, 2022, people=2000, workplaces=300, places=350)
    assert (len(load.people), len(load.workplaces), load.places) == (2000, 300, 350)
    assert len({workplace.name for workplace in load.workplaces}) == 300
    assert len({person.phone for person in load.people}) == 2000


def test_next_year_brings_other_people_phones_and_codes(sample: Sample) -> None:
    following = generate(7, 2023, people=200, workplaces=18, places=20)
    for attribute in ("phone", "email", "ref"):
        mine, theirs = ({getattr(p, attribute) for p in s.people} for s in (sample, following))
        assert mine.isdisjoint(theirs)
    assert following.workplaces[0].code == "Y23-001"


@pytest.mark.parametrize("year", [2022, 2023])
def test_every_opening_keeps_to_its_programme_and_the_minimum_wage(year: int) -> None:
    programme = DAEGU_PACK.programme(f"yes-matching-{year}")
    assert programme is not None
    minimum = DAEGU_PACK.minimum_wage_at(date(year, 6, 1))
    assert minimum is not None
    for opening in generate(3, year).workplaces:
        assert opening.wage_hourly_won >= minimum
        assert opening.months <= (programme.opening.months_max or 0)
        assert opening.hours_per_week <= (programme.opening.hours_per_week_max or 0)
        assert opening.district in DAEGU
        assert opening.skills


@pytest.mark.parametrize("year", [2022, 2023])
def test_the_hiring_day_is_that_of_the_programme(year: int) -> None:
    programme = DAEGU_PACK.programme(f"yes-matching-{year}")
    assert programme is not None
    age, residence = programme.eligibility.age, programme.eligibility.residence
    assert age is not None
    assert residence is not None
    assert age.at == OnDay(on=hiring_day(year))
    assert residence.moving_in_by == hiring_day(year)


def test_the_wage_floors_districts_and_agencies_are_those_of_the_pack() -> None:
    day = date(2022, 3, 1)
    for year in range(2022, 2027):
        workplaces = generate(0, year, people=0, workplaces=100, places=100).workplaces
        minimum = DAEGU_PACK.minimum_wage_at(date(year, 1, 1))
        assert minimum is not None
        assert min(workplace.wage_hourly_won for workplace in workplaces) >= minimum
    for code, name in DISTRICT_NAMES.items():
        found = DAEGU_PACK.district_named(name, day)
        assert found is not None
        assert found.code == code
    assert all(DAEGU_PACK.agency(agency) for agency in AGENCIES)


def oracle_rules(person: Person, on: date) -> tuple[str, ...]:
    """Who must be turned away, worked out from birth year, month and day as one would by hand."""
    turned = (on.month, on.day) >= (person.birth_date.month, person.birth_date.day)
    age = on.year - person.birth_date.year - (not turned)
    rules = {
        "age": not 19 <= age <= 39,
        "residence": person.district not in DAEGU and (person.moving_in is None or person.moving_in > on),
        "employment": person.employment != "unemployed",
    }
    return tuple(rule for rule, broken in rules.items() if broken)


@pytest.mark.parametrize("seed", range(5))
def test_the_sample_knows_whom_the_rules_turn_away(seed: int) -> None:
    sample = generate(seed, 2022)
    for person in sample.people:
        assert person.ineligible == oracle_rules(person, date(2022, 4, 1)), person
    assert sample.eligible == sum(not oracle_rules(person, date(2022, 4, 1)) for person in sample.people)
    assert 320 <= sample.eligible <= 385


def test_people_are_plausible_and_nobody_real_can_be_reached(sample: Sample) -> None:
    for person in sample.people:
        assert re.fullmatch(r"[가-힣]{3,4}", person.name)
        assert re.fullmatch(r"010-0000-\d{4}", person.phone)
        assert person.email.endswith("@mail.ieum.test")
        assert 1 <= len(person.choices) == len(set(person.choices)) <= 5
    surnames = Counter(person.name[0] for person in sample.people)
    assert surnames.most_common(1)[0][0] == "김"
    assert all("(가상)" in workplace.name for workplace in sample.workplaces)


def test_first_choices_follow_field_and_district_more_than_chance_would(sample: Sample) -> None:
    openings = {workplace.code: workplace for workplace in sample.workplaces}
    same_field = sum(openings[p.choices[0]].field in p.fields for p in sample.people) / 400
    chance = sum(sum(w.field in p.fields for w in sample.workplaces) for p in sample.people) / (400 * 34)
    assert same_field > 1.5 * chance
    popularity = Counter(code for person in sample.people for code in person.choices)
    assert popularity.most_common(1)[0][1] > 3 * min(popularity.values())


def test_the_larger_part_comes_in_files_and_the_rest_by_http(sample: Sample) -> None:
    assert len(sample.by_http) + len(sample.by_csv) == 400
    assert 60 <= len(sample.by_http) <= 140


def test_files_are_cp949_with_the_headers_and_every_row_is_marked_synthetic(
    sample: Sample, tmp_path: Path
) -> None:
    paths = write_csv(sample, tmp_path)
    assert {path.name for path in paths} == {f"{agency}-2022-synthetic.csv" for agency in AGENCIES}
    for path in paths:
        with pytest.raises(UnicodeDecodeError):
            path.read_bytes().decode("utf-8")
        rows = rows_of(path.read_bytes().decode("cp949"))
        assert tuple(rows[0]) == COLUMNS
        assert {row["비고"] for row in rows} == {"합성자료"}


def test_every_csv_person_is_in_the_file_of_their_agency(sample: Sample) -> None:
    for person in sample.by_csv:
        rows = rows_of(sample.files[f"{person.agency}-2022-synthetic.csv"])
        row = next(row for row in rows if row["이메일"] == person.email)
        assert to_e164(row["전화"]) == "+82" + person.phone[1:].replace("-", "")
        assert parse_date(row["생년월일"]) == person.birth_date
        assert (
            row["이사예정"] == ""
            if person.moving_in is None
            else parse_date(row["이사예정"]) == person.moving_in
        )
        assert forbidden_in(row) is None
        assert row["구군"] == DISTRICT_NAMES[person.district]
        assert tuple(row[f"희망{n}"] for n in range(1, 6) if row[f"희망{n}"]) == person.choices
        assert tuple(row["기술"].split(", ")) == person.skills


def test_dates_come_in_many_forms_and_some_phones_lost_their_zero(sample: Sample) -> None:
    rows = [row for text in sample.files.values() for row in rows_of(text)]
    forms = {re.sub(r"\d+", "9", row["생년월일"]) for row in rows}
    assert {"9-9-9", "9.9.9", "9. 9. 9.", "9", "9/9/9", "9년 9월 9일"} <= forms
    assert any(re.fullmatch(r"\d{5}", row["생년월일"]) for row in rows)  # Excel's number
    assert sum(bool(re.fullmatch(r"10\d{8}", row["전화"])) for row in rows) > 10


def is_bad(column: str, row: dict[str, str]) -> bool:
    """Whether that one value has to be turned away, by the kernel's own readers where there is one."""
    value = row[column]
    try:
        if column == "생년월일":
            parse_date(value)
        if column == "전화":
            to_e164(value)
    except Refusal:
        return True
    known = {"이름": value != "", "구군": value in DISTRICT_NAMES.values(), "희망1": value != "Y22-999"}
    return not known.get(column, True) or forbidden_in(value) is not None


@pytest.mark.parametrize("seed", range(5))
def test_the_bad_rows_are_where_the_sample_says_with_one_fault_each_and_are_all_of_them(seed: int) -> None:
    sample = generate(seed, 2022)
    assert len(sample.bad_rows) == 6
    for bad in sample.bad_rows:
        row = rows_of(sample.files[bad.file])[bad.line - 2]
        assert [column for column in COLUMNS if is_bad(column, row)] == [bad.column]
    total = sum(len(rows_of(text)) for text in sample.files.values())
    assert total == len(sample.by_csv) + len(sample.bad_rows)
    assert {bad.column for bad in sample.bad_rows} == {"이름", "생년월일", "전화", "구군", "희망1", "기술"}


def test_impossible_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="places"):
        generate(1, 2022, workplaces=10, places=9)
    with pytest.raises(ValueError, match="at most"):
        generate(1, 2022, people=10_001)


def test_a_sample_is_a_value(sample: Sample) -> None:
    assert generate(7, 2022) == sample
    assert replace(sample, seed=8) != sample


def test_the_words_of_the_sample_are_in_the_classification_each_for_itself() -> None:
    """So that its points are those of words compared letter by letter, which the printed figures count on."""
    known = classification()
    meant = [known.field(field.name) for field in FIELDS]
    assert [(one.ko, one.whole) for one in meant if one] == [(field.name, True) for field in FIELDS]
    skills = {skill for field in FIELDS for skill in field.skills}
    names = {one.ko if (one := known.skill(skill)) else skill for skill in skills}
    assert len(names) == len(skills)
