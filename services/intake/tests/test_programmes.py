"""Programmes, organisations and openings over HTTP on a real Postgres."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .world import PROGRAMME, YAML, World, opening, organisation, problem

pytestmark = pytest.mark.servers


async def test_a_programme_is_published_whole_and_again_changes_nothing(intake: World) -> None:
    first = await intake.post("programmes", {"yaml": YAML})
    assert first.status_code == 201, first.text
    assert (first.json()["id"], first.json()["version"]) == (PROGRAMME, 1)
    again = await intake.post("programmes", {"yaml": YAML})
    assert again.json() == first.json()
    (told,) = await intake.told("intake-programmes")
    assert told["definition"]["matching"]["factors"]["skills"] == 40
    assert (await intake.get(f"programmes/{PROGRAMME}", role="citizen")).json() == first.json()
    assert [one["id"] for one in (await intake.get("programmes")).json()["items"]] == [PROGRAMME]


async def test_a_definition_in_json_is_the_same_programme(intake: World) -> None:
    definition = (await intake.post("programmes", {"yaml": YAML})).json()["definition"]
    assert (await intake.post("programmes", {"definition": definition})).status_code == 201
    assert (await intake.post("programmes", definition)).status_code == 201
    assert len(await intake.told("intake-programmes")) == 1


async def test_versions_grow_by_one_and_older_ones_stay(intake: World) -> None:
    await intake.post("programmes", {"yaml": YAML})
    changed = YAML.replace("answer_within_days: 5", "answer_within_days: 7")
    assert problem(await intake.post("programmes", {"yaml": changed})) == (409, "programme-changed")
    third = changed.replace("version: 1", "version: 3")
    assert problem(await intake.post("programmes", {"yaml": third})) == (409, "programme-version")
    second = changed.replace("version: 1", "version: 2")
    assert (await intake.post("programmes", {"yaml": second})).json()["version"] == 2
    assert problem(await intake.post("programmes", {"yaml": YAML})) == (409, "programme-version")
    versions = await intake.fetch("select version from programme_version order by version")
    assert [row["version"] for row in versions] == [1, 2]
    rows = await intake.fetch("select headers from outbox where topic = 'intake-programmes' order by id")
    assert [dict(json.loads(row["headers"]))["ce_sequence"] for row in rows] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (YAML.replace("kind: placement", "kind: lottery"), 422, "file-invalid"),
        (YAML.replace("kind: placement", ""), 422, "file-invalid"),
        (YAML + "\nsurprise: 1\n", 422, "file-invalid"),
        ("- a\n- b\n", 422, "file-invalid"),
        (
            YAML.replace("submitted: application-received", "submitted: nobody-knows"),
            422,
            "programme-names-unknown",
        ),
        (
            YAML.replace("agency: daegu-youth-centre", "agency: daegu-volunteers"),
            403,
            "programme-of-another-agency",
        ),
        (YAML.replace("kind: placement", "kind: placement # 900101-1234567"), 422, "forbidden-number"),
    ],
)
async def test_a_wrong_programme_is_refused(intake: World, text: str, status: int, code: str) -> None:
    assert problem(await intake.post("programmes", {"yaml": text})) == (status, code)
    assert await intake.told("intake-programmes") == []


async def test_yaml_or_definition_but_not_both(intake: World) -> None:
    for body in ({}, {"yaml": YAML, "definition": {}}, {"yaml": YAML, "file": "x"}):
        assert (await intake.post("programmes", body)).status_code == 422
    assert (await intake.post("programmes", {"yaml": YAML}, role="citizen")).status_code == 403
    assert (await intake.post("programmes", {"yaml": YAML}, role="operator", agency=None)).status_code == 201


async def test_an_organisation_is_registered_once_by_its_business_number(intake: World) -> None:
    body = organisation(business_number="116-82-00276", email="office@mail.ieum.test")
    made = await intake.post("organisations", body)
    assert made.status_code == 201, made.text
    assert made.json()["business_number"] == "1168200276"
    assert problem(await intake.post("organisations", body)) == (409, "organisation-known")
    assert (await intake.post("organisations", organisation())).status_code == 201
    assert (await intake.get(f"organisations/{made.json()['id']}", role="workplace")).json() == made.json()
    assert len((await intake.get("organisations")).json()["items"]) == 2
    assert [one["name"] for one in await intake.told("intake-organisations")] == ["(가상) 이음소프트"] * 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"business_number": "116-82-00277"}, "invalid-request"),
        ({"district": "99999"}, "district-unknown"),
        ({"email": "nobody"}, "email-address"),
        ({"roles": []}, "invalid-request"),
        ({"name": "900101-1234567 상회"}, "forbidden-number"),
    ],
)
async def test_a_wrong_organisation_is_refused(intake: World, change: dict[str, Any], code: str) -> None:
    assert problem(await intake.post("organisations", organisation(**change))) == (422, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"wage_hourly_won": 9159}, "below-minimum-wage"),
        ({"wage_hourly_won": None}, "opening-must-state"),
        ({"hours_per_week": None}, "opening-must-state"),
        ({"contract": None}, "opening-must-state"),
        ({"months": None}, "opening-must-state"),
        ({"skills": []}, "opening-must-state"),
        ({"months": 25}, "opening-above-limit"),
        ({"hours_per_week": 41}, "opening-above-limit"),
        ({"capacity": 0}, "invalid-request"),
        ({"working_times": ["mon-night"]}, "invalid-request"),
        ({"programme": "nobody-knows"}, "programme-unknown"),
        ({"organisation": "0198c000-0000-7000-8000-000000000000"}, "organisation-unknown"),
        ({"district": "99999"}, "district-unknown"),
    ],
)
async def test_an_opening_below_the_law_or_the_programme_is_refused(
    intake: World, change: dict[str, Any], code: str
) -> None:
    await intake.market()
    firm = (await intake.get("organisations")).json()["items"][0]["id"]
    assert problem(await intake.post("openings", opening(firm, **change))) == (422, code)
    assert await intake.told("intake-openings") == []


async def test_an_opening_is_published_with_all_it_states_once_per_code(intake: World) -> None:
    made = await intake.market("Y22-001")
    (told,) = await intake.told("intake-openings")
    assert (told["code"], told["months"], told["wage_hourly_won"]) == ("Y22-001", 24, 9160)
    firm = told["organisation"]
    assert problem(await intake.post("openings", opening(firm))) == (409, "opening-code-taken")
    shown = await intake.get(f"openings/{made['Y22-001']}", role="citizen")
    assert shown.json()["title"] == "웹 개발 일경험"
    timed = await intake.post("openings", opening(firm, code="Y22-002", working_times=["mon-am", "sat-eve"]))
    assert timed.json()["working_times"] == ["mon-am", "sat-eve"]
    told = (await intake.told("intake-openings"))[1]
    assert told["working_times"] == ["mon-am", "sat-eve"]
    listed = await intake.get("openings", params={"programme": PROGRAMME})
    assert [one["code"] for one in listed.json()["items"]] == ["Y22-001", "Y22-002"]


async def test_the_words_for_work_are_there_to_pick_from(intake: World) -> None:
    shown = (await intake.get("classification", role="citizen")).json()
    coding = {"ko": "프로그래밍", "en": "programming", "ncs": "20", "keco": "13", "whole": False}
    assert coding in shown["fields"]
    assert len([one for one in shown["fields"] if one["whole"]]) == 24
    assert "엑셀" in [one["ko"] for one in shown["skills"]]


@pytest.mark.parametrize("kind", ["seat", "slot", "session", "offer"])
async def test_only_a_position_is_held_against_the_minimum_wage(intake: World, kind: str) -> None:
    rules = f"opening:\n  kind: {kind}\n"
    assert (await intake.post("programmes", {"yaml": YAML.replace("opening:\n", rules)})).status_code == 201
    firm = (await intake.post("organisations", organisation())).json()["id"]
    made = await intake.post("openings", opening(firm, wage_hourly_won=1000))
    assert made.status_code == 201, made.text
