from __future__ import annotations

from uuid import UUID

import pytest

SECRET = "010-1234-5678"


async def test_a_refusal_is_a_problem_in_both_languages(client):
    answer = await client.get("/intake/refused", headers={"Accept-Language": "en-GB,en;q=0.9,ko;q=0.8"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "en"
    body = answer.json()
    assert body.pop("instance") == f"urn:uuid:{answer.headers['x-correlation-id']}"
    assert body == {
        "type": "https://ieum.kr/problems/closed",
        "title": "Conflict",
        "status": 409,
        "detail": "It is closed.",
        "detail_ko": "마감되었습니다.",
        "detail_en": "It is closed.",
        "errors": [{"pointer": "/opening", "code": "closed", "ko": "마감되었습니다.", "en": "It is closed."}],
    }


@pytest.mark.parametrize(
    ("accepted", "title"),
    [(None, "충돌"), ("fr", "충돌"), ("ko;q=0.2, en;q=0.1", "충돌"), ("en", "Conflict"), ("en;q=x", "충돌")],
)
async def test_korean_is_spoken_unless_english_is_asked_for(client, accepted, title):
    headers = {"Accept-Language": accepted} if accepted else {}
    assert (await client.get("/intake/refused", headers=headers)).json()["title"] == title


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe", b"name=Kim", b"[" * 100_000, b'"\\ud800"'])
async def test_a_body_that_is_no_json_object_is_refused(client, content):
    answer = await client.post(
        "/intake/people", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_broken_json_is_named_as_such(client):
    answer = await client.post(
        "/intake/people", content=b"{'a'", headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["type"] == "https://ieum.kr/problems/not-json"


async def test_json_sent_as_something_else_is_refused(client):
    answer = await client.post(
        "/intake/people", content=b'{"name": "Kim"}', headers={"Content-Type": "text/plain"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"name": [SECRET]}, "/name", "wrong-type"),
        ({"name": "김민지", "age": SECRET}, "/age", "wrong-type"),
        ({"name": "김민지", "age": 121}, "/age", "too-large"),
        ({"name": "김"}, "/name", "too-short"),
        ({"name": "김민지", "kind": SECRET}, "/kind", "not-allowed"),
        ({"name": "김민지", "nickname": SECRET}, "/nickname", "unknown-field"),
        ({"name": "김민지", SECRET: "x"}, "/*", "unknown-field"),
        ({"name": "김민지", "address": {"district": SECRET}}, "/address/district", "too-long"),
        ({"name": "김민지", "address": SECRET}, "/address", "wrong-type"),
        ({"name": "김\x00민지"}, "/name", "forbidden-character"),
        ({}, "/name", "missing"),
    ],
)
async def test_an_invalid_field_is_pointed_at_without_repeating_the_input(client, body, pointer, code):
    answer = await client.post("/intake/people", json=body)
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]
    assert SECRET not in answer.text


async def test_a_limit_is_said_in_the_sentence(client):
    answer = await client.post("/intake/people", json={"name": "김민지", "age": 121})
    assert answer.json()["errors"][0]["ko"] == "120 이하여야 합니다."


async def test_a_parameter_of_the_wrong_type_is_named(client):
    answer = await client.get(f"/intake/people/{SECRET}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "number"
    assert SECRET not in answer.text


async def test_an_unknown_route_and_method_are_problems(client):
    assert (await client.get("/intake/nothing")).json()["type"].endswith("/not-found")
    wrong = await client.put("/intake/people/1")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET")
    assert wrong.json()["type"].endswith("/method-not-allowed")


async def test_a_fault_is_a_problem_that_tells_nothing(client):
    answer = await client.get("/intake/broken")
    assert answer.status_code == 500
    assert SECRET not in answer.text
    assert UUID(answer.json()["instance"].removeprefix("urn:uuid:"))
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_database_that_is_away_is_503_with_a_time_to_retry(client):
    answer = await client.get("/intake/away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_routes_answer_503_until_the_service_was_ready_once(client, health):
    health.reasons = ["postgres: not reached"]
    assert (await client.get("/intake/people/1")).status_code == 503
    health.reasons = []
    assert (await client.get("/intake/people/1")).status_code == 200
    health.reasons = ["kafka: not reached"]
    assert (await client.get("/intake/people/1")).status_code == 200
