"""People over HTTP on a real Postgres: sealed at rest, found by keyed hashes, opened only for a reason."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from ieum.common.events.intake import KeyIssued, PersonContact, PersonProfile
from ieum.common.events.model import Sealed
from ieum.common.privacy.keys import KeyWrapper
from ieum.common.privacy.objects import open_sealed

from .world import CLEAR, GUARDIAN, HONG, World, problem

pytestmark = pytest.mark.servers


async def test_registering_seals_everything_and_tells_it_with_its_keys(intake: World) -> None:
    answer = await intake.post("people", HONG)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["sealed"], shown["contact"], shown["profile"]) == (True, None, None)
    assert (shown["district"], shown["life_stage"], shown["agency"]) == (
        "27290",
        "youth",
        "daegu-youth-centre",
    )
    dump = await intake.dump()
    assert shown["id"] in dump
    assert [clear for clear in CLEAR if clear in dump] == []


async def test_a_holder_opens_the_event_with_the_keys_that_were_told(intake: World) -> None:
    """Another service unwraps what came on intake-keys and reads exactly what was registered."""
    person = await intake.person()
    (told,) = await intake.told("intake-people")
    assert told["basis"] == intake.service.city.retention_of("profile").basis_article
    keys = {key["kid"]: KeyIssued.model_validate(key) for key in await intake.told("intake-keys")}
    assert {kid.split("/")[1] for kid in keys} == {"contact", "profile", "application"}
    assert {key.alg for key in keys.values()} == {"A256KW"}
    wrapper = KeyWrapper(bytes.fromhex((intake.secrets / "kek").read_text()))

    def opened(name: str, model: Any) -> Any:
        from base64 import b64decode

        sealed = Sealed.model_validate(told["private"][name])
        assert str(sealed.person) == person
        return open_sealed(sealed, wrapper.unwrap(b64decode(keys[sealed.kid].wrapped)), model)

    contact = opened("contact", PersonContact)
    assert (contact.name, contact.phone, contact.email) == ("홍길동", "+821001234567", "hong@mail.ieum.test")
    assert str(opened("profile", PersonProfile).birth_date) == "1997-03-05"


async def test_revealing_needs_a_reason_and_is_recorded_in_the_same_transaction(intake: World) -> None:
    person = await intake.person()
    hidden = (await intake.get(f"people/{person}")).json()
    assert hidden["sealed"] is True
    assert await intake.told("intake-access") == []
    shown = (await intake.get(f"people/{person}", params={"reveal": "전화 상담"})).json()
    assert (shown["sealed"], shown["contact"]["name"], shown["profile"]["birth_date"]) == (
        False, "홍길동", "1997-03-05",
    )  # fmt: skip
    accesses = await intake.told("intake-access")
    assert [(one["record_classes"], one["reason"], one["actor"]) for one in accesses] == [
        (["contact"], "전화 상담", "kim"),
        (["profile"], "전화 상담", "kim"),
    ]
    refused = await intake.get(f"people/{person}", params={"reveal": "900101-1234567 확인"})
    assert problem(refused) == (422, "forbidden-number")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"phone": "+82 10 0123 4567"}, 1),
        ({"phone": "010-0123-4568"}, 0),
        ({"birth_date": "19970305"}, 1),
        ({"name": "길동"}, 1),
        ({"name": "홍길"}, 1),
        ({"name": "길ㄷ"}, 1),
        ({"name": "홍 길동"}, 1),
        ({"name": "동길"}, 0),
        ({"name": "길순"}, 0),
        ({"name": "홍길동", "phone": "010-0123-4567", "birth_date": "1997-03-05"}, 1),
        ({"name": "홍길동", "birth_date": "1997-03-06"}, 0),
    ],
)
async def test_people_are_found_by_phone_birth_date_and_parts_of_the_name(
    intake: World, query: dict[str, str], found: int
) -> None:
    await intake.person()
    await intake.person(name="김철수", phone="010-0999-0000", birth_date="1990-01-01", email=None)
    answer = await intake.get("people", params=query)
    assert len(answer.json()["items"]) == found, answer.text


async def test_only_staff_search_and_never_without_a_criterion(intake: World) -> None:
    assert problem(await intake.get("people", role="citizen", params={"phone": "010-0123-4567"}))[0] == 403
    assert problem(await intake.get("people")) == (422, "search-empty")
    assert problem(await intake.get("people", params={"phone": "12"})) == (422, "phone-number")
    for nothing in ({"phone": ""}, {"birth_date": ""}, {"phone": "", "birth_date": ""}):
        assert problem(await intake.get("people", params=nothing)) == (422, "invalid-request")


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"name": "홍"}, "person-name", "/name"),
        ({"birth_date": "2001.2.30"}, "date-not-real", "/birth_date"),
        ({"birth_date": "2031-01-01"}, "birth-date", "/birth_date"),
        ({"phone": "010-12"}, "phone-number", "/phone"),
        ({"email": "hong@"}, "email-address", "/email"),
        ({"phone": None, "email": None}, "contact-missing", "/phone"),
        ({"district": "27720"}, "district-unknown", "/district"),
        ({"moving_in": "곧"}, "date-unreadable", "/moving_in"),
        ({"skills": ["900101-1234567"]}, "forbidden-number", "/skills"),
        ({"nickname": "길동"}, "invalid-request", "/nickname"),
        ({"employment": "resting"}, "invalid-request", "/employment"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place_and_nothing_is_kept(
    intake: World, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await intake.post("people", HONG | change)
    assert problem(answer) == (422, code), answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await intake.fetch("select 1 from person union all select 1 from person_key") == []
    assert "900101" not in await intake.dump()


async def test_registering_twice_under_one_key_registers_once(intake: World) -> None:
    first = await intake.post("people", HONG, key="once")
    again = await intake.post("people", HONG, key="once")
    assert (again.status_code, again.json()) == (201, first.json())
    assert problem(await intake.post("people", HONG | {"name": "홍길순"}, key="once"))[0] == 422
    assert len(await intake.fetch("select 1 from person")) == 1


async def test_citizens_see_themselves_and_nobody_else(intake: World) -> None:
    made = (await intake.post("people", HONG, role="citizen", subject="c-1")).json()["id"]
    assert (await intake.get(f"people/{made}", role="citizen", subject="c-1")).status_code == 200
    assert (await intake.get(f"people/{made}", role="citizen", subject=made)).status_code == 200
    other = await intake.get(f"people/{made}", role="citizen", subject="c-2")
    assert problem(other) == (404, "person-unknown")
    assert problem(await intake.get(f"people/{uuid4()}")) == (404, "person-unknown")


async def test_nobody_under_fourteen_registers_alone_but_a_window_may(intake: World) -> None:
    child = HONG | {"birth_date": "2010-02-16"}  # fourteen in 2024; today is 2022-02-15
    assert problem(await intake.post("people", child, role="citizen")) == (422, "guardian-needed")
    assert problem(await intake.post("people", child)) == (422, "guardian-needed")
    assert problem(await intake.post("people", child | {"representative": GUARDIAN | {"role": "proxy"}})) == (
        422, "guardian-needed",
    )  # fmt: skip
    made = await intake.post("people", child | {"representative": GUARDIAN})
    assert made.json()["life_stage"] == "child"


async def test_who_speaks_for_a_person_is_sealed_and_shown_for_a_reason(intake: World) -> None:
    person = await intake.person(representative=GUARDIAN | {"role": "proxy"})
    hidden = (await intake.get(f"people/{person}")).json()["registration"]
    assert hidden == {
        "channel": "proxy", "recorded_by": "kim", "relation": "parent", "document": "power-of-attorney",
        "seen_on": "2022-02-14", "representative": None,
    }  # fmt: skip
    shown = (await intake.get(f"people/{person}", params={"reveal": "전화 상담"})).json()["registration"]
    assert shown["representative"] == {"name": "박보호", "phone": "+821005556666", "email": None}
    assert (await intake.told("intake-people"))[0]["channel"] == "proxy"
    assert [word for word in ("박보호", "05556666") if word in await intake.dump()] == []
    assert (await intake.post(f"people/{person}/erasure")).status_code == 201
    assert (await intake.get(f"people/{person}")).json()["registration"] == hidden | {
        "relation": None, "document": None, "seen_on": None,
    }  # fmt: skip


async def test_paper_and_telephone_are_noted_by_staff_alone(intake: World) -> None:
    for received in ("paper", "telephone"):
        person = await intake.person(received=received)
        assert (await intake.get(f"people/{person}")).json()["registration"]["channel"] == received
    for more in ({"received": "paper"}, {"representative": GUARDIAN}):
        refused = await intake.post("people", HONG | more, role="citizen")
        assert problem(refused) == (422, "window-needed")


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"name": "박"}, "person-name", "/representative/name"),
        ({"phone": None}, "contact-missing", "/representative/phone"),
        ({"seen_on": "2022-02-16"}, "mandate-date", "/representative/seen_on"),
        ({"document": "a letter"}, "invalid-request", "/representative/document"),
        ({"phone": "900101-1234567"}, "forbidden-number", "/representative/phone"),
    ],
)
async def test_a_representative_who_cannot_be_is_refused(
    intake: World, change: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await intake.post("people", HONG | {"representative": GUARDIAN | change})
    assert problem(answer) == (422, code), answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_without_actor_and_purpose_the_tables_of_people_are_empty(intake: World) -> None:
    await intake.person()
    pool = await intake.service.database.pool()
    for table in ("person", "person_key", "person_name_pair", "person_name_part"):
        assert await pool.fetch(f"select 1 from {table}") == []
        assert await intake.fetch(f"select 1 from {table}") != []


async def test_a_file_registers_nobody_under_fourteen(intake: World) -> None:
    await intake.market("Y22-001")
    row = "홍길동,2012-03-05,010-0123-4567,달서구,미취업,Y22-001"
    answer = await intake.load(f"이름,생년월일,전화,구군,취업상태,희망1\n{row}\n".encode())
    assert [one["code"] for one in answer.json()["problems"]] == ["guardian-needed"], answer.text
    assert await intake.fetch("select 1 from person") == []
