"""Who looks after whom, from a worker's fields to a named decision; on a real database."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from ieum.common.events.envelope import Event
from ieum.common.events.intake_cases import CaseClosed, CaseReported
from ieum.common.events.intake_contacts import SessionPlanned
from ieum.common.events.intake_staff import StaffLeft
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.common.testing.browser import at_phone_width
from ieum.matching.assignment import actions
from ieum.matching.assignment.computing import solve_apart
from ieum.matching.assignment.consumers import HANDLERS
from ieum.matching.assignment.domain import Instance, Task, Weights, Worker

from .facts import erased, event, uid
from .world import Told, World

pytestmark = pytest.mark.servers

AGENCY = "daegu-youth-centre"
AT = datetime(2026, 4, 1, 3, tzinfo=UTC)
COUNSELLOR: dict[str, Any] = {"roles": ["counsellor"], "fields": {"debt": 2}, "capacity": 5}


async def put(matching: World, path: str, body: Any, role: str = "staff", **who: Any) -> httpx.Response:
    return await matching.client.put(f"/matching{path}", json=body, headers=matching._headers(role, **who))


async def worker(matching: World, name: str, **changes: Any) -> None:
    answer = await put(matching, f"/workers/{name}", COUNSELLOR | changes)
    assert answer.status_code == 200, answer.text


async def ask(matching: World, name: str | None = None, **body: Any) -> str:
    """Ask for a counsellor for debt, if nothing else is said; gives the assignment's id."""
    asked = {"role": "counsellor", "field": "debt"} | ({"person": str(uid(name))} if name else {}) | body
    answer = await matching.post("/assignments", "staff", asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def propose(matching: World, role: str = "counsellor") -> dict[str, Any]:
    answer = await matching.post("/assignments/proposals", "staff", {"role": role})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def shown(matching: World, id_: str) -> dict[str, Any]:
    answer = await matching.get(f"/assignments/{id_}", "staff")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def confirm(matching: World, id_: str, body: Any = None, **who: Any) -> httpx.Response:
    return await matching.post(f"/assignments/{id_}/confirmation", "staff", body or {}, **who)


async def told(matching: World, what: str = "") -> list[Told]:
    return await matching.told(f"assignment.{what}")


async def read(matching: World, *events: Event) -> None:
    """As the group `matching-assignment` reads."""
    for one in events:
        actor = Actor("service", "matching/matching-assignment")
        async with matching.service.database.unit_of_work(actor, purposes.MATCHING) as tx:
            await HANDLERS[one.topic]([one], tx)


def case(name: str, *, owner: str = "lead", closed: bool = False, sequence: int = 1, **changes: Any) -> Event:
    about: dict[str, Any] = {
        "agency": AGENCY, "district": "27110", "state": "reported", "step": "reported", "owner": owner,
        "due_at": AT, "persons": [uid("a")],
    }  # fmt: skip
    if closed:
        gone = about | {"state": "closed", "due_at": None, "reason": "goals-met"}
        return event(CaseClosed.model_validate(gone | changes), uid(name), sequence=sequence, at=AT)
    said = about | {"source": "neighbour", "channel": "web", "urgent": False, "emergency_numbers": []}
    return event(CaseReported.model_validate(said | changes), uid(name), sequence=sequence, at=AT)


@pytest.fixture
async def people(matching: World) -> World:
    """a, b and c applied to a programme of the agency."""
    await matching.market({"o1": 1})
    for name in "abc":
        await matching.applicant(name, "o1")
    return matching


@pytest.mark.usefixtures("processes")
async def test_the_best_is_proposed_explained_and_confirmed_by_name(people: World) -> None:
    await worker(people, "able", fields={"debt": 1})
    await worker(people, "specialist", fields={"debt": 3})
    id_ = await ask(people, "a")
    assert await propose(people) == {"role": "counsellor", "proposed": 1, "open": 0}
    found = await shown(people, id_)
    assert (found["state"], found["worker"], found["field"]) == ("proposed", "specialist", "debt")
    assert found["why_ko"] == "이 분야의 전문가입니다. 담당 지역입니다. 정원 5명 가운데 1명을 맡게 됩니다."
    assert found["why_en"] == "a specialist of this field; in a district of theirs; will have 1 of at most 5."
    assert (await confirm(people, id_, name=None)).status_code == 403
    for _ in range(2):
        answer = await confirm(people, id_)
        assert (answer.status_code, answer.json()["state"]) == (200, "confirmed")
    proposed, confirmed = await told(people)
    assert [(one.type, one.sequence) for one in (proposed, confirmed)] == [
        ("assignment.proposed", 1),
        ("assignment.confirmed", 2),
    ]
    assert confirmed.data["decided_name"] == "김담당"
    assert (confirmed.data["proposed"], confirmed.data["reason"]) == (None, None)
    looked = [one.data for one in await people.told("access.recorded") if one.data["reason"] == "assignment"]
    assert looked[0]["person"] == str(uid("a"))


async def test_it_is_repeated_without_telling_anything_twice(people: World) -> None:
    await worker(people, "w")
    await ask(people, "a")
    assert await propose(people) == await propose(people)
    assert len(await told(people)) == 1


async def test_another_one_than_proposed_needs_a_reason_and_room(people: World) -> None:
    await worker(people, "specialist", fields={"debt": 3})
    await worker(people, "full", capacity=0)
    await worker(people, "other", fields={})
    await worker(people, "mentor", roles=["mentor"])
    id_ = await ask(people, "a")
    await propose(people)
    assert (await confirm(people, id_, {"worker": "other"})).status_code == 422
    full = await confirm(people, id_, {"worker": "full", "reason": "load"})
    assert (full.status_code, full.json()["type"].rpartition("/")[2]) == (409, "worker-full")
    mentor = await confirm(people, id_, {"worker": "mentor", "reason": "other"})
    assert mentor.status_code == 404
    answer = await confirm(people, id_, {"worker": "other", "reason": "wish-of-person"})
    assert (answer.status_code, answer.json()["worker"]) == (200, "other")
    (fact,) = await told(people, "confirmed")
    assert (fact.data["worker"], fact.data["proposed"], fact.data["reason"]) == (
        "other", "specialist", "wish-of-person",
    )  # fmt: skip
    assert (await shown(people, id_))["why_ko"] is None, (
        "what was said of the other one is not said of this one"
    )


async def test_nobody_speaks_the_language_and_nobody_with_free_capacity_does(people: World) -> None:
    await worker(people, "korean", fields={"debt": 3, "career": 3})
    id_ = await ask(people, "a", language="vi")
    assert await propose(people) == {"role": "counsellor", "proposed": 0, "open": 1}
    found = await shown(people, id_)
    assert (found["state"], found["worker"]) == ("open", None)
    assert found["why_ko"] == "이 일을 맡을 수 있는 상담사 가운데 베트남어를 하는 사람이 없습니다."
    assert found["why_en"] == "Of those who could do this, nobody speaks Vietnamese."
    await worker(people, "viet", languages=["ko", "vi"], capacity=1)
    other = await ask(people, "b", language="vi")
    await propose(people)
    given, left = sorted(
        [await shown(people, id_), await shown(people, other)], key=lambda one: one["state"] == "open"
    )
    assert (given["worker"], left["worker"]) == ("viet", None)
    assert left["why_ko"] == (
        "이 일을 맡을 수 있고 베트남어를 하는 상담사 1명의 남은 자리가"
        " 이번 계산에서 다른 분들께 모두 배정되었습니다."
    )
    await confirm(people, given["id"])
    await propose(people)
    full = await shown(people, left["id"])
    assert full["why_en"] == (
        "No counsellor who can do this and speaks Vietnamese has free capacity: all 1 are full."
    )
    assert full["why_ko"] == "이 일을 맡을 수 있고 베트남어를 하는 상담사 1명이 모두 정원까지 맡고 있습니다."
    await worker(people, "viet", languages=["ko", "vi"], capacity=2)
    await propose(people)
    assert (await shown(people, left["id"]))["worker"] == "viet"


async def test_no_field_and_no_language_stands_anywhere_in_clear(people: World) -> None:
    """Not in a row, not in the outbox: `psychology` alone would tell of somebody's health."""
    await worker(people, "w", fields={"psychology": 3}, languages=["ko", "vi"])
    id_ = await ask(people, "a", field="psychology", language="vi")
    await propose(people)
    await confirm(people, id_)
    rows = await people.fetch("select a::text as row from assignment a")
    rows += await people.fetch("select encode(value, 'escape') || headers as row from outbox")
    rows += await people.fetch("select i::text as row from idempotency i")
    assert len(rows) > 3
    for row in rows:
        assert "psychology" not in row["row"]
        assert not re.search(r'"vi"|베트남어|Vietnamese|specialist', row["row"])
    assert (await shown(people, id_))["field"] == "psychology"


async def test_whom_a_person_had_before_is_proposed_again(people: World) -> None:
    """By a session of counselling that intake told of, and by what was confirmed here and ended."""
    for name in ("w1", "w2", "w3"):
        await worker(people, name)
    session = SessionPlanned(
        person=uid("a"), agency=AGENCY, counsellor="w3", planned_at=AT, planned_until=AT, field="debt"
    )
    await read(people, event(session, uid("session")))
    first = await ask(people, "a")
    await propose(people)
    found = await shown(people, first)
    assert (found["worker"], "전에도 이 분을 맡았습니다" in found["why_ko"]) == ("w3", True)
    await confirm(people, first, {"worker": "w2", "reason": "absence"})
    assert (await people.post(f"/assignments/{first}/end", "staff")).json()["state"] == "ended"
    (ended,) = await told(people, "ended")
    assert (ended.sequence, ended.data["worker"], ended.data["reason"]) == (3, "w2", "done")
    await worker(people, "w3", active=False)
    again = await ask(people, "a")
    await propose(people)
    assert (await shown(people, again))["worker"] == "w2"


async def test_an_agencys_weights_change_who_is_proposed(people: World) -> None:
    """Near and able, or far and a specialist: what counts more decides."""
    await worker(people, "far", fields={"debt": 3}, districts=["41360"])
    await worker(people, "near", fields={"debt": 1}, districts=["27110"])
    id_ = await ask(people, "a")
    plain = {"expertise": 40, "language": 10, "distance": 20, "continuity": 30, "load": 50, "waiting": 10}
    assert (await people.get("/assignments/weights/counsellor", "staff")).json() == plain
    await propose(people)
    assert (await shown(people, id_))["worker"] == "far"
    near = plain | {"expertise": 10, "distance": 90}
    assert (await put(people, "/assignments/weights/counsellor", near)).status_code == 403
    assert (await put(people, "/assignments/weights/counsellor", near, "official")).json() == near
    await propose(people)
    assert (await shown(people, id_))["worker"] == "near"
    assert [one.data["worker"] for one in await told(people, "proposed")] == ["far", "near"]


async def test_a_case_needs_a_case_worker_until_it_is_closed(people: World) -> None:
    await worker(people, "cw", roles=["case-worker", "supervisor"], fields={"psychology": 3})
    await read(people, case("case 1"))
    listed = (await people.get("/assignments?role=case-worker", "staff")).json()["items"]
    (one,) = listed
    assert (one["case"], one["state"], one["person"]) == (str(uid("case 1")), "open", str(uid("a")))
    supervisor = await ask(people, role="supervisor", case=str(uid("case 1")), field="psychology")
    assert (await propose(people, "case-worker"))["proposed"] == 1
    await confirm(people, one["id"])
    twice = {"role": "supervisor", "case": str(uid("case 1")), "field": "psychology"}
    assert (await people.post("/assignments", "staff", twice)).status_code == 409
    assert (await people.post("/assignments", "staff", twice, agency="other")).status_code == 404
    await propose(people, "supervisor")
    assert (await shown(people, supervisor))["worker"] == "cw"
    await read(people, case("case 1", closed=True, sequence=2))
    ends = {one.data["role"]: one.data["reason"] for one in await told(people, "ended")}
    assert ends == {"case-worker": "case-closed", "supervisor": "case-closed"}


async def test_a_case_that_is_a_case_workers_counts_as_their_load(people: World) -> None:
    await worker(people, "w1", roles=["case-worker"], capacity=4)
    await worker(people, "w2", roles=["case-worker"], capacity=4)
    await read(people, *(case(f"case {n}", owner="w1") for n in range(3)), case("case 3"))
    loads = {one["id"]: one["load"] for one in (await people.get("/workers", "staff")).json()["items"]}
    assert loads == {"w1": 3, "w2": 0}
    await propose(people, "case-worker")
    (fact,) = await told(people, "proposed")
    assert fact.data["worker"] == "w2", "w1 had the person before, but would be full"
    await read(people, case("case 3", owner="w1", sequence=2))
    (ended,) = await told(people, "ended")
    assert (ended.data["worker"], ended.data["reason"]) == ("w2", "moved-on")
    loads = {one["id"]: one["load"] for one in (await people.get("/workers", "staff")).json()["items"]}
    assert loads == {"w1": 4, "w2": 0}


async def test_who_left_takes_nobody_and_whom_they_had_needs_somebody_again(people: World) -> None:
    await worker(people, "w1", fields={"debt": 3})
    await worker(people, "w2", fields={"debt": 1})
    id_ = await ask(people, "a")
    await propose(people)
    await confirm(people, id_)
    await read(people, event(StaffLeft(account="w1", agency=AGENCY, reason="moved"), "w1"))
    (ended,) = await told(people, "ended")
    assert (ended.data["worker"], ended.data["reason"]) == ("w1", "worker-left")
    await propose(people)
    assert (await shown(people, id_))["worker"] == "w2"
    assert [one.sequence for one in await told(people)] == [1, 2, 3, 4]


async def test_a_mentor_is_asked_for_a_persons_own_match(matching: World) -> None:
    await matching.market({"o1": 2}, policy="rolling")
    for name in "ab":
        await matching.applicant(name, "o1")
    await worker(matching, "m", roles=["mentor"], fields={})
    match = await matching.match_of("a")
    wrong = {"role": "mentor", "person": str(uid("b")), "match": match}
    assert (await matching.post("/assignments", "staff", wrong)).status_code == 404
    id_ = await ask(matching, "a", role="mentor", match=match, field=None)
    await propose(matching, "mentor")
    assert (await shown(matching, id_))["worker"] == "m"


async def test_other_agencies_see_and_change_nothing(people: World) -> None:
    await worker(people, "w")
    id_ = await ask(people, "a")
    assert (await people.get(f"/assignments/{id_}", "staff", agency="other")).status_code == 404
    assert (await confirm(people, id_, agency="other")).status_code == 404
    assert (await people.get("/workers", "staff", agency="other")).json() == {"items": []}
    assert (await put(people, "/workers/w", COUNSELLOR, agency="other")).status_code == 409
    foreign = {"role": "counsellor", "person": str(uid("a")), "field": "debt"}
    assert (await people.post("/assignments", "staff", foreign, agency="other")).status_code == 404
    assert (await people.get("/workers", "citizen")).status_code == 403
    unknown = {"role": "counsellor", "person": str(uid("a")), "field": "no-such"}
    assert (await people.post("/assignments", "staff", unknown)).status_code == 422


async def test_whom_is_erased_leaves_nothing_and_frees_the_place(people: World) -> None:
    await worker(people, "w", capacity=1)
    id_ = await ask(people, "a")
    await propose(people)
    await confirm(people, id_)
    await people.apply(erased("a", "profile", "application"))
    (ended,) = await told(people, "ended")
    assert ended.data["reason"] == "person-erased"
    assert (await people.fetch("select count(*) from assignment"))[0][0] == 0
    assert (await people.fetch("select count(*) from worker_before"))[0][0] == 0
    session = SessionPlanned(person=uid("a"), agency=AGENCY, counsellor="w", planned_at=AT, planned_until=AT)
    await read(people, event(session, uid("late session")))
    assert (await people.fetch("select count(*) from worker_before"))[0][0] == 0
    await ask(people, "b")
    assert (await propose(people))["proposed"] == 1


async def test_two_who_decide_at_once_give_nobody_more_than_their_capacity(people: World) -> None:
    await worker(people, "one", capacity=1)
    ids = [await ask(people, name) for name in "abc"]
    body = {"worker": "one", "reason": "wish-of-person"}
    answers = await asyncio.gather(*(confirm(people, id_, body) for id_ in ids))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    (row,) = await people.fetch("select count(*) from assignment where worker = 'one'")
    assert row[0] == 1


async def test_what_changed_during_the_computation_is_computed_again(people: World) -> None:
    await worker(people, "w")
    await ask(people, "a")
    actor = Actor("staff", "kim", AGENCY, frozenset({"staff"}))
    async with people.service.database.unit_of_work(actor, purposes.MATCHING) as tx:
        before = await actions.gather(tx, AGENCY, "counsellor")
    await worker(people, "w", capacity=0)
    given = {before.tasks[0].id: "w"}
    with pytest.raises(actions.Refusal, match="changed-meanwhile"):
        async with people.service.database.unit_of_work(actor, purposes.MATCHING) as tx:
            await actions.keep(tx, AGENCY, "counsellor", (before, given), people.service.city)


async def test_a_computation_that_takes_too_long_is_given_up() -> None:
    worker_ = Worker("w", {}, frozenset({"ko"}), frozenset(), 1)
    with pytest.raises(Exception, match="ended early"):
        await solve_apart(Instance((Task("t"),), (worker_,), Weights()), 0.001)


async def test_the_page_shows_the_spread_of_load_at_the_width_of_a_telephone(
    people: World, tmp_path: Path
) -> None:
    long = "a.very.long.account.of.somebody.with.a.long.name@daegu-haengbok-social-service"
    await worker(people, long, capacity=2)
    await worker(people, "w2", capacity=4, roles=["counsellor", "mentor"])
    await worker(people, "away", capacity=4, active=False)
    for name in "abc":
        await ask(people, name)
    await propose(people)
    page = await people.get("/assignments/load", "staff")
    assert page.status_code == 200, page.text
    assert "가장 여유 있는 분은 정원의 50 %, 가장 많이 맡은 분은 50 %를 맡고 있습니다." in page.text
    assert page.text.count("<svg") == 2
    assert "(배정 중지)" in page.text
    laid = await at_phone_width(page.text, tmp_path)
    assert laid.wide == laid.screen
