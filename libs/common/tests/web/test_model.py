from __future__ import annotations

import pytest
from pydantic import ValidationError

from ieum.common.web import Body, BusinessNumber, CorporateNumber

# A date that exists and a seventh digit from 1 to 8: a resident registration number, made up.
NUMBER = "990101-1234567"


class Note(Body):
    text: str


class Firm(Body):
    name: str
    notes: list[Note] = []
    answers: dict[str, str | int | list[str]] = {}
    business_number: BusinessNumber | None = None
    corporate_number: CorporateNumber | None = None
    amount_won: int = 0


@pytest.mark.parametrize(
    "fields",
    [
        {"name": NUMBER},
        {"name": f"김민지({NUMBER})"},
        {"name": "990101\n1234567"},
        {"name": "９９０１０１－１２３４５６７"},
        {"name": "a", "notes": [{"text": NUMBER}]},
        {"name": "a", "answers": {"q1": NUMBER}},
        {"name": "a", "answers": {"q1": 9901011234567}},
        {"name": "a", "answers": {"q1": ["x", NUMBER]}},
        {"name": "a", "answers": {NUMBER: "x"}},
    ],
)
def test_a_resident_registration_number_is_refused_in_any_text(fields):
    with pytest.raises(ValidationError) as caught:
        Firm.model_validate(fields)
    assert [error["type"] for error in caught.value.errors()] == ["forbidden-number"]
    assert "1234567" not in str(caught.value)


def test_typed_numbers_are_checked_by_their_own_rule():
    # Thirteen digits that also read as a resident number, with the check digit of a corporate one.
    firm = Firm(name="이음", corporate_number="110111-1234569", business_number="116-82-00276")
    assert (firm.corporate_number, firm.business_number) == ("1101111234569", "1168200276")
    with pytest.raises(ValidationError) as caught:
        Firm(name="이음", business_number="116-82-00277", corporate_number="9901011234567")
    assert [error["type"] for error in caught.value.errors()] == ["business-number", "corporate-number"]


def test_a_number_that_must_be_a_number_is_left_alone():
    assert Firm(name="a", amount_won=9901011234567).amount_won == 9901011234567


def test_text_is_stripped_and_the_model_frozen():
    firm = Firm(name="  이음  ")
    assert firm.name == "이음"
    with pytest.raises(ValidationError):
        firm.name = "x"


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "a\x7fb"])
def test_control_characters_are_refused(text):
    with pytest.raises(ValidationError, match="control character"):
        Firm(name=text)


def test_lines_and_tabs_are_text():
    assert Note(text="a\n\tb").text == "a\n\tb"


async def test_over_http_the_problem_names_the_field_and_not_the_number(client):
    answer = await client.post("/intake/people", json={"name": "김민지", "note": f"번호는 {NUMBER}"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "https://ieum.kr/problems/forbidden-number"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/note"]
    assert "1234567" not in answer.text
