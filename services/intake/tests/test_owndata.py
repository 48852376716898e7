"""People see, take away and understand what is held of them, and who looked."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from ieum.common.events.audit import AuditAccessRecorded
from ieum.common.events.intake import IntakeAccessRecorded
from ieum.common.events.notify import NotifyAccessRecorded
from ieum.intake.accesses.consumers import on_accesses

from .test_consents import give
from .world import World, problem

pytestmark = pytest.mark.servers


def access(model: Any, person: str | None, **changes: Any) -> Any:
    plain = {
        "actor": "kim", "actor_kind": "staff", "agency": "daegu-youth-centre", "person": person,
        "record_classes": ["contact"], "objects": 1, "purpose": "notice", "reason": "전화 상담",
    }  # fmt: skip
    return model.model_validate(plain | changes)


async def test_everything_held_is_in_one_document_and_the_download_is_recorded(intake: World) -> None:
    await intake.market("Y22-001")
    person = await intake.person()
    other = await intake.person(phone="010-0999-0000")
    answers = {"지원동기": "손글씨", "경력": 2, "운전면허": True, "언어": ["한국어", "수어"]}
    await intake.apply(person, ["Y22-001"], body={"answers": answers})
    await give(intake, person)
    await intake.post(f"people/{person}/merge", {"into": other, "reason": "said-by-person"})
    before = len(await intake.told("intake-access"))
    answer = await intake.get(f"people/{other}/data", role="citizen", subject=other)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="ieum-{other}.json"'
    data = answer.json()
    assert [(one["id"], one["contact"]["phone"]) for one in data["registrations"]] == [
        (other, "+821009990000"), (person, "+821001234567"),
    ]  # fmt: skip
    assert data["registrations"][1]["profile"]["skills"] == ["판소리"]
    [application] = data["applications"]
    assert (application["choices"], application["answers"]) == (["Y22-001"], answers)
    assert data["consents"][0]["terms"]["purpose"] == "housing-referral"
    assert len(data["bases"]) == 3
    told = (await intake.told("intake-access"))[before:]
    assert {(one["reason"], one["purpose"]) for one in told} == {("본인 열람", "own-data")}
    assert sorted(name for one in told for name in one["record_classes"]) == [
        "application", "contact", "contact", "profile", "profile", "profile",
    ]  # fmt: skip


async def test_staff_say_why_and_nobody_takes_the_data_of_another(intake: World) -> None:
    person = await intake.person()
    path = f"people/{person}/data"
    assert problem(await intake.get(path)) == (422, "reason-missing")
    assert problem(await intake.get(path, params={"reason": "900101-1234567"})) == (422, "forbidden-number")
    assert (await intake.get(path, params={"reason": "본인 요청, 방문"})).status_code == 200
    assert (await intake.told("intake-access"))[-1]["reason"] == "본인 요청, 방문"
    other = await intake.get(path, role="citizen", subject="c-2")
    assert problem(other) == (404, "person-unknown")


async def test_who_looked_is_shown_of_all_services_newest_first(intake: World) -> None:
    person = await intake.person()
    first = access(IntakeAccessRecorded, person)
    for model, topic in ((IntakeAccessRecorded, "intake"), (NotifyAccessRecorded, "notify")):
        await intake.consume(on_accesses, access(model, person), topic=f"{topic}-access")
        intake.advance(minutes=1)
    await intake.consume(on_accesses, access(AuditAccessRecorded, person, reason=None), topic="audit-access")
    await intake.consume(on_accesses, access(IntakeAccessRecorded, None), topic="intake-access")
    seen = (await intake.get(f"people/{person}/accesses", role="citizen", subject=person)).json()["items"]
    assert [(one["service"], one["reason"]) for one in seen] == [
        ("audit", None), ("notify", "전화 상담"), ("intake", "전화 상담"),
    ]  # fmt: skip
    assert seen[0]["agency"] == first.agency
    assert "kim" not in json.dumps(seen)
    refused = await intake.get(f"people/{person}/accesses", role="citizen", subject="c-2")
    assert problem(refused) == (404, "person-unknown")


async def test_after_erasure_the_words_of_why_are_gone_even_those_told_late(intake: World) -> None:
    person = await intake.person()
    word = access(IntakeAccessRecorded, person, reason="홍길동 님 전화")
    await intake.consume(on_accesses, word, topic="intake-access")
    assert (await intake.post(f"people/{person}/erasure")).status_code == 201
    await intake.consume(on_accesses, word, topic="intake-access")
    rows = await intake.fetch("select person, reason, purpose from access_record")
    assert [tuple(row) for row in rows] == [(UUID(person), None, "notice")] * 2
