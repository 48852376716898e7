"""A programme file is read with the line of each mistake, and its schema is the committed one."""

import json
from pathlib import Path

import jsonschema
import pytest

from ieum.common.events.programme import OnDay, Programme
from ieum.common.events.programme_file import load_programme, programme_schema
from ieum.common.kernel.errors import Refusal

CITIES = Path(__file__).parents[4] / "deploy/cities"
FILE = CITIES / "daegu/programmes/yes-matching-2022.yaml"
TEXT = FILE.read_text(encoding="utf-8")


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def refusal_of(old: str, new: str) -> Refusal:
    assert old in TEXT
    with pytest.raises(Refusal) as caught:
        load_programme(TEXT.replace(old, new, 1))
    return caught.value


def test_yes_matching_of_2022_says_what_the_announcement_says() -> None:
    programme = load_programme(FILE)
    age = programme.eligibility.age
    assert age is not None
    assert (age.minimum, age.maximum) == (19, 39)
    assert isinstance(age.at, OnDay)
    assert age.at.on.isoformat() == "2022-04-01"
    assert (programme.matching.policy, programme.matching.on_arrival.top) == ("rounds", 3)
    assert (programme.choices.max, programme.matching.answer_within_days) == (5, 5)
    assert programme.opening.months_max == 24


@pytest.mark.parametrize("year", [2022, 2023])
def test_a_programme_survives_its_journey_as_json(year: int) -> None:
    programme = load_programme(CITIES / f"daegu/programmes/yes-matching-{year}.yaml")
    assert Programme.model_validate_json(programme.model_dump_json()) == programme


def test_an_event_of_a_later_version_is_read_but_a_file_with_an_unknown_field_is_refused() -> None:
    wire = load_programme(FILE).model_dump(mode="json")
    wire["matching"]["invented"] = 1
    assert Programme.model_validate(wire) == load_programme(FILE)
    refusal = refusal_of("  policy: rounds", "  invented: 1\n  policy: rounds")
    line = line_of(TEXT, "  policy: rounds")
    assert refusal.en == f"<programme>, line {line}, matching.invented: expected no such field: it is unknown"
    assert refusal.ko == f"<programme> {line}행 matching.invented: 알 수 없는 항목입니다"


@pytest.mark.parametrize(
    ("old", "new", "at", "field", "expected"),
    [
        ("minimum: 19", "minimum: old", "minimum: 19", "eligibility.age.minimum", "a whole number"),
        ("policy: rounds", "policy: round", "policy:", "matching.policy", "one of: 'rounds' or 'rolling'"),
        ("  answer_within_days: 5\n", "", "matching:", "matching.answer_within_days", "this field"),
        ("opens: 2022-02-09", "opens: 2022-02-30", "period:", "period.opens", "a date such as"),
        ("opens: 2022-02-09", "opens: 2022-05-09", "period:", "period", "`closes` on or after"),
        ('"27110"', "27110", "districts: [", "eligibility.residence.districts.0", "text (put numbers"),
        ("min: 1, max: 5", "min: 6, max: 5", "choices:", "choices", "`max` not below `min`"),
        ("skills: 40", "skills: -1", "factors:", "matching.factors.skills", "at least 0"),
        ("id: yes-matching-2022", "id: YES!", "id: yes", "id", "text like"),
        ("any_of: [unemployed]", "any_of: []", "any_of:", "eligibility.statuses.0.any_of", "at least 1"),
    ],
)
def test_a_mistake_is_told_with_its_line_its_field_and_what_was_expected(
    old: str, new: str, at: str, field: str, expected: str
) -> None:
    refusal = refusal_of(old, new)
    assert refusal.code == "file-invalid"
    line = line_of(TEXT, at)
    if at == "matching:":  # a missing field is told at the first line of what lacks it
        assert refusal.en.startswith(f"<programme>, line {line}, {field}: expected {expected}")
    else:
        assert f"<programme>, line {line}, {field}: expected {expected}" in refusal.en
    assert f"<programme> {line}행 {field}: " in refusal.ko


def test_all_mistakes_are_told_at_once() -> None:
    text = TEXT.replace("minimum: 19", "minimum: old").replace("policy: rounds", "policy: round")
    with pytest.raises(Refusal) as caught:
        load_programme(text)
    assert len(caught.value.en.splitlines()) == len(caught.value.ko.splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "line 1, -: expected a mapping"),
        ("- a\n- b\n", "line 1, -: expected a mapping"),
        ("id: a\nid: b\n", "line 2, -: expected each field once"),
        ("id: [a\nversion: 1\n", "line 2, -: expected YAML"),
        ("a: &x 1\nb: *x\n", "line 2, -: expected no aliases"),
        ("? [a]\n: b\n", "line 1, -: expected YAML"),
        ("id: \x00\n", "line 1, -: expected YAML"),
        ("[" * 5000, "line 1, -: expected YAML"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(text: str, expected: str) -> None:
    with pytest.raises(Refusal) as caught:
        load_programme(text)
    assert expected in caught.value.en


def test_a_file_that_is_not_utf_8_or_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cp949.yaml"
    path.write_bytes("name: 대구".encode("cp949"))
    with pytest.raises(Refusal, match="UTF-8"):
        load_programme(path)
    path.write_bytes(b"# " + b"x" * 1_000_001)
    with pytest.raises(Refusal, match="at most"):
        load_programme(path)


def test_the_committed_schema_is_that_of_the_model() -> None:
    committed = json.loads((CITIES / "programme.schema.json").read_text(encoding="utf-8"))
    assert committed == programme_schema()


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    jsonschema.Draft202012Validator.check_schema(programme_schema())
    validator = jsonschema.Draft202012Validator(programme_schema())
    wire = load_programme(FILE).model_dump(mode="json")
    assert validator.is_valid(wire)
    assert not validator.is_valid({**wire, "invented": 1})
    assert not validator.is_valid({**wire, "kind": "lottery"})
    assert not validator.is_valid({name: value for name, value in wire.items() if name != "year"})
