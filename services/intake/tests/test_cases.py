"""Cases over HTTP on a real Postgres: reports without a name, moves, isolation, lateness, forgetting."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from ieum.common.events.matching_assignments import AssignmentConfirmed
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.cases import jobs
from ieum.intake.cases.consumers import on_assignments
from ieum.intake.erasures.jobs import destroy_due as destroy_erased
from ieum.intake.erasures.jobs import destroy_freed
from ieum.intake.people.actions import Desk

from .cases import AGENCY, CLEAR, DUTY, LEAD, REPORTER, TO_AFTERCARE, TO_SERVING, TOLD, Cases
from .world import OPEN_DAY, World, problem

pytestmark = pytest.mark.servers
OTHER = "suseong-gu-hope"
MET = {"role": "supervisor", "agency": "daegu-social-service"}


@pytest.fixture
def cases(intake: World) -> Cases:
    return Cases(intake)


async def test_anybody_reports_without_a_name_and_follows_by_code(cases: Cases) -> None:
    form = await cases.world.client.get("/intake/reports/form")
    assert form.status_code == 200
    numbers = [one["number"] for one in form.json()["emergency"]]
    assert numbers == ["119", "112", "1393", "1577-0199", "1388", "1366", "129"]  # of 2022
    answer = await cases.report()
    assert answer.status_code == 201, answer.text
    receipt = answer.json()["receipt"]
    assert [one["number"] for one in answer.json()["emergency"]] == numbers
    found = await cases.world.client.get(f"/intake/reports/{receipt.lower().replace('-', '')}")
    assert found.json() == {
        "status": {"ko": "신고 접수", "en": "Report received"},
        "next_step": {"ko": "초기상담", "en": "First counselling"},
    }
    for code in ("0000-0000-0000-0000", "nothing", receipt[:-1]):
        assert problem(await cases.world.client.get(f"/intake/reports/{code}")) == (404, "report-unknown")
    [told] = await cases.world.told("intake-cases")
    assert (told["emergency_numbers"], told["urgent"], told["channel"]) == (numbers, False, "web")


async def test_the_same_report_sent_twice_is_one_and_gives_its_code_again(cases: Cases) -> None:
    headers = {"Idempotency-Key": str(uuid4())}
    first, again = [
        await cases.world.client.post("/intake/reports", json=TOLD, headers=headers) for _ in range(2)
    ]
    assert (again.status_code, again.json()) == (201, first.json())
    assert len((await cases.list())["items"]) == 1
    weak = {"Idempotency-Key": "k1"}
    refused = await cases.world.client.post("/intake/reports", json=TOLD, headers=weak)
    assert problem(refused) == (400, "idempotency-key-malformed")


async def test_nothing_told_and_nobody_who_told_is_in_clear_anywhere_or_in_any_event(cases: Cases) -> None:
    """Every column of every table, every event; the citizen who reported leaves no trace of their account."""
    citizen = {"role": "citizen", "subject": "c-reporter-7"}
    case = await cases.begun(reporter=REPORTER, signed_in=citizen)
    await cases.done(case["id"], "steps", {"to": "assess", "reason": "성춘향 님 댁을 방문하였습니다."})
    dump = await cases.world.dump()
    assert [clear for clear in (*CLEAR, "c-reporter-7") if clear in dump] == []
    outbox = await cases.world.fetch("select topic, key, headers, convert_from(value, 'UTF8') v from outbox")
    [report] = await cases.world.fetch("select id, reporter from case_report")
    ciphertext = (
        report["reporter"] if isinstance(report["reporter"], dict) else json.loads(report["reporter"])
    )
    for row in outbox:
        if row["topic"] != "intake-keys":  # a key says whose report, not by whom
            assert "reporter" not in row["v"]
            assert str(report["id"]) not in row["v"] + row["key"] + row["headers"]
        assert ciphertext["ciphertext"] not in row["v"]


async def test_keys_come_before_what_is_sealed_under_them(cases: Cases) -> None:
    await cases.begun(reporter=REPORTER)
    topics = [row["topic"] for row in await cases.world.fetch("select topic from outbox order by id")]
    assert topics == ["intake-keys"] * 3 + ["intake-cases"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"source": "radio"}, "source-unknown"),
        ({"district": "27720"}, "district-unknown"),  # Gunwi joins in 2023
        ({"phone": "12"}, "phone-number"),
        ({"agency": AGENCY}, "stated-by-staff"),
        ({"channel": "phone"}, "stated-by-staff"),
        ({"person": str(uuid4())}, "person-by-sign-in"),
        ({"situation": "주민번호 970305-1234567"}, "forbidden-number"),
        ({"reporter": {"relation": "970305-1234567"}}, "forbidden-number"),
        ({"unknown": 1}, "unknown-field"),
    ],
)
async def test_a_report_that_cannot_be_is_refused(cases: Cases, changes: dict[str, Any], code: str) -> None:
    answer = await cases.report(**changes)
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["errors"]] == [code]
    assert await cases.world.told("intake-cases") == []


async def test_staff_take_a_report_by_phone_or_from_a_school_for_a_registered_person(cases: Cases) -> None:
    person = await cases.world.person()
    phone = await cases.begun(person=person, signed_in={"agency": "daegu-education-office"}, channel="school")
    assert (phone["persons"], phone["channel"], phone["agency"]) == ([person], "school", AGENCY)
    again = await cases.begun(person=person, signed_in={"agency": OTHER})
    assert (again["persons"], again["channel"]) == ([person], "phone")
    refused = await cases.report(signed_in={"agency": OTHER}, agency="daegu-volunteers")
    assert problem(refused) == (422, "agency-without-desk")
    asked = await cases.report(signed_in={"agency": OTHER}, agency="daegu-mental-health")
    assert asked.status_code == 201
    theirs = await cases.list(agency="daegu-mental-health", subject="daegu-mental-health-lead")
    assert [one["owner"] for one in theirs["items"]] == ["daegu-mental-health-duty"]


async def test_a_case_walks_through_the_steps_of_daegu_and_is_told_of(cases: Cases) -> None:
    case = await cases.begun()
    id_ = case["id"]
    assert (case["owner"], case["step_name"]["ko"], case["version"]) == (DUTY, "발굴", 1)
    assert case["due_at"] == "2022-02-16T14:59:59Z"
    await cases.done(id_, "owner", {"owner": "lee"}, by="lee")
    await cases.done(id_, "steps", {"to": "assess", "reason": "방문하였습니다."}, by="lee")
    survey = await cases.walked(id_, "advance", "advance")
    assert (survey["step"], survey["due_at"]) == ("survey", "2022-02-25T14:59:59Z")
    goal = await cases.done(
        id_, "goals", {"goal": "끼니를 거르지 않습니다.", "due_on": "2022-05-01"}, by="lee"
    )
    assert [(one["goal"], one["due_on"]) for one in goal["goals"]] == [(None, "2022-05-01")]
    held = {"held_on": "2022-02-14", "participants": [MET], "decision": "통합사례관리 대상입니다."}
    await cases.done(id_, "conferences", held)
    await cases.walked(id_, "advance", "plan")
    meals = {"service": "meals", "provider": "daegu-welfare-centre", "since": "2022-02-01",
             "until": "2022-02-28", "cost_won": 210000}  # fmt: skip
    await cases.done(id_, "services", meals)
    await cases.walked(id_, "advance", "monitor", "follow-up")
    closed = await cases.done(id_, "closing", {"reason": "goals-met", "words": "잘 지내십니다."}, by="lee")
    assert (closed["state"], closed["due_at"], closed["owner"]) == ("closed", None, "lee")
    opened = (await cases.show(id_, reveal="사후관리 확인")).json()
    assert opened["told"]["name"] == "성춘향"
    assert opened["goals"][0]["goal"] == "끼니를 거르지 않습니다."
    assert opened["conferences"][0]["decision"] == "통합사례관리 대상입니다."
    assert [one["reason"] for one in opened["timeline"] if one["reason"]] == [
        "방문하였습니다.",
        "잘 지내십니다.",
    ]
    again = await cases.done(id_, "reopening", {"reason": "다시 어려워지셨습니다."}, by="park")
    assert (again["state"], again["owner"], again["step"]) == ("consulting", "park", "first-counselling")
    rows = await cases.world.fetch("select headers from outbox where topic = 'intake-cases' order by id")
    told = [dict(json.loads(row["headers"])) for row in rows]
    assert [one["ce_type"].split(".")[4] for one in told] == [
        "reported", "assessed", "planned", "service_provided", "monitored", "followed_up", "closed",
        "reopened",
    ]  # fmt: skip
    assert [int(one["ce_sequence"]) for one in told] == list(range(1, 9))
    service = (await cases.world.told("intake-cases"))[3]
    assert {name: service[name] for name in meals} == meals
    assert (await cases.world.told("intake-cases"))[2]["goals"] == 1
    dump = await cases.world.dump()
    assert [words for words in ("끼니", "통합사례관리 대상입", "다시 어려워") if words in dump] == []


async def test_every_opening_is_recorded_with_its_reason(cases: Cases) -> None:
    case = await cases.begun()
    assert (await cases.show(case["id"])).json()["told"] is None
    assert await cases.world.told("intake-access") == []
    await cases.show(case["id"], reveal="상담 준비")
    [access] = await cases.world.told("intake-access")
    assert (access["reason"], access["actor"], access["person"]) == ("상담 준비", LEAD, case["persons"][0])
    refused = await cases.show(case["id"], reveal="970305-1234567")
    assert refused.status_code == 422


async def test_a_stale_edit_is_412_a_missing_version_428_and_nothing_is_overwritten(cases: Cases) -> None:
    """Two colleagues read version 1; the first one's change stands."""
    case = await cases.begun()
    assert (await cases.show(case["id"])).headers["ETag"] == '"1"'
    first = await cases.do(case["id"], "owner", {"owner": "lee"}, version=1, key="one")
    assert first.status_code == 201
    before = await cases.world.fetch("select * from case_file")
    bodies: dict[str, dict[str, Any]] = {
        "owner": {"owner": "park"},
        "steps": {"to": "assess"},
        "closing": {"reason": "set-aside"},
        "reopening": {"reason": "다시"},
        "persons": {"person": await cases.world.person()},
        "goals": {"goal": "목표", "due_on": "2030-01-01"},
        "services": {"service": "meals", "provider": "x", "since": "2022-02-01", "until": "2022-02-01"},
        "conferences": {"held_on": "2022-02-01", "participants": [MET], "decision": "c"},
        "notes": {"topic": "health", "text": "기록"},
    }  # fmt: skip
    for path, body in bodies.items():
        stale = await cases.do(case["id"], path, body, version=1)
        assert problem(stale) == (412, "stale"), path
        missing = await cases.do(case["id"], path, body, version=None)
        assert problem(missing) == (428, "if-match-missing"), path
    assert await cases.world.fetch("select * from case_file") == before
    repeated = await cases.do(case["id"], "owner", {"owner": "lee"}, version=1, key="one")
    assert (repeated.status_code, repeated.json()["version"]) == (201, 2)  # the same request, not a new one


async def test_staff_see_the_cases_of_their_agency_alone_over_http(cases: Cases) -> None:
    mine = await cases.begun()
    assert (await cases.list(agency=OTHER, subject=f"{OTHER}-lead"))["items"] == []
    id_ = mine["id"]
    for path in (
        f"cases/{id_}",
        f"cases/{id_}/reporter?reveal=abc",
        f"cases/{id_}/notes/{uuid4()}?reveal=abc",
    ):
        assert problem(await cases.world.get(path, agency=OTHER)) == (404, "case-unknown")
    refused = await cases.do(id_, "owner", {"owner": "x"}, version=1, agency=OTHER)
    assert problem(refused) == (404, "case-unknown")
    moved = await cases.world.post("cases/handover", {"from": DUTY, "to": "x"}, agency=OTHER, subject=DUTY)
    assert moved.json() == {"cases": 0}
    for role in ("citizen", "workplace", "operator", "auditor"):
        assert problem(await cases.world.get("cases", role=role)) == (403, "forbidden")
    assert (await cases.world.client.get("/intake/cases")).status_code == 401


async def test_row_level_security_alone_hides_other_agencies_rows(cases: Cases) -> None:
    """Without any action's help: plain SQL as the application's role, for each table and kind of actor."""
    case = await cases.begun(reporter=REPORTER)
    await cases.walked(case["id"], *TO_SERVING)
    await cases.done(case["id"], "goals", {"goal": "목표", "due_on": "2022-05-01"})
    await cases.done(case["id"], "notes", {"topic": "violence", "text": "기록", "readers": ["lee"]})
    body = {"service": "meals", "provider": "x", "since": "2022-02-01", "until": "2022-02-01"}
    await cases.done(case["id"], "services", body)
    await cases.done(
        case["id"], "conferences", {"held_on": "2022-02-01", "participants": [MET], "decision": "c"}
    )
    tables = [row["t"] for row in await cases.world.fetch(
        "select tablename as t from pg_tables where schemaname = 'public' and tablename like 'case\\_%'"
    )]  # fmt: skip
    assert len(tables) == 8
    database = cases.world.service.database
    ours, staff = Actor("staff", "lee", AGENCY, frozenset({"staff"})), frozenset({"staff"})
    strangers = [
        Actor("staff", LEAD, OTHER, staff), Actor("staff", LEAD, None, staff), Actor("person", LEAD),
        Actor("public", "public"), Actor("workplace", LEAD, AGENCY, frozenset({"workplace"})),
        Actor("staff", LEAD, AGENCY, frozenset({"operator", "auditor"})),
    ]  # fmt: skip
    for table in tables:
        async with database.unit_of_work(ours, purposes.INTAKE) as tx:
            assert await tx.fetchval(f"select count(*) from {table}") > 0, table
        for stranger in strangers:
            column = "owner" if table == "case_file" else "case_id"
            async with database.unit_of_work(stranger, purposes.INTAKE) as tx:
                assert await tx.fetchval(f"select count(*) from {table}") == 0, (table, stranger)
                assert await tx.execute(f"update {table} set {column} = {column}") == "UPDATE 0"
                assert await tx.execute(f"delete from {table}") == "DELETE 0"
    async with database.unit_of_work(Actor("staff", "park", AGENCY, staff), purposes.INTAKE) as tx:
        assert await tx.fetchval("select count(*) from case_note") == 0, "not named"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.unit_of_work(Actor("staff", "lee", OTHER, staff), purposes.INTAKE) as tx:
            await tx.execute(
                "insert into case_goal values ($1, $2, null, $3, 'x', $4)",
                uuid4(), UUID(case["id"]), OPEN_DAY.date(), OPEN_DAY,
            )  # fmt: skip


async def test_a_restricted_note_is_for_the_staff_it_names_and_its_opening_is_recorded(cases: Cases) -> None:
    case = await cases.begun()
    body = {"topic": "mental-health", "text": "우울감을 말씀하셨습니다.", "readers": ["park"]}
    written = await cases.done(case["id"], "notes", body, by="lee")
    [note] = written["notes"]
    assert (note["readers"], note["written_by"]) == (["lee", "park"], "lee")
    assert "mental-health" not in json.dumps(written)
    path = f"cases/{case['id']}/notes/{note['id']}"
    opened = await cases.world.get(path, params={"reveal": "상담 준비"}, agency=AGENCY, subject="park")
    assert (opened.json()["topic"], opened.json()["text"]) == ("mental-health", "우울감을 말씀하셨습니다.")
    [access] = await cases.world.told("intake-access")
    assert (access["record_classes"], access["reason"], access["actor"]) == (
        ["restricted"],
        "상담 준비",
        "park",
    )
    assert (await cases.show(case["id"], by=LEAD)).json()["notes"] == []
    lead = await cases.world.get(path, params={"reveal": "궁금"}, agency=AGENCY, subject=LEAD)
    assert problem(lead) == (404, "note-unknown")
    unasked = await cases.world.get(path, agency=AGENCY, subject="park")
    assert unasked.status_code == 422
    assert "우울감" not in await cases.world.dump()


async def test_the_reporter_is_for_owner_and_lead_and_gone_five_days_after_the_report_was_handled(
    cases: Cases,
) -> None:
    case = await cases.begun(reporter=REPORTER)
    path, reveal = f"cases/{case['id']}/reporter", {"reveal": "사실 확인"}
    assert problem(await cases.world.get(path, params=reveal, agency=AGENCY)) == (403, "case-rank")
    found = await cases.world.get(path, params=reveal, agency=AGENCY, subject=LEAD)
    assert found.json() == {"name": "변학도", "phone": "+821055556666", "relation": "옆집 사람"}
    cases.world.advance(days=30)
    assert await jobs.destroy_due(cases.world.service) == 0  # nobody took it up yet
    await cases.walked(case["id"], "assess")
    cases.world.advance(days=4)
    assert await jobs.destroy_due(cases.world.service) == 0
    cases.world.advance(days=1)
    assert await jobs.destroy_due(cases.world.service) == 1
    assert await jobs.destroy_due(cases.world.service) == 0
    gone = await cases.world.get(path, params=reveal, agency=AGENCY, subject=LEAD)
    assert gone.json() == {"name": None, "phone": None, "relation": None}
    assert await cases.world.fetch("select 1 from person_key where record_class = 'reporter'") == []


async def test_what_is_late_is_told_once_a_step_and_goes_to_the_lead(cases: Cases) -> None:
    case, other = await cases.begun(), await cases.begun(life_in_danger=True)
    cases.world.advance(minutes=59)
    assert await jobs.escalate_due(cases.world.service) == 0
    cases.world.advance(minutes=2)
    assert await jobs.escalate_due(cases.world.service) == 1
    [urgent] = (await cases.list(overdue="true"))["items"]
    assert (urgent["id"], urgent["owner"]) == (other["id"], LEAD)
    cases.world.advance(days=2)
    assert await jobs.escalate_due(cases.world.service) == 1
    assert await jobs.escalate_due(cases.world.service) == 0
    told = [one for one in await cases.world.told("intake-cases") if "owner_before" in one]
    assert [(one["owner_before"], one["owner"]) for one in told] == [(DUTY, LEAD)] * 2
    await cases.walked(case["id"], "assess")
    assert not (await cases.show(case["id"])).json()["overdue"]
    cases.world.advance(days=10)
    assert await jobs.escalate_due(cases.world.service) == 1  # once more, for another step


async def test_two_colleagues_at_once_one_change_stands(cases: Cases) -> None:
    case = await cases.begun()
    answers = await asyncio.gather(
        *(cases.do(case["id"], "owner", {"owner": who}, version=1, by=who) for who in ("lee", "park", "choi"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412]
    [winner] = [answer.json()["owner"] for answer in answers if answer.status_code == 201]
    shown = (await cases.show(case["id"])).json()
    assert (shown["owner"], shown["version"]) == (winner, 2)


async def test_two_clocks_at_once_tell_of_each_late_step_once(cases: Cases) -> None:
    for _ in range(6):
        await cases.report()
    cases.world.advance(days=3)
    claimed = await asyncio.gather(*(jobs.escalate_due(cases.world.service) for _ in range(4)))
    assert sum(claimed) == 6
    late = [one for one in await cases.world.told("intake-cases") if "owner_before" in one]
    assert len(late) == 6


async def test_the_document_has_examples_and_says_what_is_public(cases: Cases) -> None:
    document = (await cases.world.client.get("/intake/openapi.json")).json()
    paths, schemas = document["paths"], document["components"]["schemas"]
    assert {} in paths["/intake/reports"]["post"]["security"]
    for path, item in paths.items():
        if not path.startswith(("/intake/cases/", "/intake/reports")) or "post" not in item:
            continue
        body = item["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        assert schemas[body.rpartition("/")[2]]["examples"], path
        named = {one["name"].lower() for one in item["post"].get("parameters", [])}
        assert ("if-match" in named) == ("{id}" in path), path
        assert ("idempotency-key" in named) == (path != "/intake/cases/handover"), path


async def test_whoever_leaves_hands_over_all_open_cases_at_once(cases: Cases) -> None:
    ids = [(await cases.begun())["id"] for _ in range(3)]
    for id_ in ids:
        await cases.done(id_, "owner", {"owner": "lee"})
    await cases.done(ids[0], "closing", {"reason": "set-aside"})
    body = {"from": "lee", "to": "park"}
    stranger = await cases.world.post("cases/handover", body, agency=AGENCY, subject="choi")
    assert problem(stranger) == (403, "case-rank")
    same = await cases.world.post("cases/handover", {"from": "lee", "to": "lee"}, agency=AGENCY, subject=LEAD)
    assert problem(same) == (422, "same-owner")
    moved = await cases.world.post("cases/handover", body, agency=AGENCY, subject=LEAD)
    assert moved.json() == {"cases": 2}
    assert {one["owner"] for one in (await cases.list())["items"]} == {"park"}
    line = (await cases.show(ids[1])).json()["timeline"]
    assert [(one["command"], one["owner"]) for one in line][-1] == ("handover", "park")
    again = await cases.world.post("cases/handover", body, agency=AGENCY, subject=LEAD)
    assert again.json() == {"cases": 0}


async def test_a_household_is_one_case(cases: Cases) -> None:
    case = await cases.begun()
    person = await cases.world.person()
    joined = await cases.done(case["id"], "persons", {"person": person})
    assert joined["persons"] == [*case["persons"], person]
    twice = await cases.do(case["id"], "persons", {"person": person}, version=joined["version"])
    assert problem(twice) == (409, "person-in-case")
    assert (await cases.show(case["id"])).json()["version"] == joined["version"]
    unknown = await cases.do(case["id"], "persons", {"person": str(uuid4())}, version=joined["version"])
    assert problem(unknown) == (422, "person-unknown")


async def test_erasure_keeps_an_open_case_by_its_article_and_the_period_begins_when_it_closes(
    cases: Cases,
) -> None:
    """Asked in 2022 with an open case, closed a year later: its words go five years after the closing."""
    world = cases.world
    person = await world.person()
    case = await cases.begun(person=person, signed_in={"agency": AGENCY})
    note = {"topic": "health", "text": "당뇨", "readers": []}
    await cases.done(case["id"], "notes", note)
    erasure = (await world.post(f"people/{person}/erasure")).json()
    assert "restricted" in erasure["gone"]
    assert [(one["record_class"], one["until"]) for one in erasure["kept"]] == [("case", "2027-02-15")]
    assert (await cases.show(case["id"], reveal="확인")).json()["told"]["name"] == "성춘향"
    more = await cases.do(case["id"], "notes", note, version=2)
    assert problem(more) == (409, "key-destroyed")
    world.advance(days=365)
    await cases.walked(case["id"], *TO_AFTERCARE)
    await cases.done(case["id"], "closing", {"reason": "goals-met"})
    world.clock._now = OPEN_DAY + timedelta(days=5 * 365 + 2)
    await destroy_erased(world.service)
    assert (await cases.show(case["id"], reveal="확인")).json()["told"]["name"] == "성춘향"
    world.clock._now = OPEN_DAY + timedelta(days=6 * 365 + 3)
    await destroy_erased(world.service)
    await destroy_freed(world.service)
    gone = (await cases.show(case["id"], reveal="확인")).json()
    assert (gone["told"], gone["forgotten"]) == (None, True)
    assert await world.fetch("select 1 from person_key where person = $1", UUID(person)) == []
    asked = await cases.do(case["id"], "reopening", {"reason": "다시"}, version=gone["version"])
    assert problem(asked) == (409, "case-forgotten")


async def test_what_is_told_of_a_closed_case_goes_unasked_but_not_while_another_is_open(cases: Cases) -> None:
    world = cases.world
    person = await world.person()
    first, second = [await cases.begun(person=person, signed_in={"agency": AGENCY}) for _ in range(2)]
    alone = await cases.begun()
    for id_ in (first["id"], alone["id"]):
        await cases.done(id_, "closing", {"reason": "set-aside"})
    world.clock._now = OPEN_DAY + timedelta(days=5 * 365 + 3)
    assert await jobs.destroy_due(world.service) > 0
    assert await destroy_freed(world.service) == 1
    assert await destroy_freed(world.service) == 0
    assert (await cases.show(alone["id"], reveal="확인")).json()["told"] is None
    assert (await cases.show(first["id"], reveal="확인")).json()["told"] is not None
    await cases.done(second["id"], "closing", {"reason": "set-aside"})
    world.advance(days=5 * 365 + 3)
    await destroy_freed(world.service)
    assert (await cases.show(first["id"], reveal="확인")).json()["told"] is None
    again = await cases.begun(
        person=person, signed_in={"agency": AGENCY}
    )  # a new key, as nothing old is left
    assert (await cases.show(again["id"], reveal="확인")).json()["told"]["name"] == "성춘향"


async def test_a_confirmed_case_worker_has_the_case_unless_somebody_decided_since(cases: Cases) -> None:
    case = await cases.begun()
    handler = partial(on_assignments, desk=Desk.of(cases.world.service))
    confirmed = AssignmentConfirmed(
        role="case-worker", agency=AGENCY, worker="han", case=UUID(case["id"]), decided_by=LEAD,
        decided_name="이책임",
    )  # fmt: skip

    async def told(**changes: Any) -> str:
        data = confirmed.model_copy(update=changes)
        await cases.world.consume(handler, data, topic="matching-assignments")
        return str((await cases.show(case["id"])).json()["owner"])

    before = cases.world.clock.now()
    assert await told() == "han"
    shown = (await cases.show(case["id"])).json()
    last = shown["timeline"][-1]
    assert (last["command"], last["owner"], last["by"]) == ("assign", "han", LEAD)
    assert await told() == "han"
    assert (await cases.show(case["id"])).json()["version"] == shown["version"], "told again, nothing happens"
    for foreign in ({"role": "counsellor", "worker": "oh"}, {"agency": OTHER, "worker": "oh"}):
        assert await told(**foreign) == "han"
    cases.world.advance(minutes=1)
    await cases.done(case["id"], "owner", {"owner": "kim"})
    await cases.world.consume(
        handler, confirmed.model_copy(update={"worker": "oh"}), topic="matching-assignments", at=before
    )
    assert (await cases.show(case["id"])).json()["owner"] == "kim", (
        "the hand wins over what was decided before"
    )
