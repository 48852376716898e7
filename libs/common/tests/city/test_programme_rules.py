"""A programme's forms, conditions and steps: what they take, and what `check` refuses with its line."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ieum.common.events.expressions import VARIABLES, ExpressionError, compiled, holds
from ieum.common.events.hiring_law import forbidden_question
from ieum.common.events.programme import Form, Programme
from ieum.common.events.programme_file import load_programme
from ieum.common.events.programme_form import answer_faults
from ieum.common.kernel.errors import Refusal

TEXT = """\
id: talk
version: 1
name: {ko: 상담, en: A talk}
kind: counselling
agency: a
life_stages: [youth]
year: 2026
period: {opens: 2026-01-01, closes: 2026-12-31}
eligibility:
  rules:
    - id: young-or-carer
      expression: |
        age <= 34
        || 'carer' in statuses
      refusal: {ko: 안 됩니다., en: No.}
form:
  required: [about]
  properties:
    about: {type: string, title: 고민을 적어 주십시오, title_en: What worries you, maxLength: 20}
    fields: {type: array, title: 분야, title_en: At, items: {type: string, enum: [진로, 심리]}, maxItems: 2}
    day: {type: string, title: 희망일, title_en: Day, format: date}
    hours: {type: integer, title: 시간, title_en: Hours, minimum: 1, maximum: 8}
    first: {type: boolean, title: 첫 상담, title_en: First time}
choices: {min: 0, max: 0}
messages: {submitted: application-received}
follow_up:
  - {id: call, name: {ko: 전화, en: A call}, after: submitted, days: 3, owner: a}
  - {id: visit, name: {ko: 방문, en: A visit}, after: call, days: 7, owner: a}
"""
FORM = load_programme(TEXT).form
assert FORM is not None


def refusal_of(old: str, new: str) -> Refusal:
    assert old in TEXT
    with pytest.raises(Refusal) as caught:
        load_programme(TEXT.replace(old, new, 1))
    return caught.value


def test_a_programme_without_openings_needs_neither_openings_nor_matching_and_travels_as_json() -> None:
    programme = load_programme(TEXT)
    assert (programme.choices.max, programme.matching.policy) == (0, "rolling")
    assert Programme.model_validate_json(programme.model_dump_json()) == programme


def test_a_definition_of_before_is_still_read() -> None:
    """What was published before forms, conditions and reviews has none of their fields."""
    wire = yaml.safe_load((Path(__file__).parents[4] / OLD).read_text(encoding="utf-8"))
    assert Programme.model_validate(wire["definition"]).form is None


OLD = "libs/common/examples/kr.ieum.intake.programme.published.v1/yes-matching-2022.json"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "'carer' in",
            "'carer' inn",
            "line 14, eligibility.rules.0.expression: expected a condition in CEL (2:",
        ),
        (
            "age <= 34",
            "agee <= 34",
            "line 13, eligibility.rules.0.expression: expected a condition in CEL (1:1",
        ),
        ("age <= 34", "age <= '34'", "no matching overload for '_<=_' applied to '(int, string)'"),
        (
            "        age <= 34\n        || 'carer' in statuses",
            "        age",
            "it gives INT, not true or false",
        ),
        (
            "after: call",
            "after: visit",
            "line 28, follow_up.1.after: expected steps that end, not visit → visit",
        ),
        (
            "after: submitted",
            "after: visit",
            "line 27, follow_up.0.after: expected steps that end, not call → vi",
        ),
        ("after: call", "after: cal", "expected one of submitted, started, completed, call, visit"),
        ("id: visit", "id: call", "line 28, follow_up.1.id: expected once: call"),
        ("id: call", "id: started", "line 27, follow_up.0.id: expected none of submitted"),
        ("required: [about]", "required: [abot]", "line 17, form.required.0: expected a question, not abot"),
        (
            "items: {type: string, enum: [진로, 심리]}, ",
            "",
            "expected `items` exactly where the type is array",
        ),
        ("maxLength: 20", "maxLen: 20", "line 19, form.properties.about.maxLen: expected no such field"),
        ("maxLength: 20", "pattern: a+", "line 19, form.properties.about.pattern: expected no such field"),
        (
            "choices: {min: 0, max: 0}",
            "choices: {min: 0, max: 1}",
            "line 24, choices: expected `matching` in",
        ),
        ("year: 2026", "yeer: 2026", "line 7, yeer: expected no such field"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, expected: str) -> None:
    refusal = refusal_of(old, new)
    assert expected in refusal.en
    assert any("가" <= letter <= "힣" for letter in refusal.ko)


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        ({"about": "진로"}, []),
        ({"about": "진로", "fields": ["진로"], "day": "2026-03-26", "hours": 8, "first": True}, []),
        ({}, ["/about"]),
        ({"about": "가" * 21}, ["/about"]),
        ({"about": 3}, ["/about"]),
        ({"about": "x", "fields": ["진로", "돈"]}, ["/fields/1"]),
        ({"about": "x", "fields": ["진로", "심리", "진로"]}, ["/fields"]),
        ({"about": "x", "day": "2026-02-30"}, ["/day"]),
        ({"about": "x", "hours": 9}, ["/hours"]),
        ({"about": "x", "hours": True}, ["/hours"]),
        ({"about": "x", "salary": "1"}, ["/salary"]),
        ({"hours": 0, "salary": "1"}, ["/about", "/hours", "/salary"]),
    ],
)
def test_answers_are_held_against_the_form(answers: dict[str, Any], faults: list[str]) -> None:
    """Oracle: the form as a plain JSON Schema takes exactly the answers in which no fault is found."""
    found = list(answer_faults(FORM, answers))
    assert [fault.pointer for fault in found] == faults
    checker = jsonschema.FormatChecker(["date"])
    validator = jsonschema.Draft202012Validator(FORM.json_schema(), format_checker=checker)
    assert validator.is_valid(answers) is (not found)
    assert all("{" not in fault.ko + fault.en for fault in found)


@pytest.mark.parametrize(
    "question",
    [
        ("height", "키", "Your height"),
        ("body", "키와 몸무게를 적어 주십시오", "Body"),
        ("q1", "용모 단정 여부", "Neat"),
        ("q1", "증명 사진", "Picture"),
        ("q1", "출신지를 적어 주십시오", "Origin"),
        ("q1", "어디", "Your place of birth"),
        ("marital_status", "상태", "State"),
        ("q1", "결혼하셨습니까?", "Well?"),
        ("q1", "보유 재산", "What you own"),
        ("q1", "아버지의 직업", "Job"),
        ("q1", "부모님의 최종 학력", "Education"),
        ("q1", "가족 사항", "Home"),
        ("q1", "일", "Your father's occupation"),
    ],
)
def test_what_the_hiring_law_forbids_is_found(question: tuple[str, ...]) -> None:
    assert forbidden_question(*question) is not None


@pytest.mark.parametrize(
    "question",
    [
        ("keyword", "키워드를 적어 주십시오", "Keywords"),
        ("marketing", "마케팅 경력", "Marketing experience"),
        ("motive", "지원 동기", "Why you apply"),
        ("skills", "다룰 줄 아는 도구", "Tools you know"),
        ("startup", "신장개업을 도운 경험", "Openings you helped with"),
        ("school_project", "학교에서 해 본 과제", "A project at school"),
    ],
)
def test_what_a_job_may_ask_is_not(question: tuple[str, ...]) -> None:
    assert forbidden_question(*question) is None


@pytest.mark.parametrize(
    ("kind", "refused"), [("employment", True), ("placement", True), ("counselling", False)]
)
def test_a_form_for_a_job_may_not_ask_what_the_law_forbids(kind: str, refused: bool) -> None:
    text = TEXT.replace("kind: counselling", f"kind: {kind}").replace("title: 첫 상담", "title: 결혼 여부")
    if not refused:
        assert load_programme(text).form is not None
        return
    with pytest.raises(Refusal) as caught:
        load_programme(text)
    assert caught.value.en.endswith(
        "line 23, form.properties.first: expected no question about marriage (Fair Hiring Procedure Act, 4-3)"
    )
    assert "채용절차법 제4조의3" in caught.value.ko


def test_every_variable_can_be_named_and_no_other() -> None:
    for name in VARIABLES:
        compiled(f"{name} == {name}")
    for unknown in ("name", "sex"):
        with pytest.raises(ExpressionError, match=f"undeclared reference to '{unknown}'"):
            compiled(f"{unknown} == 'x'")


@pytest.mark.parametrize(
    ("expression", "known", "true"),
    [
        ("age >= 19 && age <= 34", {"age": 34}, True),
        ("age >= 19 && age <= 34", {"age": 35}, False),
        ("age >= 19", {}, False),  # nobody knows
        ("!(age >= 19)", {}, False),
        ("age >= 19 || 'carer' in statuses", {"statuses": ["carer"]}, True),  # it does not hang on the age
        ("income_share <= 50", {"income_share": 51}, False),
        ("100 / household_size > 1", {"household_size": 0}, False),
        ("district.startsWith('27')", {"district": "27110"}, True),
        ("groups.exists(g, g in ['a', 'b'])", {"groups": ["b"]}, True),
    ],
)
def test_a_condition_holds_only_of_what_is_known(expression: str, known: dict[str, Any], true: bool) -> None:
    assert holds(expression, known) is true


def test_a_form_is_a_json_schema() -> None:
    assert isinstance(FORM, Form)
    jsonschema.Draft202012Validator.check_schema(FORM.json_schema())
