from __future__ import annotations

import re

import pytest
from jsonschema import Draft202012Validator
from prometheus_client.parser import text_string_to_metric_families

from ieum.common.web import Metric, WebSecrets
from ieum.common.web.navigation import navigation


@pytest.mark.parametrize("prefix", ["", "/intake"])
async def test_health_is_told_with_reasons(client, health, prefix):
    assert (await client.get(f"{prefix}/livez")).json() == {"alive": True, "reasons": []}
    health.problems, health.reasons = ["intake-matches: no progress"], ["postgres: not reached"]
    alive, ready = await client.get(f"{prefix}/livez"), await client.get(f"{prefix}/readyz")
    assert (alive.status_code, alive.json()) == (
        503,
        {"alive": False, "reasons": ["intake-matches: no progress"]},
    )
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "reasons": ["postgres: not reached"]})


async def test_metrics_are_read_by_a_prometheus_parser(client, health):
    health.samples = [
        Metric("ieum_consumer_lag_records", "Records not applied yet.", 3, {"group": "g", "topic": "a"}),
        Metric("ieum_consumer_lag_records", "Records not applied yet.", 5, {"topic": "b", "group": "g"}),
        Metric("ieum_outbox_oldest_seconds", "Age of the oldest row.", 0.5),
    ]
    text = (await client.get("/metrics")).text
    found = {
        (sample.name, sample.labels.get("topic")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["ieum_consumer_lag_records", "a"] == 3
    assert found["ieum_consumer_lag_records", "b"] == 5
    assert found["ieum_outbox_oldest_seconds", None] == 0.5
    assert found["process_resident_memory_bytes", None] > 0


@pytest.mark.parametrize("path", ["/intake", "/intake/", "/intake/docs"])
@pytest.mark.parametrize("language", ["ko", "en"])
async def test_pages_speak_the_readers_language_and_load_nothing_foreign(client, path, language):
    answer = await client.get(path, headers={"Accept-Language": language})
    assert f'<html lang="{language}">' in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    for address in re.findall(r'(?:href|src)="([^"]+)"', answer.text):
        assert address.startswith(("/", "#")), address


async def test_the_landing_page_says_what_the_service_is(client):
    answer = await client.get("/intake/")
    assert "시민과 기관의 등록, 모집, 신청을 받습니다." in answer.text
    for link in ("/intake/docs", "/intake/openapi.json", "/intake/static/ieum.css"):
        assert link in answer.text
        assert (await client.get(link)).status_code == 200


async def test_the_listing_shows_each_operation(client):
    text = (await client.get("/intake/docs")).text
    assert "POST /intake/people" in text
    assert "GET /intake/people/{number}" in text
    assert "Register a person." in text


async def test_the_document_tells_problems_and_the_key_that_creating_needs(client):
    schema = (await client.get("/intake/openapi.json")).json()
    operation = schema["paths"]["/intake/people"]["post"]
    assert set(operation["responses"]) == {"201", "400", "404", "409", "413", "422", "503"}
    assert [parameter["name"] for parameter in operation["parameters"]] == ["Idempotency-Key"]
    assert "HTTPValidationError" not in schema["components"]["schemas"]
    problem = (await client.get("/intake/refused")).json()
    Draft202012Validator(schema["components"]["schemas"]["Problem"]).validate(problem)


async def test_the_frameworks_own_pages_are_not_served(client):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await client.get(path)).status_code == 404


def test_the_navigation_has_the_four_services():
    assert [entry.id for entry in navigation()] == ["intake", "matching", "notify", "audit"]
    assert all(entry.path == f"/{entry.id}/" for entry in navigation())


def test_secrets_are_read_from_their_folder_and_not_printed(tmp_path):
    (tmp_path / "token_public.pem").write_bytes(b"pem")
    (tmp_path / "search").write_text("ab" * 32 + "\n")
    secrets = WebSecrets.load(tmp_path)
    assert (secrets.token_public_pem, secrets.search) == (b"pem", b"\xab" * 32)
    assert "abab" not in repr(secrets)
    (tmp_path / "search").write_text("ab")
    with pytest.raises(ValueError, match="32 bytes"):
        WebSecrets.load(tmp_path)
