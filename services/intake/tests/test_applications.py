"""Applications and erasures over HTTP on a real Postgres."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from ieum.common.events.matching import (
    MatchDeclined,
    MatchingErasureAcknowledged,
    MatchProposed,
    MatchRanked,
    MatchWaitlisted,
)
from ieum.intake.applications.consumers import on_matches
from ieum.intake.erasures.consumers import on_acknowledgements
from ieum.intake.erasures.jobs import destroy_due

from .world import CLEAR, OPEN_DAY, PROGRAMME, YAML, World, opening, organisation, problem

pytestmark = pytest.mark.servers


async def test_an_application_keeps_its_ranking_and_gets_a_receipt(intake: World) -> None:
    made = await intake.market("Y22-001", "Y22-002")
    person = await intake.person()
    answers = {"동기": "홍길동입니다. 웹 개발을 배우고 싶습니다."}
    answer = await intake.apply(person, ["Y22-002", made["Y22-001"]], body={"answers": answers})
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert [(one["rank"], one["code"]) for one in shown["choices"]] == [(1, "Y22-002"), (2, "Y22-001")]
    assert (shown["status"], shown["channel"], shown["programme_version"]) == ("submitted", "counter", 1)
    assert shown["receipt"].startswith("20220215-")
    (told,) = await intake.told("intake-applications")
    assert told["choices"] == [made["Y22-002"], made["Y22-001"]]
    assert told["person"] == person
    dump = await intake.dump()
    assert [clear for clear in (*CLEAR, "웹 개발을 배우고") if clear in dump] == []


@pytest.mark.parametrize(
    ("choices", "code", "pointer"),
    [
        (["Y22-001", "Y22-999"], "choice-unknown", "/choices/1"),
        (["Y22-001", "Y22-001"], "choice-duplicate", "/choices/1"),
        ([f"Y22-00{n}" for n in range(1, 7)], "choice-too-many", "/choices/5"),
        ([], "choice-too-few", "/choices/0"),
        ([str(uuid4())], "choice-unknown", "/choices/0"),
    ],
)
async def test_choices_that_cannot_be_are_refused_with_their_place(
    intake: World, choices: list[str], code: str, pointer: str
) -> None:
    await intake.market(*(f"Y22-00{n}" for n in range(1, 7)))
    answer = await intake.apply(await intake.person(), choices)
    assert problem(answer) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await intake.told("intake-applications") == []


async def test_a_new_version_takes_effect_at_once_and_what_was_applied_under_the_old_one_stays(
    intake: World,
) -> None:
    """No restart between: the second version closes a day after the first was applied for."""
    await intake.market("Y22-001")
    early = (await intake.apply(await intake.person(), ["Y22-001"])).json()
    second = YAML.replace("version: 1", "version: 2").replace("closes: 2022-03-04", "closes: 2022-02-15")
    second = second.replace("choices: {min: 1, max: 5}", "choices: {min: 0, max: 0}")
    assert (await intake.post("programmes", {"yaml": second})).status_code == 201
    other = await intake.person(phone="010-0123-9999")
    assert problem(await intake.apply(other, ["Y22-001"])) == (422, "choice-too-many")
    late = (await intake.apply(other, [])).json()
    assert (early["programme_version"], late["programme_version"]) == (1, 2)
    assert (await intake.get(f"applications/{early['id']}")).json() == early
    told = [
        (one["programme_version"], len(one["choices"])) for one in await intake.told("intake-applications")
    ]
    assert told == [(1, 1), (2, 0)]
    intake.advance(days=1)
    third = await intake.person(phone="010-0123-8888")
    assert problem(await intake.apply(third, [])) == (422, "programme-closed")


async def test_an_opening_of_another_programme_is_refused(intake: World) -> None:
    await intake.market("Y22-001")
    other = YAML.replace("id: yes-matching-2022", "id: other")
    assert (await intake.post("programmes", {"yaml": other})).status_code == 201
    firm = (await intake.post("organisations", organisation())).json()["id"]
    foreign = (await intake.post("openings", opening(firm, programme="other", code="X-1"))).json()["id"]
    person = await intake.person()
    assert problem(await intake.apply(person, ["Y22-001", foreign])) == (422, "choice-other-programme")
    assert problem(await intake.apply(person, ["X-1"])) == (422, "choice-unknown")


async def test_only_within_its_days_known_people_known_programmes(intake: World) -> None:
    await intake.market("Y22-001")
    person = await intake.person()
    unknown = {"programme": "nobody-knows"}
    assert problem(await intake.apply(person, ["Y22-001"], body=unknown)) == (422, "programme-unknown")
    assert problem(await intake.apply(str(uuid4()), ["Y22-001"])) == (422, "person-unknown")
    intake.clock._now = OPEN_DAY - timedelta(days=7)
    assert problem(await intake.apply(person, ["Y22-001"])) == (422, "programme-not-open")
    intake.clock._now = OPEN_DAY.replace(month=3, day=4, hour=14, minute=59)  # 23:59 in Korea
    assert (await intake.apply(person, ["Y22-001"])).status_code == 201
    intake.advance(minutes=1)
    assert problem(await intake.apply(await intake.person(), ["Y22-001"])) == (422, "programme-closed")


async def test_staff_may_say_on_which_day_a_window_received_it(intake: World) -> None:
    """The days of application are counted by that day; a citizen's application counts as of now."""
    await intake.market("Y22-001")
    mine = await _of_citizen(intake, "c-1")
    intake.advance(days=60)  # long closed
    assert problem(await intake.apply(mine, ["Y22-001"])) == (422, "programme-closed")
    for day, code in (("2022-02-08", "programme-not-open"), ("2022-04-17", "received-on-future")):
        assert problem(await intake.apply(mine, ["Y22-001"], body={"received_on": day})) == (422, code)
    paper = {"received_on": "2022-03-04"}
    own = await intake.apply(mine, ["Y22-001"], body=paper, role="citizen", subject="c-1")
    assert problem(own) == (422, "received-on-by-staff")
    made = await intake.apply(mine, ["Y22-001"], body=paper)
    assert made.status_code == 201, made.text
    assert made.json()["submitted_at"].startswith("2022-03-03T15:00:00")  # midnight in Korea
    (told,) = await intake.told("intake-applications")
    assert told["submitted_at"].startswith("2022-03-03T15:00:00")


async def test_one_live_application_per_person_and_programme(intake: World) -> None:
    await intake.market("Y22-001")
    person = await intake.person()
    first = await intake.apply(person, ["Y22-001"], key="a")
    assert (await intake.apply(person, ["Y22-001"], key="a")).json() == first.json()
    assert problem(await intake.apply(person, ["Y22-001"])) == (409, "application-exists")
    taken = await intake.post(f"applications/{first.json()['id']}/withdrawal")
    assert (taken.status_code, taken.json()["status"]) == (201, "withdrawn")
    again = await intake.post(f"applications/{first.json()['id']}/withdrawal")
    assert problem(again) == (409, "application-withdrawn")
    assert (await intake.apply(person, ["Y22-001"])).status_code == 201
    assert len(await intake.told("intake-applications")) == 3


async def test_the_timeline_tells_what_matching_told_whatever_the_order(intake: World) -> None:
    """Facts of an application come by several keys, hence in no order, and may be handed over twice."""
    made = await intake.market("Y22-001")
    person = await intake.person()
    id_ = (await intake.apply(person, ["Y22-001"])).json()["id"]
    about: dict[str, Any] = {"application": UUID(id_), "person": UUID(person), "programme": PROGRAMME}
    place = about | {"opening": UUID(made["Y22-001"]), "organisation": uuid4()}
    hour = timedelta(hours=1)
    proposed = MatchProposed(**place, rank=1, answer_by=OPEN_DAY + timedelta(days=5))
    facts = (
        (3, MatchDeclined(**place)),
        (2, proposed),
        (1, MatchRanked(**about, eligible=True)),
        (4, MatchWaitlisted(**about, round=uuid4(), waiting=[])),
        (5, MatchRanked(**about, eligible=True)),
    )
    for hours, fact in facts:
        await intake.consume(on_matches, fact, topic="matching-matches", at=OPEN_DAY + hours * hour)
    shown = (await intake.get(f"applications/{id_}")).json()
    assert [(step["status"], step["opening"]) for step in shown["timeline"]] == [
        ("submitted", None), ("ranked", None), ("proposed", "Y22-001"), ("declined", "Y22-001"),
        ("waiting", None), ("ranked", None),
    ]  # fmt: skip
    assert shown["status"] == "waiting"


async def test_who_took_it_back_has_the_last_word(intake: World) -> None:
    """Matching may tell of a place before it has heard of the withdrawal."""
    made = await intake.market("Y22-001")
    person = await intake.person()
    id_ = (await intake.apply(person, ["Y22-001"])).json()["id"]
    assert (await intake.post(f"applications/{id_}/withdrawal")).status_code == 201
    place = {"opening": UUID(made["Y22-001"]), "organisation": uuid4()}
    fact = MatchProposed(
        application=UUID(id_), person=UUID(person), programme=PROGRAMME, **place, rank=1, answer_by=OPEN_DAY
    )
    await intake.consume(on_matches, fact, topic="matching-matches", at=OPEN_DAY + timedelta(hours=1))
    shown = (await intake.get(f"applications/{id_}")).json()
    assert [step["status"] for step in shown["timeline"]] == ["submitted", "withdrawn", "proposed"]
    assert shown["status"] == "withdrawn"


async def test_citizens_apply_for_themselves_only(intake: World) -> None:
    await intake.market("Y22-001")
    mine = await _of_citizen(intake, "c-1")
    other = await intake.apply(mine, ["Y22-001"], role="citizen", subject="c-2")
    assert problem(other) == (422, "person-unknown")
    made = await intake.apply(mine, ["Y22-001"], role="citizen", subject="c-1")
    assert (made.status_code, made.json()["channel"], made.json()["agency"]) == (
        201,
        "web",
        "daegu-youth-centre",
    )
    path = f"applications/{made.json()['id']}"
    assert problem(await intake.get(path, role="citizen", subject="c-2")) == (404, "application-unknown")
    assert problem(await intake.post(f"{path}/withdrawal", role="citizen", subject="c-2"))[0] == 404
    assert (await intake.get(path, role="official")).status_code == 200


async def _of_citizen(intake: World, subject: str) -> str:
    from .world import HONG

    return str((await intake.post("people", HONG, role="citizen", subject=subject)).json()["id"])


async def test_without_applications_all_of_a_person_goes_at_once(intake: World) -> None:
    person = await intake.person()
    answer = await intake.post(f"people/{person}/erasure", key="gone")
    assert answer.status_code == 201, answer.text
    assert sorted(answer.json()["gone"]) == ["application", "contact", "profile"]
    assert answer.json()["kept"] == []
    assert (await intake.post(f"people/{person}/erasure", key="gone")).json() == answer.json()
    assert problem(await intake.post(f"people/{person}/erasure")) == (409, "already-erased")
    (erased,) = [one for one in await intake.told("intake-people") if "record_classes" in one]
    assert sorted(erased["record_classes"]) == ["application", "contact", "profile"]
    buried = await intake.fetch("select key from outbox where topic = 'intake-keys' and value is null")
    assert len(buried) == 3
    assert await intake.fetch("select 1 from person_key union all select 1 from person_name_part") == []
    shown = (await intake.get(f"people/{person}", params={"reveal": "확인"})).json()
    assert (shown["erased"], shown["contact"], shown["profile"]) == (True, None, None)
    assert (await intake.get("people", params={"phone": "010-0123-4567"})).json()["items"] == []
    await intake.market("Y22-001")
    assert problem(await intake.apply(person, ["Y22-001"])) == (422, "person-erased")


async def test_an_application_is_kept_by_its_article_and_goes_unasked_on_its_day(intake: World) -> None:
    """Open applications are withdrawn, which decides them: 180 days later their key is destroyed."""
    await intake.market("Y22-001")
    person = await intake.person()
    application = (await intake.apply(person, ["Y22-001"], body={"answers": {"동기": "배움"}})).json()["id"]
    shown = (await intake.post(f"people/{person}/erasure")).json()
    assert sorted(shown["gone"]) == ["contact", "profile"]
    (kept,) = shown["kept"]
    assert (kept["record_class"], kept["until"]) == ("application", "2022-08-14")  # 15 February + 180 days
    assert "제11조제3항" in kept["article"]
    assert (await intake.get(f"applications/{application}")).json()["status"] == "withdrawn"
    assert [row["kid"].split("/")[1] for row in await intake.fetch("select kid from person_key")] == [
        "application"
    ]
    intake.advance(days=179)
    assert await destroy_due(intake.service) == 0
    intake.advance(days=1)
    assert await destroy_due(intake.service) == 1
    assert await destroy_due(intake.service) == 0
    assert await intake.fetch("select 1 from person_key") == []
    assert await intake.fetch("select 1 from application where details is not null or choices <> '{}'") == []
    erased = [one["record_classes"] for one in await intake.told("intake-people") if "record_classes" in one]
    assert erased == [["contact", "profile"], ["application"]]
    (kept,) = (await intake.get(f"people/{person}/erasure")).json()["kept"]
    assert kept["destroyed_at"] is not None


async def test_an_erasure_shows_which_holders_are_done(intake: World) -> None:
    person = await _of_citizen(intake, "c-1")
    path = f"people/{person}/erasure"
    assert problem(await intake.get(path)) == (404, "erasure-unknown")
    assert problem(await intake.post(path, role="citizen", subject="c-2")) == (404, "person-unknown")
    asked = await intake.post(path, role="citizen", subject="c-1")
    assert asked.json()["waiting_for"] == ["matching", "notify", "audit"]
    word = MatchingErasureAcknowledged(person=UUID(person), record_classes=["profile", "application"])
    for _ in range(2):
        await intake.consume(on_acknowledgements, word, topic="matching-acknowledgements")
    shown = (await intake.get(path, role="citizen", subject="c-1")).json()
    assert shown["waiting_for"] == ["notify", "audit"]
    assert [(one["holder"], one["record_classes"]) for one in shown["acknowledged"]] == [
        ("matching", ["application", "profile"])
    ]


async def put(intake: World, made: str, version: str | None, choices: list[str], **who: Any) -> Any:
    headers = intake.headers(**who) | ({"If-Match": version} if version else {})
    body = {"choices": choices, "answers": {"동기": "마음이 바뀌었습니다."}}
    return await intake.client.put(f"/intake/applications/{made}", json=body, headers=headers)


async def test_a_change_replaces_choices_and_form_and_is_told(intake: World) -> None:
    openings = await intake.market("Y22-001", "Y22-002")
    person = await intake.person()
    made = (await intake.apply(person, ["Y22-001"])).json()["id"]
    seen = (await intake.get(f"applications/{made}")).headers["ETag"]
    answer = await put(intake, made, seen, ["Y22-002", "Y22-001"])
    assert answer.status_code == 200, answer.text
    assert [one["code"] for one in answer.json()["choices"]] == ["Y22-002", "Y22-001"]
    assert answer.headers["ETag"] == '"2"'
    told = (await intake.told("intake-applications"))[-1]
    assert told["choices"] == [openings["Y22-002"], openings["Y22-001"]]
    assert "마음이 바뀌었습니다" not in await intake.dump()


async def test_a_stale_change_overwrites_nothing(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    made = (await intake.apply(await intake.person(), ["Y22-001"])).json()["id"]
    assert (await put(intake, made, '"1"', ["Y22-002"])).status_code == 200
    assert problem(await put(intake, made, '"1"', ["Y22-001"])) == (412, "stale")
    assert problem(await put(intake, made, 'W/"2"', ["Y22-001"])) == (400, "if-match-malformed")
    assert problem(await put(intake, made, None, ["Y22-001"])) == (428, "if-match-missing")
    shown = (await intake.get(f"applications/{made}")).json()
    assert [one["code"] for one in shown["choices"]] == ["Y22-002"]
    assert len(await intake.told("intake-applications")) == 2


async def test_nothing_is_changed_after_a_decision_or_the_last_day(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    person = await intake.person()
    made = (await intake.apply(person, ["Y22-001"])).json()["id"]
    assert problem(await put(intake, made, '"1"', ["Y22-009"])) == (422, "choice-unknown")
    about = {"application": UUID(made), "person": UUID(person), "programme": PROGRAMME}
    waitlisted = MatchWaitlisted(**about, round=uuid4(), waiting=[])
    await intake.consume(on_matches, waitlisted, topic="matching-matches")
    assert problem(await put(intake, made, '"1"', ["Y22-002"])) == (409, "application-decided")
    other = await intake.person(name="성춘향", phone="010-7654-3210", email="spring@mail.ieum.test")
    late = (await intake.apply(other, ["Y22-001"])).json()["id"]
    intake.advance(days=60)
    assert problem(await put(intake, late, '"1"', ["Y22-002"])) == (422, "programme-closed")
