"""What programmes ask beyond the first: household, certificates, answers of every type, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from .world import HONG, YAML, World, problem

pytestmark = pytest.mark.servers

SEEN = {"status": "near-poor", "seen_on": "2022.2.15", "expires_on": "20221231"}
ASKING = (
    YAML.replace("choices: {min: 1, max: 5}", "choices: {min: 0, max: 5}")
    + """
form:
  required: [motive]
  properties:
    motive: {type: string, title: 지원 동기, title_en: Why, maxLength: 30}
    hours: {type: integer, title: 하루에 일할 수 있는 시간, title_en: Hours a day, minimum: 1, maximum: 8}
    fields: {type: array, title: 분야, title_en: Fields, items: {type: string}}
    online: {type: boolean, title: 비대면 면접, title_en: By video}
"""
)


async def test_staff_register_what_they_saw_and_it_is_shown_for_a_reason_only(intake: World) -> None:
    told = {"household_size": 3, "income_monthly_won": 2_500_000, "service_years": 2}
    body = HONG | told | {"certificates": [SEEN], "works_or_studies_in": ["27110"]}
    person = (await intake.post("people", body)).json()
    assert person["profile"] is None
    shown = await intake.get(f"people/{person['id']}", params={"reveal": "자격 확인"})
    profile = shown.json()["profile"]
    assert {name: profile[name] for name in told} == told
    expected = {"status": "near-poor", "seen_on": "2022-02-15", "expires_on": "2022-12-31"}
    assert profile["certificates"] == [expected]
    assert "2500000" not in await intake.dump()


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"seen_on": "2022-02-16"}, "certificate-days", "/certificates/0"),  # tomorrow
        ({"expires_on": "2022-02-14"}, "certificate-days", "/certificates/0"),
        ({"seen_on": "2022-02-30"}, "date-not-real", "/certificates/0/seen_on"),
        ({"status": "차상위"}, "invalid-request", "/certificates/0/status"),
    ],
)
async def test_a_certificate_that_cannot_be_is_refused(
    intake: World, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await intake.post("people", HONG | {"certificates": [SEEN | change]})
    assert problem(answer) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await intake.told("intake-people") == []


async def test_nobody_certifies_themselves(intake: World) -> None:
    answer = await intake.post("people", HONG | {"certificates": [SEEN]}, role="citizen", subject="c-1")
    assert problem(answer) == (422, "certificate-by-staff")


@pytest.mark.parametrize(
    ("answers", "code", "pointer"),
    [
        ({}, "answer-invalid", "/answers/motive"),
        ({"motive": "가" * 31}, "answer-invalid", "/answers/motive"),
        ({"motive": "배움", "hours": 9}, "answer-invalid", "/answers/hours"),
        ({"motive": "배움", "hours": "여덟"}, "answer-invalid", "/answers/hours"),
        ({"motive": "배움", "height": "180"}, "answer-invalid", "/answers/height"),
        ({"motive": "배움", "fields": ["900101-1234567"]}, "forbidden-number", None),
        ({"motive": "배움", "hours": 9001011234567}, "invalid-request", None),
    ],
)
async def test_an_answer_that_the_form_does_not_take_is_refused_with_its_place(
    intake: World, answers: dict[str, Any], code: str, pointer: str | None
) -> None:
    assert (await intake.post("programmes", {"yaml": ASKING})).status_code == 201
    answer = await intake.apply(await intake.person(), [], body={"answers": answers})
    assert problem(answer) == (422, code)
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert await intake.told("intake-applications") == []


async def test_answers_of_every_type_are_taken_and_sealed(intake: World) -> None:
    assert (await intake.post("programmes", {"yaml": ASKING})).status_code == 201
    answers = {"motive": "새로운 길", "hours": 8, "fields": ["정보통신"], "online": True}
    made = await intake.apply(await intake.person(), [], body={"answers": answers})
    assert made.status_code == 201, made.text
    assert made.json()["choices"] == []
    assert "새로운 길" not in await intake.dump()


async def test_a_form_for_a_job_that_asks_for_height_is_never_published(intake: World) -> None:
    asking = ASKING.replace("title: 비대면 면접", "title: 키와 몸무게")
    answer = await intake.post("programmes", {"yaml": asking})
    assert problem(answer) == (422, "file-invalid")
    assert "채용절차법 제4조의3" in answer.json()["detail_ko"]
    assert await intake.told("intake-programmes") == []
