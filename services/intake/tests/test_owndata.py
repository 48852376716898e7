"""People see, take away and understand what is held of them, and who looked."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from ieum.common.events.audit import AuditAccessRecorded
from ieum.common.events.intake import IntakeAccessRecorded
from ieum.common.events.matching import MatchRanked
from ieum.common.events.notify import NotifyAccessRecorded
from ieum.intake.accesses.consumers import on_accesses
from ieum.intake.applications.consumers import on_matches
from ieum.intake.owndata.domain import OwnData
from ieum.intake.owndata.sources import SOURCES

from .cases import AGENCY, REPORTER, Cases
from .referrals import RECEIVER, SENDER, sent, step
from .test_consents import give
from .world import PROGRAMME, World, problem

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


async def test_cases_referrals_and_appeals_are_in_it_but_not_what_an_article_withholds(intake: World) -> None:
    """The reporter, the report's words and restricted notes stay out: 개인정보 보호법 제35조제4항제2호."""
    cases, person = Cases(intake), await intake.person()
    case = await cases.begun(person=person, reporter=REPORTER, signed_in={"agency": AGENCY})
    await cases.walked(case["id"], "assess")
    await cases.done(case["id"], "goals", {"goal": "월세 밀린 것을 갚는다", "due_on": "2022-12-31"})
    note = {"topic": "violence", "text": "동거인의 폭력이 의심됨", "readers": []}
    await cases.done(case["id"], "notes", note)
    held = {"held_on": "2022-02-15", "participants": [], "decision": "채무조정을 의뢰한다"}
    await cases.done(case["id"], "conferences", held | {"participants": [{"role": "lead", "agency": AGENCY}]})
    referral = await sent(intake, person, note="채무조정이 필요합니다.")
    back = {"reason": "other", "sentence": "서류가 더 필요합니다."}
    await step(intake, referral["id"], "receive", 1)
    await step(intake, referral["id"], "return", 2, json=back)
    answer = await intake.get(f"people/{person}/data", role="citizen", subject=person)
    data = answer.json()
    [shown] = data["cases"]
    assert (shown["agency"], shown["name"], shown["phone"]) == (AGENCY, "성춘향", "+821098765432")
    assert [one["goal"] for one in shown["goals"]] == ["월세 밀린 것을 갚는다"]
    assert [one["decision"] for one in shown["conferences"]] == ["채무조정을 의뢰한다"]
    assert "note" not in {one["command"] for one in shown["timeline"]}
    [handed] = data["referrals"]
    assert (handed["note"], handed["answer"]) == ("채무조정이 필요합니다.", "서류가 더 필요합니다.")
    assert (handed["reason"], handed["reason_ko"]) == ("other", "그 밖의 사유")
    for hidden in ("변학도", "55556666", "neighbour", "옆집", "동거인", "violence"):
        assert hidden not in answer.text
    assert {(one["what"], one["article"]) for one in data["withheld"]} == {
        (what, "개인정보 보호법 제35조제4항제2호")
        for what in ("reporter", "restricted-notes", "others-of-the-household")
    }  # fmt: skip
    told = await intake.told("intake-access")
    classes = {name for one in told if one["reason"] == "본인 열람" for name in one["record_classes"]}
    assert classes >= {"case", "contact", "profile"}
    assert "reporter" not in classes


async def test_staff_download_the_cases_and_referrals_of_their_own_agency_alone(intake: World) -> None:
    cases, person = Cases(intake), await intake.person()
    await cases.begun(person=person, signed_in={"agency": AGENCY})
    await sent(intake, person)
    why = {"reason": "본인 요청, 방문"}

    async def held(agency: str) -> tuple[int, int]:
        data = (await intake.get(f"people/{person}/data", params=why, agency=agency)).json()
        return len(data["cases"]), len(data["referrals"])

    assert await held(AGENCY) == (1, 0)
    assert await held(SENDER) == await held(RECEIVER) == (0, 1)
    assert await held("nam-gu-hope") == (0, 0)


async def test_who_joined_a_household_case_does_not_read_what_is_written_of_another(intake: World) -> None:
    cases, first = Cases(intake), await intake.person()
    joined = await intake.person(phone="010-0999-0000", name="홍길순")
    case = await cases.begun(person=first, signed_in={"agency": AGENCY})
    await cases.walked(case["id"], "assess")
    await cases.done(case["id"], "goals", {"goal": "치료를 받는다", "due_on": "2022-12-31"})
    await cases.done(case["id"], "persons", {"person": joined})
    data = (await intake.get(f"people/{joined}/data", role="citizen", subject=joined)).json()
    [shown] = data["cases"]
    assert (shown["name"], shown["goals"][0]["goal"]) == (None, None)
    own = (await intake.get(f"people/{first}/data", role="citizen", subject=first)).json()
    assert own["cases"][0]["goals"][0]["goal"] == "치료를 받는다"


async def test_appeals_and_who_looked_are_in_it_and_every_list_has_its_source(intake: World) -> None:
    await intake.market("Y22-001")
    person = await intake.person()
    application = (await intake.apply(person, ["Y22-001"])).json()["id"]
    declined = MatchRanked(
        application=UUID(application), person=UUID(person), programme=PROGRAMME, eligible=False,
        refusals=[], places=[], policy_version=1,
    )  # fmt: skip
    await intake.consume(on_matches, declined, topic="matching-matches")
    filed = await intake.post(f"applications/{application}/appeals", {"grounds": "나이를 잘못 보셨습니다."})
    assert filed.status_code == 201, filed.text
    await intake.consume(on_accesses, access(IntakeAccessRecorded, person), topic="intake-access")
    data = (await intake.get(f"people/{person}/data", role="citizen", subject=person)).json()
    assert [one["grounds"] for one in data["appeals"]] == ["나이를 잘못 보셨습니다."]
    assert [one["reason"] for one in data["accesses"]] == ["전화 상담"]
    assert [one["what"] for one in data["withheld"]] == ["reviewers-notes"]
    assert set(SOURCES) == set(OwnData.model_fields) - {"exported_at", "bases", "withheld"}
