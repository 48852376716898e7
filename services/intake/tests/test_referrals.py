"""Referrals over HTTP on a real Postgres: the loop, what each side sees, room, slots, the clock."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from ieum.common.events.intake_referrals import ReferralNote
from ieum.common.events.model import Sealed
from ieum.common.events.registry import Registry
from ieum.common.privacy.objects import open_sealed
from ieum.intake.referrals import store
from ieum.intake.referrals.jobs import lapse_due

from .referrals import RECEIVER, SENDER, STRANGER, body, has_room, sent, state_room, step, walk
from .world import OPEN_DAY, World, problem

pytestmark = pytest.mark.servers


async def _facts(intake: World) -> list[str]:
    rows = await intake.fetch("select headers from outbox where topic = 'intake-referrals' order by id")
    return [dict(_pairs(row["headers"]))["ce_type"].split(".")[4] for row in rows]


def _pairs(raw: str) -> Any:
    import json

    return json.loads(raw)


async def test_the_loop_from_a_window_to_another_and_back(intake: World) -> None:
    """Both see each state, with its owner and time; each fact is an event that its model reads."""
    one = await sent(intake)
    assert (one["status"], one["version"], one["owner"]) == ("sent", 1, RECEIVER)
    assert one["due_at"] == (OPEN_DAY + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    for verb, status, owner in (
        ("receive", "received", RECEIVER), ("accept", "accepted", RECEIVER), ("serve", "served", SENDER),
        ("close", "closed", None),
    ):  # fmt: skip
        one = await walk(intake, one, verb)
        assert (one["status"], one["owner"]) == (status, owner)
        assert (one["due_at"] is None) is (status == "closed")
    for agency in (SENDER, RECEIVER):
        shown = await intake.get(f"referrals/{one['id']}", agency=agency)
        assert shown.headers["ETag"] == '"5"'
        facts = [line["fact"] for line in shown.json()["history"]]
        assert facts == ["sent", "received", "accepted", "served", "closed"]
    assert await _facts(intake) == ["sent", "received", "accepted", "served", "closed"]
    registry = Registry.load()
    for name, told in zip(facts, await intake.told("intake-referrals"), strict=True):
        data = registry.model(f"kr.ieum.intake.referral.{name}.v1").model_validate(told)
        assert str(data.model_dump()["person"]) == (await intake.fetch("select id::text from person"))[0][0]


async def test_who_it_is_about_is_seen_after_acceptance_for_a_reason_that_is_recorded(intake: World) -> None:
    one = await sent(intake)
    path = f"referrals/{one['id']}"
    before = await intake.get(path, agency=RECEIVER)
    told = before.json()
    assert (told["need"], told["urgency"], told["district"], told["life_stage"]) == (
        "debt", "soon", "27290", "youth",
    )  # fmt: skip
    assert (told["person"], told["contact"], told["note"]) == (None, None, None)
    assert str((await intake.fetch("select person from referral"))[0][0]) not in before.text
    early = await intake.get(path, agency=RECEIVER, params={"reveal": "전화 상담"})
    assert problem(early) == (403, "referral-not-accepted")
    assert await intake.told("intake-access") == []

    await walk(intake, one, "receive", "accept")
    opened = (await intake.get(path, agency=RECEIVER, params={"reveal": "전화 상담"})).json()
    contact = {"name": "홍길동", "phone": "+821001234567", "email": "hong@mail.ieum.test"}
    assert {name: opened["contact"][name] for name in contact} == contact
    assert opened["note"].startswith("월세가")
    accesses = [
        (one["record_classes"], one["agency"], one["reason"]) for one in await intake.told("intake-access")
    ]
    assert accesses == [(["contact"], RECEIVER, "전화 상담"), (["case"], RECEIVER, "전화 상담")]
    refused = await intake.get(path, agency=RECEIVER, params={"reveal": "900101-1234567 확인"})
    assert problem(refused) == (422, "forbidden-number")

    late = await walk(intake, (await intake.get(path, agency=RECEIVER)).json(), "serve", "close")
    assert late["status"] == "closed"
    assert problem(await intake.get(path, agency=RECEIVER, params={"reveal": "확인"}))[0] == 403


async def test_notes_and_sentences_are_sealed_under_a_key_told_before_them(intake: World) -> None:
    """The first note issues the key of class `case`; another service opens the events with what was told."""
    one = await sent(intake)
    await walk(intake, one, "receive")
    back = {"reason": "other", "sentence": "어제 부산으로 이사하셨습니다."}
    assert (await step(intake, one["id"], "return", 2, json=back)).status_code == 200
    dump = await intake.dump()
    assert [clear for clear in ("월세가", "부산", "0123-4567") if clear in dump] == []
    keys = [key["kid"] for key in await intake.told("intake-keys")]
    assert [kid.split("/")[1] for kid in keys].count("case") == 1
    order = await intake.fetch("select topic, key from outbox order by id")
    first = [(row["topic"], row["key"]) for row in order]
    kid = next(kid for kid in keys if "/case/" in kid)
    assert first.index(("intake-keys", kid)) < first.index(("intake-referrals", one["id"]))
    told = await intake.told("intake-referrals")
    async with intake.service.database.unit_of_work(_nobody(), "intake") as tx:
        key = (await tx.fetch_keys([kid]))[kid]
    texts = [
        open_sealed(Sealed.model_validate(told[n]["private"]["case"]), key, ReferralNote) for n in (0, 2)
    ]
    assert [text.note for text in texts if text] == [body("")["note"], back["sentence"]]
    shown = await intake.get(f"referrals/{one['id']}", agency=SENDER, params={"reveal": "회신 확인"})
    assert shown.json()["answer"] == back["sentence"]


def _nobody() -> Any:
    from ieum.common.postgres import Actor

    return Actor("service", "intake/test")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"to_agency": "nowhere"}, 422, "agency-unknown"),
        ({"to_agency": SENDER}, 422, "referral-to-oneself"),
        ({"person": str(uuid4())}, 422, "person-unknown"),
        ({"programme": "no-such-programme"}, 422, "programme-unknown"),
        ({"basis": "agreement"}, 422, "agreement-missing"),
        ({"basis": "curiosity"}, 422, "invalid-request"),
        ({"need": "Debt!"}, 422, "invalid-request"),
        ({"note": "주민번호 900101-1234567"}, 422, "forbidden-number"),
    ],
)
async def test_what_cannot_be_sent_is_refused_and_nothing_stays(
    intake: World, change: dict[str, Any], status: int, code: str
) -> None:
    answer = await intake.post("referrals", body(await intake.person()) | change, agency=SENDER)
    assert problem(answer) == (status, code), answer.text
    for table in ("referral", "referral_slot", "referral_capacity", "referral_ticket", "referral_change"):
        assert await intake.fetch(f"select 1 from {table}") == []
    assert "900101" not in await intake.dump()


async def test_staff_without_an_agency_and_other_roles_send_nothing(intake: World) -> None:
    person = await intake.person()
    assert problem(await intake.post("referrals", body(person), agency=None)) == (403, "agency-missing")
    assert problem(await intake.post("referrals", body(person), role="citizen"))[0] == 403
    assert problem(await intake.get("referrals", agency=None)) == (403, "agency-missing")


async def test_a_second_one_for_the_same_need_is_refused_with_the_number_alone(intake: World) -> None:
    """By whichever agency; after it came back, or after the window, there may be another."""
    person = await intake.person()
    await intake.confer(person, STRANGER)
    one = await sent(intake, person)
    again = await intake.post("referrals", body(person, to_agency=SENDER), agency=STRANGER)
    assert problem(again) == (409, "referral-open")
    assert one["number"] in again.text
    assert RECEIVER not in again.text
    await sent(intake, person, need="housing")
    await walk(intake, one, "receive", "return")
    second = await sent(intake, person)
    assert problem(await intake.post("referrals", body(person), agency=SENDER)) == (409, "referral-open")
    await walk(intake, second, "receive", "accept")
    intake.advance(days=90)
    third = await sent(intake, person)
    closing = (await intake.get(f"referrals/{second['id']}", agency=RECEIVER)).json()
    await walk(intake, closing, "serve", "close")  # which must not free the slot that is the third's by now
    refused = await intake.post("referrals", body(person), agency=SENDER)
    assert problem(refused) == (409, "referral-open")
    assert third["number"] in refused.text


async def test_of_many_at_the_same_time_one_is_sent(intake: World) -> None:
    person = await intake.person()
    answers = await asyncio.gather(
        *(
            intake.post("referrals", body(person, to_agency=to), agency=SENDER)
            for to in (RECEIVER, STRANGER) * 6
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"referral-open"}
    assert len(await intake.fetch("select 1 from referral")) == 1
    assert (await intake.fetch("select sum(taken) from referral_capacity"))[0][0] == 1


async def test_the_slot_is_the_databases_and_needs_no_other_lock(intake: World) -> None:
    """Straight on the store, where no person's row is locked: of eight transactions one gets the slot."""
    until = intake.clock.now() + timedelta(days=90)

    async def hold(number: str) -> str | None:
        async with intake.service.database.unit_of_work(_nobody(), "intake") as tx:
            return await store.hold(tx, b"s" * 16, uuid4(), number, until)

    found = await asyncio.gather(*(hold(str(n)) for n in range(8)))
    assert found.count(None) == 1
    winner = str(found.index(None))
    assert {one for one in found if one is not None} == {winner}


async def test_a_time_without_a_zone_or_far_away_is_refused(intake: World) -> None:
    one = await walk(intake, await sent(intake), "receive")
    for at in ("2022-02-16T09:00:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"):
        ticket = {"place": "본관 2층", "from_at": at, "until_at": at}
        answer = await step(intake, one["id"], "accept", one["version"], json={"ticket": ticket})
        assert answer.status_code == 422, answer.text


async def test_room_is_asked_before_anybody_is_named_and_the_last_place_goes_once(intake: World) -> None:
    assert await has_room(intake) == ("not-stated", True)
    assert await state_room(intake, 2) == {"agency": RECEIVER, "need": "debt", "room": "open", "takes": True}
    people = [await intake.person(name=name) for name in ("홍길동", "김철수", "이영희", "박민수")]
    answers = await asyncio.gather(
        *(intake.post("referrals", body(person), agency=SENDER) for person in people)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409]
    assert {problem(answer)[1] for answer in answers if answer.status_code == 409} == {"full"}
    assert await has_room(intake) == ("full", False)
    one = next(answer.json() for answer in answers if answer.status_code == 201)
    one = await walk(intake, one, "receive", "accept")
    assert await has_room(intake) == ("full", False)
    await walk(intake, one, "serve")
    assert await has_room(intake) == ("open", True)
    await state_room(intake, 1)
    assert await has_room(intake) == ("full", False)
    await state_room(intake, None)
    assert await has_room(intake) == ("open", True)
    await state_room(intake, None, accepting=False)
    left = await intake.person(name="최지우")
    refused = await intake.post("referrals", body(left), agency=SENDER)
    assert problem(refused) == (409, "full")
    assert "최지우" not in refused.text


async def test_a_stale_change_overwrites_nothing(intake: World) -> None:
    one = await sent(intake)
    assert problem(await step(intake, one["id"], "receive", None)) == (428, "if-match-missing")
    assert problem(await step(intake, one["id"], "receive", 2)) == (412, "stale")
    answers = await asyncio.gather(*(step(intake, one["id"], "receive", 1) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]
    assert problem(await step(intake, one["id"], "close", 2, agency=SENDER)) == (409, "step-impossible")
    assert problem(await step(intake, one["id"], "accept", 2, agency=SENDER)) == (403, "not-your-step")
    assert await _facts(intake) == ["sent", "received"]


async def test_the_clock_reminds_after_a_day_and_sends_back_after_a_week(intake: World) -> None:
    one = await sent(intake)
    intake.advance(hours=23)
    assert await lapse_due(intake.service) == 0
    intake.advance(hours=1)
    assert sum(await asyncio.gather(*(lapse_due(intake.service) for _ in range(4)))) == 1
    assert await _facts(intake) == ["sent", "overdue"]
    overdue = (await intake.told("intake-referrals"))[-1]
    assert (overdue["step"], overdue["owner"]) == ("receive", RECEIVER)
    assert overdue["missed_at"] == one["due_at"]
    intake.advance(days=6)
    assert await lapse_due(intake.service) == 1
    assert await lapse_due(intake.service) == 0
    back = (await intake.get(f"referrals/{one['id']}", agency=SENDER)).json()
    assert (back["status"], back["reason"], back["owner"]) == ("returned", "no-answer", SENDER)
    assert problem(await step(intake, one["id"], "accept", back["version"])) == (409, "step-impossible")
    await walk(intake, back, "close")
    intake.advance(days=400)
    assert await lapse_due(intake.service) == 0


async def test_timers_run_once_whoever_runs_them(intake: World) -> None:
    """Eight runners at once; each overdue referral is told of once, as its time is moved."""
    for name in ("홍길동", "김철수", "이영희", "박민수", "최지우"):
        await sent(intake, await intake.person(name=name))
    intake.advance(days=1)

    async def run() -> int:
        done = 0
        while await lapse_due(intake.service):
            done += 1
        return done

    assert sum(await asyncio.gather(*(run() for _ in range(8)))) == 5
    assert (await _facts(intake)).count("overdue") == 5
    rows = await intake.fetch("select owner, due_at, version from referral")
    assert {(row["owner"], row["due_at"], row["version"]) for row in rows} == {
        (RECEIVER, OPEN_DAY + timedelta(days=7), 2)
    }


async def test_a_ticket_says_number_place_and_time_and_nothing_else(intake: World) -> None:
    one = await sent(intake)
    path = f"/intake/tickets/{one['number']}"
    first = await intake.client.get(path)
    assert first.json() == {"number": one["number"], "place": None, "from_at": None, "until_at": None}
    one = await walk(intake, one, "receive")
    at = [(OPEN_DAY + timedelta(days=1, hours=hours)).isoformat() for hours in (0, 2)]
    telling = {"ticket": {"place": "중구 희망복지지원단", "from_at": at[0], "until_at": at[1]}}
    assert problem(await step(intake, one["id"], "accept", 2, json=telling)) == (422, "place-telling")
    neutral = {"ticket": telling["ticket"] | {"place": "본관 2층 3번 창구"}}
    assert (await step(intake, one["id"], "accept", 2, json=neutral)).status_code == 200
    shown = await intake.client.get(path)
    assert set(shown.json()) == {"number", "place", "from_at", "until_at"}
    assert shown.json()["place"] == "본관 2층 3번 창구"
    words = (RECEIVER, SENDER, "debt", "hope", "복지", "청년", "welfare", "refer")
    assert [word for word in words if word in shown.text] == []
    intake.advance(days=2)
    assert (await intake.client.get(path)).json()["place"] is None
    assert problem(await intake.client.get("/intake/tickets/20220215-0000000000")) == (404, "ticket-unknown")


async def test_boxes_list_the_most_urgent_first_for_each_side(intake: World) -> None:
    one = await sent(intake)
    intake.advance(hours=1)
    two = await sent(intake, await intake.person(name="김철수"))
    await walk(intake, one, "receive", "return", "close")

    async def box(agency: str, **params: Any) -> list[str]:
        found = await intake.get("referrals", params=params, agency=agency)
        return [item["id"] for item in found.json()["items"]]

    assert await box(RECEIVER) == [two["id"]]
    assert await box(RECEIVER, open=False) == [two["id"], one["id"]]
    assert await box(RECEIVER, box="sent", open=False) == []
    assert await box(SENDER, box="sent") == [two["id"]]
    assert await box(STRANGER, open=False) == []


async def test_sent_twice_under_one_key_is_sent_once(intake: World) -> None:
    asked = body(await intake.person())
    first = await intake.post("referrals", asked, agency=SENDER, key="once")
    again = await intake.post("referrals", asked, agency=SENDER, key="once")
    assert (again.status_code, again.json()) == (201, first.json())
    assert len(await intake.fetch("select 1 from referral")) == 1


async def test_what_a_return_says_of_the_erased_is_not_kept(intake: World) -> None:
    """No key is made anew for somebody who asked to be forgotten; the step itself goes on."""
    person = await intake.person()
    one = await sent(intake, person, note=None)
    await walk(intake, one, "receive")
    assert (await intake.post(f"people/{person}/erasure")).status_code == 201
    back = {"reason": "other", "sentence": "연락하지 말라고 하셨습니다."}
    assert (await step(intake, one["id"], "return", 2, json=back)).status_code == 200
    assert await intake.fetch("select 1 from person_key where person = $1", UUID(person)) == []
    assert (await intake.fetch("select answer from referral"))[0]["answer"] is None
    new = await intake.post("referrals", body(person), agency=SENDER)
    assert problem(new) == (422, "person-erased")


@pytest.mark.parametrize("steps", [(), ("receive", "accept", "serve", "close")])
async def test_erasure_answers_for_what_a_referral_holds(intake: World, steps: tuple[str, ...]) -> None:
    """The class `case` is kept by its article, counted from the last closed referral or case."""
    person = await intake.person()
    await walk(intake, await sent(intake, person), *steps)
    answer = await intake.post(f"people/{person}/erasure", role="staff")
    assert answer.status_code == 201, answer.text
    (told,) = [fact for fact in await intake.told("intake-people") if "record_classes" in fact]
    [kept] = [one for one in told["kept"] if one["record_class"] == "case"]
    assert kept["until"] == intake.service.city.retention_of("case").ends(OPEN_DAY.date()).isoformat()
    assert len(await intake.fetch("select 1 from referral where note is not null")) == 1
