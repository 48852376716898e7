"""What follows an acceptance, over HTTP: who does it, on which day, what comes free, and what cools off."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from ieum.common.events.envelope import Event
from ieum.common.events.intake import ApplicationSubmitted, ProgrammePublished
from ieum.common.kernel.dates import korean_date
from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.placement import actions as placement

from .facts import AT, PROGRAMME, chose_anew, definition, erased, event, opening, uid, withdrawn
from .world import World

pytestmark = pytest.mark.servers

NOTE = "무릎을 다쳐 걷기 어렵습니다"


def today(matching: World) -> date:
    return korean_date(matching.service.clock.now())


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition("/")[2]


async def rolling(matching: World, places: dict[str, int], **rules: Any) -> None:
    await matching.market(places, policy="rolling", waiting_list=True, **rules)


async def act(matching: World, name: str, verb: str, role: str = "staff", /, **body: Any) -> httpx.Response:
    """Something that happens to a person's newest match; a workplace acts for o1."""
    who = {"agency": str(uid("firm o1"))} if role == "workplace" else {}
    if role == "citizen":
        who = {"subject": str(uid(name))}
    return await matching.post(f"/matches/{await matching.match_of(name)}/{verb}", role, body or None, **who)


async def started(matching: World, name: str) -> None:
    await act(matching, name, "acceptance")
    answer = await act(matching, name, "start", on=str(today(matching)))
    assert answer.status_code == 200, answer.text


async def test_withdrawing_ends_what_was_accepted_and_frees_the_place(matching: World) -> None:
    await rolling(matching, {"o1": 1}, cooling_off_days=30)
    await matching.applicant("a", "o1")
    await matching.applicant("b", "o1")
    await act(matching, "a", "acceptance")
    await matching.apply(withdrawn("a"))
    (fact,) = await matching.told("match.ended_early")
    wanted = ("person", "reason", "before_start", "passed_on", "cools_until")
    assert {name: fact.data[name] for name in wanted} == {
        "person": str(uid("a")),
        "reason": "withdrawn",
        "before_start": True,
        "passed_on": True,
        "cools_until": str(today(matching) + timedelta(days=30)),
    }
    assert await matching.live() == {"o1": [str(uid("b"))]}


async def test_withdrawing_ends_what_was_begun(matching: World) -> None:
    await rolling(matching, {"o1": 1}, pass_on_after_start=False)
    await matching.applicant("a", "o1")
    await started(matching, "a")
    await matching.apply(withdrawn("a"))
    (fact,) = await matching.told("match.ended_early")
    assert (fact.data["on"], fact.data["before_start"], fact.data["passed_on"]) == (
        str(today(matching)),
        False,
        False,
    )
    [row] = await matching.fetch("select state, held_until, reason from match")
    assert (row["state"], row["held_until"], row["reason"]) == ("ended_early", today(matching), "withdrawn")
    await matching.apply(withdrawn("a"))
    assert len(await matching.told("match.ended_early")) == 1


def published(id_: str, agency: str = "daegu-youth-centre", **rules: Any) -> Event:
    made = definition(**rules).model_copy(update={"id": id_, "agency": agency})
    data = ProgrammePublished(programme=id_, version=1, definition=made.model_dump(mode="json"))
    return event(data, id_)


def applied(name: str, programme: str, *choices: str) -> Event:
    data = ApplicationSubmitted(
        person=uid(name), programme=programme, programme_version=1, choices=[uid(one) for one in choices],
        channel="csv", agency="daegu-youth-centre", submitted_at=AT,
    )  # fmt: skip
    return event(data, uid(f"{programme} {name}"))


async def test_a_place_is_started_and_completed_by_its_workplace_on_days_that_can_be(
    matching: World,
) -> None:
    await rolling(matching, {"o1": 1})
    await matching.applicant("a", "o1")
    day = today(matching)
    blind = await act(matching, "a", "start", "workplace", on=str(day))
    assert code(blind) == (404, "not-found")  # before the acceptance a workplace sees nobody
    await act(matching, "a", "acceptance", "citizen")
    late = str(day + timedelta(days=1))
    assert code(await act(matching, "a", "start", "workplace", on=late)) == (422, "day-impossible")
    before = str(day - timedelta(days=1))
    assert code(await act(matching, "a", "start", "workplace", on=before)) == (422, "day-impossible")
    assert (await act(matching, "a", "start", "citizen", on=str(day))).status_code == 403
    assert code(await act(matching, "a", "completion", on=str(day))) == (409, "match-not-open")
    until = str(day + timedelta(days=90))
    for _ in range(2):
        begun = (await act(matching, "a", "start", "workplace", on=str(day), until=until)).json()
        assert (begun["state"], begun["held_from"], begun["held_until"]) == ("started", str(day), until)
    matching.pass_days(3)
    last = str(day + timedelta(days=2))
    done = (await act(matching, "a", "completion", "workplace", on=last)).json()
    assert (done["state"], done["held_until"]) == ("completed", last)
    assert code(await act(matching, "a", "ending", on=last, reason="health")) == (409, "match-not-open")
    facts = [one for one in await matching.told("match.") if one.subject == done["id"]]
    assert [(one.type, one.sequence) for one in facts] == [
        ("match.proposed", 1), ("match.accepted", 2), ("match.started", 3), ("match.completed", 4),
    ]  # fmt: skip
    assert await matching.fetch("select taken from seat") == [(1,)]  # a place that was used stays used


@pytest.mark.parametrize("passed_on", [True, False])
async def test_a_place_left_after_the_start_goes_on_only_where_the_programme_says_so(
    matching: World, *, passed_on: bool
) -> None:
    await rolling(matching, {"o1": 1}, pass_on_after_start=passed_on)
    await matching.applicant("a", "o1")
    await matching.applicant("b", "o1")
    await started(matching, "a")
    left = await act(matching, "a", "ending", "citizen", on=str(today(matching)), reason="health", note=NOTE)
    assert (left.status_code, left.json()["state"]) == (200, "ended_early")
    assert await matching.live() == ({"o1": [str(uid("b"))]} if passed_on else {})
    assert await matching.fetch("select taken from seat") == [(1,)]
    [fact] = await matching.told("match.ended_early")
    assert (fact.data["passed_on"], fact.data["before_start"], fact.data["reason"]) == (
        passed_on,
        False,
        "health",
    )
    [row] = await matching.fetch("select m::text as text from match m where state = 'ended_early'")
    assert "무릎" not in row["text"]
    assert "ciphertext" in row["text"]


async def test_an_acceptance_withdrawn_before_the_start_always_frees_the_place(matching: World) -> None:
    await rolling(matching, {"o1": 1})
    await matching.applicant("a", "o1")
    await matching.applicant("b", "o1")
    await act(matching, "a", "acceptance")
    left = await act(matching, "a", "ending", "citizen", on=str(today(matching)), reason="personal")
    assert (left.json()["state"], left.json()["held_from"]) == ("ended_early", None)
    assert await matching.live() == {"o1": [str(uid("b"))]}
    [fact] = await matching.told("match.ended_early")
    assert fact.data["before_start"]


async def test_who_declines_without_good_cause_is_not_offered_it_again_before_the_day_they_are_told(
    matching: World,
) -> None:
    """b's place comes free while a, who waits for it, cools off: it goes to c; after the day a gets one."""
    await rolling(matching, {"o1": 1, "o2": 1, "o3": 1}, cooling_off_days=10, answer_within_days=60)
    await matching.applicant("b", "o2")
    await matching.applicant("a", "o1", "o2", "o3")
    await matching.fetch("delete from waiting")
    declined = await act(matching, "a", "refusal", "citizen", reason="too-far")
    day = today(matching) + timedelta(days=10)
    assert declined.json()["cools_until"] == str(day)
    [fact] = await matching.told("match.declined")
    assert fact.data["cools_until"] == str(day)
    await matching.apply(chose_anew("a", "o3"))
    assert str(uid("a")) not in str(await matching.live())
    async with matching.service.database.unit_of_work(Actor("service", "test"), purposes.MATCHING) as tx:
        assert await placement.cooling(tx, PROGRAMME, [uid("a"), uid("b")]) == {uid("a")}
        assert await placement.cooling(tx, "another", [uid("a")]) == set()
    matching.pass_days(9)
    await matching.apply(chose_anew("a", "o2", sequence=3))
    await matching.applicant("c", "o2")
    await act(matching, "b", "refusal", reason="health")
    assert await matching.live() == {"o2": [str(uid("c"))]}
    matching.pass_days(1)
    await act(matching, "c", "refusal", reason="care")
    assert await matching.live() == {"o2": [str(uid("a"))]}
    rows = await matching.fetch("select person from match where cools_until is not null")
    assert [row["person"] for row in rows] == [uid("a")]


async def test_two_exclusive_programmes_of_two_agencies_bind_nobody_on_the_same_day(matching: World) -> None:
    """The second is not even proposed while the first binds; one that goes together with others is."""
    await rolling(matching, {"o1": 1})
    await matching.apply(
        published("other", "daegu-suseong", policy="rolling"),
        published("beside", "daegu-suseong", policy="rolling", exclusive=False),
        opening("p1", programme="other"), opening("q1", programme="beside"),
    )  # fmt: skip
    await matching.applicant("a", "o1")
    await matching.apply(applied("a", "other", "p1"), applied("a", "beside", "q1"))
    both = await matching.fetch("select id, programme from match where programme <> $1", PROGRAMME)
    assert {row["programme"] for row in both} == {"other", "beside"}
    first = await matching.fetch("select id from match where programme = $1", PROGRAMME)
    assert (await matching.post(f"/matches/{first[0]['id']}/acceptance", "staff")).status_code == 200
    states = {
        row["programme"]: row["state"] for row in await matching.fetch("select programme, state from match")
    }
    assert states == {PROGRAMME: "accepted", "other": "declined", "beside": "proposed"}
    beside = next(row["id"] for row in both if row["programme"] == "beside")
    taken = await matching.post(f"/matches/{beside}/acceptance", "staff", agency="daegu-suseong")
    assert taken.json()["state"] == "accepted"
    await matching.apply(published("third", policy="rolling"), opening("r1", programme="third"))
    await matching.apply(applied("a", "third", "r1"))
    assert await matching.fetch("select 1 from match where programme = 'third'") == []


async def test_a_second_acceptance_on_the_same_days_is_refused_and_after_the_first_it_is_not(
    matching: World,
) -> None:
    """A proposal that was made before the person was bound, as by a transaction at the same moment."""
    await rolling(matching, {"o1": 1})
    await matching.apply(published("other", policy="rolling"), opening("p1", programme="other"))
    await matching.applicant("a", "o1")
    await started(matching, "a")
    await matching.fetch("update match set exclusive = false")
    await matching.apply(applied("a", "other", "p1"))
    await matching.fetch("update match set exclusive = true")
    [other] = await matching.fetch("select id from match where programme = 'other'")
    path = f"/matches/{other['id']}/acceptance"
    assert code(await matching.post(path, "staff")) == (409, "place-held")
    first = await matching.fetch("select id from match where programme = $1", PROGRAMME)
    await matching.post(f"/matches/{first[0]['id']}/completion", "staff", {"on": str(today(matching))})
    assert code(await matching.post(path, "staff")) == (409, "place-held")  # its last day is today
    matching.pass_days(1)
    assert (await matching.post(path, "staff")).status_code == 200


async def test_a_place_that_should_have_ended_does_not_reach_into_the_next_one(matching: World) -> None:
    """Its agreed last day passed, the person accepted elsewhere: it ended before that, not after."""
    await rolling(matching, {"o1": 1})
    await matching.apply(published("other", policy="rolling"), opening("p1", programme="other"))
    await matching.applicant("a", "o1")
    await act(matching, "a", "acceptance")
    day = today(matching)
    await act(matching, "a", "start", on=str(day), until=str(day + timedelta(days=1)))
    first = await matching.match_of("a")
    matching.pass_days(2)
    await matching.apply(applied("a", "other", "p1"))
    assert (await act(matching, "a", "acceptance")).json()["programme"] == "other"
    matching.pass_days(1)
    for verb, more in (("completion", {}), ("ending", {"reason": "health"})):
        body = {"on": str(day + timedelta(days=2)), **more}
        assert code(await matching.post(f"/matches/{first}/{verb}", "staff", body)) == (409, "place-held")
    body = {"on": str(day + timedelta(days=1))}
    assert (await matching.post(f"/matches/{first}/completion", "staff", body)).status_code == 200


async def test_only_whose_place_it_is_moves_it_on(matching: World) -> None:
    await rolling(matching, {"o1": 1})
    await matching.applicant("a", "o1")
    await act(matching, "a", "acceptance")
    path, body = f"/matches/{await matching.match_of('a')}", {"on": str(today(matching))}
    other = {"agency": str(uid("firm o2"))}
    assert code(await matching.post(f"{path}/start", "workplace", body, **other)) == (404, "not-found")
    assert code(await matching.post(f"{path}/start", "staff", body, agency="daegu-suseong")) == (
        404,
        "not-found",
    )
    leaving = {**body, "reason": "health"}
    assert code(await matching.post(f"{path}/ending", "citizen", leaving, subject=str(uid("b")))) == (
        404,
        "not-found",
    )
    assert (await matching.post(f"{path}/ending", "staff", {**body, "reason": "because"})).status_code == 422


async def test_a_refill_of_a_round_leaves_out_who_cools_off(matching: World) -> None:
    """a declined o1 and waits for o2; when o2 comes free, a is not offered it; with good cause a is."""
    for reason, holds in (("too-far", {}), ("care", {"o2": [str(uid("a"))]})):
        await matching.market({"o1": 1, "o2": 1}, cooling_off_days=10)
        await matching.applicant("a", "o1", "o2", experience_months=24)
        await matching.applicant("b", "o2", experience_months=20)
        await matching.round()
        assert await matching.live() == {"o1": [str(uid("a"))], "o2": [str(uid("b"))]}
        await act(matching, "a", "refusal", reason=reason)
        await act(matching, "b", "refusal", reason="health")
        assert await matching.live() == holds
        await matching.fetch("truncate application, match, waiting, person, round, refill_due, seat")


async def test_what_somebody_said_in_their_own_words_goes_with_their_application(matching: World) -> None:
    await rolling(matching, {"o1": 1})
    await matching.applicant("a", "o1")
    await act(matching, "a", "refusal", "citizen", reason="health", note=NOTE)
    await matching.apply(erased("a", "profile"))
    assert await matching.fetch("select 1 from match where note is not null")
    await matching.apply(erased("a", "application"))
    assert not await matching.fetch("select 1 from match where note is not null")
