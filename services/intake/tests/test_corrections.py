"""Correcting people over HTTP on a real Postgres: the version that was read must still be the newest."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from typing import Any

import pytest

from ieum.common.events.intake import PersonContact, PersonProfile
from ieum.common.events.model import Sealed
from ieum.common.privacy.keys import KeyWrapper
from ieum.common.privacy.objects import open_sealed

from .world import CLEAR, HONG, World, problem

pytestmark = pytest.mark.servers

NEW_PHONE = "010-0777-1234"


async def opened(intake: World, told: dict[str, Any], name: str, model: Any) -> Any:
    """What a holder reads in an event with the keys that were told."""
    sealed = Sealed.model_validate(told["private"][name])
    wrapped = {key["kid"]: key["wrapped"] for key in await intake.told("intake-keys")}[sealed.kid]
    wrapper = KeyWrapper(bytes.fromhex((intake.secrets / "kek").read_text()))
    return open_sealed(sealed, wrapper.unwrap(b64decode(wrapped)), model)


async def test_a_correction_is_sealed_told_and_found_under_the_new_values_alone(intake: World) -> None:
    person = await intake.person()
    change = {
        "phone": NEW_PHONE, "district": "27230", "language": "en", "birth_date": "1957-03-05",
        "transition_stage": "settling", "preferences": ["오전 시간"],
        "working_times": ["sat-am", "sat-am", "mon-eve"],
    }  # fmt: skip
    answer = await intake.patch(f"people/{person}", change, version=1)
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"2"'
    shown = answer.json()
    assert (shown["version"], shown["district"], shown["language"]) == (2, "27230", "en")
    assert (shown["life_stage"], shown["contact"]) == ("middle-age", None)
    _, told = await intake.told("intake-people")
    assert told["changed"] == [
        "phone", "birth_date", "transition_stage", "preferences", "working_times", "district",
        "language",
    ]  # fmt: skip
    assert (told["district"], told["life_stage"]) == ("27230", "middle-age")
    contact = await opened(intake, told, "contact", PersonContact)
    assert (contact.name, contact.phone, contact.email) == ("홍길동", "+821007771234", "hong@mail.ieum.test")
    profile = await opened(intake, told, "profile", PersonProfile)
    assert (str(profile.birth_date), profile.skills) == ("1957-03-05", ["판소리"])
    assert profile.working_times == ["sat-am", "mon-eve"]
    found = [
        len((await intake.get("people", params=query)).json()["items"])
        for query in ({"phone": NEW_PHONE}, {"phone": "010-0123-4567"}, {"birth_date": "19970305"})
    ]
    assert found == [1, 0, 0]
    dump = await intake.dump()
    assert [clear for clear in (*CLEAR, "07771234", "1957", "오전 시간") if clear in dump] == []


async def test_a_stale_correction_overwrites_nothing(intake: World) -> None:
    person = await intake.person()
    assert (await intake.patch(f"people/{person}", {"district": "27230"}, version=1)).status_code == 200
    stale = await intake.patch(f"people/{person}", {"district": "27110"}, version=1)
    assert problem(stale) == (412, "stale")
    assert (await intake.get(f"people/{person}")).json()["district"] == "27230"
    assert len(await intake.told("intake-people")) == 2


@pytest.mark.parametrize(
    ("version", "refused"),
    [
        (None, (428, "if-match-missing")),
        ("*", (400, "if-match-malformed")),
        ('W/"1"', (400, "if-match-malformed")),
        ("1", (400, "if-match-malformed")),
    ],
)
async def test_a_correction_names_the_version_that_was_read(
    intake: World, version: str | None, refused: tuple[int, str]
) -> None:
    person = await intake.person()
    assert problem(await intake.patch(f"people/{person}", {"phone": None}, version=version)) == refused


async def test_of_two_corrections_at_once_one_wins(intake: World) -> None:
    person = await intake.person()
    answers = await asyncio.gather(
        *(intake.patch(f"people/{person}", {"district": code}, version=1) for code in ("27230", "27110"))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_a_correction_that_changes_nothing_tells_nothing(intake: World) -> None:
    person = await intake.person()
    answer = await intake.patch(f"people/{person}", {"name": " 홍길동 ", "phone": "01001234567"}, version=1)
    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert len(await intake.told("intake-people")) == 1


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"name": None}, "invalid-request", "/name"),
        ({"phone": "12"}, "phone-number", "/phone"),
        ({"district": "27720"}, "district-unknown", "/district"),
        ({"transition_stage": "lost"}, "invalid-request", "/transition_stage"),
        ({"safe_contact": {"never": ["12"]}}, "phone-number", "/safe_contact"),
        ({"preferences": ["900101-1234567"]}, "forbidden-number", "/preferences"),
        ({"phone": None, "email": None}, "contact-missing", "/phone"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_changes(
    intake: World, change: dict[str, Any], code: str, pointer: str
) -> None:
    person = await intake.person()
    answer = await intake.patch(f"people/{person}", change, version=1)
    assert problem(answer) == (422, code), answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert (await intake.get(f"people/{person}")).json()["version"] == 1


async def test_safe_contact_is_kept_and_shown(intake: World) -> None:
    person = await intake.person()
    rules = {
        "never": ["010 0123 4567", "hong@mail.ieum.test"],
        "not_at": [{"start": "18:00", "end": "09:00"}],
        "neutral": True,
    }
    answer = await intake.patch(f"people/{person}", {"safe_contact": rules, "channel": "visit"}, version=1)
    assert answer.status_code == 200, answer.text
    contact = (await intake.get(f"people/{person}", params={"reveal": "전화 상담"})).json()["contact"]
    assert contact["channel"] == "visit"
    assert contact["safe_contact"] == {
        "never": ["+821001234567", "hong@mail.ieum.test"],
        "not_at": [{"start": "18:00:00", "end": "09:00:00"}],
        "neutral": True,
    }


async def test_citizens_correct_themselves_and_nobody_else(intake: World) -> None:
    made = (await intake.post("people", HONG, role="citizen", subject="c-1")).json()["id"]
    path = f"people/{made}"
    other = await intake.patch(path, {"email": None}, version=1, role="citizen", subject="c-2")
    assert problem(other) == (404, "person-unknown")
    child = await intake.patch(path, {"birth_date": "2012-01-01"}, version=1, role="citizen", subject="c-1")
    assert problem(child) == (422, "guardian-needed")
    own = await intake.patch(path, {"email": None}, version=1, role="citizen", subject="c-1")
    assert own.status_code == 200


async def test_nothing_is_corrected_of_who_asked_to_be_forgotten(intake: World) -> None:
    person = await intake.person()
    assert (await intake.post(f"people/{person}/erasure")).status_code == 201
    answer = await intake.patch(f"people/{person}", {"district": "27230"}, version=2)
    assert problem(answer) == (409, "person-erased")
