"""Blind candidates and their interviews over HTTP, up to the round that goes by them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from ieum.common.events.matching_interviews import InterviewScores
from ieum.common.events.model import Sealed
from ieum.common.events.programme import Criterion, Interviews, Text
from ieum.common.privacy.objects import open_sealed
from ieum.matching.interviews import jobs

from .facts import chose_anew, erased, uid, withdrawn
from .world import World

pytestmark = pytest.mark.servers

RULES = Interviews(
    criteria=(
        Criterion(id="motive", name=Text(ko="동기", en="Motive"), points=10, weight=2),
        Criterion(id="skill", name=Text(ko="기술", en="Skill"), points=5),
    ),
    per_place=3,
    weight=100,
    required=True,
)


async def market(matching: World, *names: str, choices: tuple[str, ...] = ("o1",), **changes: Any) -> None:
    """Openings of one place each, and people who want all of them: the first has most points."""
    rules = RULES.model_copy(update=changes)
    await matching.market(dict.fromkeys(choices, 1), interviews=rules)
    for number, name in enumerate(names):
        await matching.applicant(name, *choices, experience_months=24 - 6 * number)


async def numbers(matching: World, opening: str = "o1") -> list[str]:
    """Everybody's number at an opening, the best placed first."""
    found = await at_work(matching, "get", opening, "candidates")
    return [one["id"] for one in found["items"]]


async def at_work(matching: World, method: str, opening: str, what: str, body: Any = None) -> Any:
    """Asked by the opening's own workplace; what comes back must be no refusal."""
    path, who = f"/openings/{uid(opening)}/{what}", {"agency": str(uid(f"firm {opening}"))}
    answer = await (
        matching.get(path, "workplace", **who)
        if method == "get"
        else matching.post(path, "workplace", body, **who)
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def invited(matching: World, *places: int, opening: str = "o1", times: int = 4) -> list[dict[str, Any]]:
    """Those at these places (from 0) invited to one of so many times, an hour apart, from tomorrow on."""
    everybody = await numbers(matching, opening)
    await at_work(matching, "post", opening, "shortlist", {"candidates": [everybody[one] for one in places]})
    begin = matching.service.clock.now() + timedelta(hours=25)
    offered = [
        {"starts": (begin + timedelta(hours=n)).isoformat(), "minutes": 30, "place": "중구 중앙대로 1"}
        for n in range(times)
    ]
    await at_work(matching, "post", opening, "interview-times", {"times": offered})
    found = await at_work(matching, "post", opening, "invitations")
    order = {number: place for place, number in enumerate(everybody)}
    return sorted(found["interviews"], key=lambda one: order[one["candidate"]])


async def slots(matching: World, opening: str = "o1") -> list[str]:
    return [one["id"] for one in (await at_work(matching, "get", opening, "interviews"))["slots"]]


async def answer(matching: World, name: str, interview: str, what: str, **body: Any) -> tuple[int, Any]:
    """The person's own answer: status, and the state or the refusal's code."""
    path = f"/interviews/{interview}/{what}"
    found = await matching.post(path, "citizen", body, subject=str(uid(name)))
    said = found.json()
    return found.status_code, said.get("state") or said["type"].rpartition("/")[2]


async def judged(matching: World, interview: str, what: str, **body: Any) -> tuple[int, Any]:
    """The same of the workplace."""
    who = {"agency": str(uid("firm o1"))}
    found = await matching.post(f"/interviews/{interview}/{what}", "workplace", body or None, **who)
    said = found.json()
    return found.status_code, said.get("state") or said["type"].rpartition("/")[2]


def later(matching: World, **time: float) -> None:
    matching.service.clock.advance(timedelta(**time))


async def test_candidates_are_blind_explained_and_followed_nowhere(matching: World) -> None:
    await market(matching, "a", "b", choices=("o1", "o2"), weight=50, required=False)
    found = await at_work(matching, "get", "o1", "candidates")
    assert found["total"] == 2
    first, second = found["items"]
    assert first["place"] == 1
    assert first["score"] > second["score"]
    for one in found["items"]:
        assert one["score"] == sum(factor["points"] for factor in one["factors"]), "the reasons add up"
        assert {factor["name"] for factor in one["factors"]}.isdisjoint({"wishes", "groups"})
    assert first["ko"][0] == "이 자리가 찾는 기술 2가지 중 1가지를 갖추었습니다."
    assert "경력: 150점 중 150점" in first["ko"]
    known = [str(uid(f"{kind}{name}")) for kind in ("", "application ") for name in "ab"]
    assert not [one for one in known if one in str(found)]
    assert await numbers(matching) == [first["id"], second["id"]], "the same when asked again"
    assert not {*await numbers(matching)} & {*await numbers(matching, "o2")}
    paged = await at_work(matching, "get", "o1", "candidates?after=1&limit=1")
    assert [one["id"] for one in paged["items"]] == [second["id"]]
    path = f"/openings/{uid('o1')}/candidates"
    assert (await matching.get(path, "workplace", agency=str(uid("firm o2")))).status_code == 404
    assert (await matching.get(path, "staff", agency="another")).status_code == 404


async def test_neither_a_priority_group_nor_a_sex_is_told_to_a_workplace(matching: World) -> None:
    await matching.market({"o1": 1})
    await matching.applicant("a", "o1", groups=["near-poor"], sex="female")
    found = await at_work(matching, "get", "o1", "candidates")
    assert "near-poor" not in str(found)
    assert "female" not in str(found)


async def test_interviews_decide_the_round(matching: World) -> None:
    await market(matching, "a", "b", "c", "d")
    one, two, three = await invited(matching, 0, 1, 2)
    times = await slots(matching)
    assert await answer(matching, "a", one["id"], "booking", slot=times[0]) == (200, "booked")
    assert await answer(matching, "b", two["id"], "booking", slot=times[0]) == (409, "slot-taken")
    assert await answer(matching, "b", two["id"], "booking", slot=times[1]) == (200, "booked")
    assert await answer(matching, "c", three["id"], "booking", slot=times[2]) == (200, "booked")
    assert await judged(matching, one["id"], "scores", points={"motive": 5, "skill": 1}) == (409, "not-begun")
    later(matching, days=1, hours=5)
    assert await judged(matching, one["id"], "scores", points={"motive": 5, "skill": 1}) == (200, "held")
    assert await judged(matching, two["id"], "scores", points={"motive": 9}) == (422, "scores-incomplete")
    assert await judged(matching, two["id"], "scores", points={"motive": 9, "skill": 5}) == (200, "held")
    assert await judged(matching, three["id"], "absence") == (200, "missed")

    id_ = await matching.round()
    document = (await matching.get(f"/rounds/{id_}/market", "auditor")).json()
    [rules] = document["openings"]
    assert sorted(rules["priorities"]["scores"].values()) == [11 * 1000 // 25, 23 * 1000 // 25]
    assert len(document["applicants"]) == 4, "who was not interviewed asked all the same"
    assert await matching.live() == {"o1": [str(uid("b"))]}, "the better interview, not the longer experience"
    told = {fact.application: matching.explained(fact).ko for fact in await matching.told("match.unplaced")}
    for name in "cd":
        assert "면접을 마친 분만 배정받을 수 있는 자리입니다." in told[uid(f"application {name}")][1]

    held = await matching.told("interview.held")
    assert [fact.sequence for fact in held] == [3, 3]
    sealed = Sealed.model_validate(held[1].data["private"]["application"])
    scores = open_sealed(sealed, matching.keys.keys[sealed.kid], InterviewScores)
    assert (scores.points, scores.total, scores.of) == ({"motive": 9, "skill": 5}, 23, 25)
    public = {"application", "person", "programme", "opening", "organisation", "candidate", "private"}
    assert all(fact.data.keys() == public for fact in held), "the points are sealed"


async def test_the_person_ranks_anew_after_the_interviews(matching: World) -> None:
    await market(matching, "a", "b", choices=("o1", "o2"), weight=50, required=False)
    await matching.apply(chose_anew("a", "o2", "o1"))
    await matching.late_facts()
    await matching.round()
    assert await matching.live() == {"o1": [str(uid("b"))], "o2": [str(uid("a"))]}


async def test_of_many_at_once_one_gets_a_time(matching: World) -> None:
    await market(matching, "a", "b", "c", "d", "e", per_place=5)
    found = await invited(matching, 0, 1, 2, 3, 4, times=6)
    [time, *_] = await slots(matching)
    answers = await asyncio.gather(
        *(
            answer(matching, name, one["id"], "booking", slot=time)
            for name, one in zip("abcde", found, strict=True)
        )
    )
    assert sorted(answers) == [(200, "booked"), *[(409, "slot-taken")] * 4]


async def test_nobody_is_in_two_interviews_at_a_time(matching: World) -> None:
    await market(matching, "a", choices=("o1", "o2"))
    begin = matching.service.clock.now() + timedelta(hours=25)
    interviews = []
    for opening, minutes in (("o1", 0), ("o2", 15)):
        [number] = await numbers(matching, opening)
        await at_work(matching, "post", opening, "shortlist", {"candidates": [number]})
        starts = (begin + timedelta(minutes=minutes)).isoformat()
        times = {"times": [{"starts": starts, "minutes": 30, "place": "online"}]}
        await at_work(matching, "post", opening, "interview-times", times)
        [one] = (await at_work(matching, "post", opening, "invitations"))["interviews"]
        [slot] = await slots(matching, opening)
        interviews.append((one["id"], slot))
    answers = await asyncio.gather(
        *(answer(matching, "a", id_, "booking", slot=slot) for id_, slot in interviews)
    )
    assert sorted(answers) == [(200, "booked"), (409, "other-interview")]


async def test_what_is_not_answered_ends_and_what_comes_is_told_once(matching: World) -> None:
    await market(matching, "a", "b", "c")
    one, two, three = await invited(matching, 0, 1, 2)
    time, other, *_ = await slots(matching)
    assert await answer(matching, "a", one["id"], "booking", slot=time) == (200, "booked")
    assert await answer(matching, "b", two["id"], "refusal", reason="no-suitable-time") == (200, "declined")
    later(matching, hours=2)
    assert await jobs.due(matching.service) == 1
    assert await jobs.due(matching.service) == 0
    [due] = await matching.told("interview.due")
    assert (due.subject, due.sequence, due.data["where"]) == (one["id"], 3, "중구 중앙대로 1")
    again = await at_work(matching, "post", "o1", "invitations")
    assert [i["state"] for i in again["interviews"] if i["id"] == two["id"]] == ["invited"]
    assert await judged(matching, one["id"], "change", reason="interviewer-absent") == (200, "invited")
    assert await answer(matching, "a", one["id"], "booking", slot=other) == (200, "booked")
    assert await judged(matching, one["id"], "calling-off", reason="places-filled") == (200, "called_off")
    later(matching, days=4)
    assert await jobs.due(matching.service) == 2
    ended = {fact.subject: fact.data["reason"] for fact in await matching.told("interview.declined")}
    assert ended == {two["id"]: "expired", three["id"]: "expired"}


async def test_who_chooses_a_time_within_a_day_is_not_reminded_of_it(matching: World) -> None:
    await market(matching, "a")
    [one] = await invited(matching, 0)
    [time, *_] = await slots(matching)
    later(matching, hours=2)
    assert await answer(matching, "a", one["id"], "booking", slot=time) == (200, "booked")
    assert await jobs.due(matching.service) == 0


async def test_a_shortlist_is_kept_and_nobody_is_invited_without_a_time(matching: World) -> None:
    await market(matching, "a", "b", per_place=1)
    first, second = await numbers(matching)
    await at_work(matching, "post", "o1", "shortlist", {"candidates": [first]})
    again = await at_work(matching, "post", "o1", "shortlist", {"candidates": [first]})
    assert len(again["interviews"]) == 1
    path, who = f"/openings/{uid('o1')}", {"agency": str(uid("firm o1"))}

    async def refused(what: str, body: Any = None) -> str:
        found = await matching.post(f"{path}/{what}", "workplace", body, **who)
        assert found.status_code >= 400, found.text
        return str(found.json()["type"].rpartition("/")[2])

    assert await refused("invitations") == "too-few-slots"
    assert await refused("shortlist", {"candidates": [second]}) == "shortlist-full"
    assert await refused("shortlist", {"candidates": [str(uid("nobody"))]}) == "unknown-candidate"
    past = {"times": [{"starts": "2020-01-01T10:00:00+09:00", "minutes": 30, "place": "online"}]}
    assert await refused("interview-times", past) == "slot-past"
    assert await matching.told("interview") == [], "nobody was told of a shortlist"
    own = await matching.get(
        f"/applications/{uid('application a')}/interviews", "citizen", subject=str(uid("a"))
    )
    assert own.json()["items"] == []


async def test_a_programme_without_interviews_has_none(matching: World) -> None:
    await matching.market({"o1": 1})
    await matching.applicant("a", "o1")
    found = await matching.get(f"/openings/{uid('o1')}/interviews", "staff")
    assert (found.status_code, found.json()["type"].rpartition("/")[2]) == (422, "no-interviews")


async def test_an_interview_is_touched_by_its_own_people_alone(matching: World) -> None:
    await market(matching, "a", "b")
    one, _ = await invited(matching, 0, 1)
    [time, *_] = await slots(matching)
    assert await answer(matching, "b", one["id"], "booking", slot=time) == (404, "not-found")
    path = f"/interviews/{one['id']}"
    stranger = {"agency": str(uid("firm o2"))}
    for what, body in (("absence", None), ("calling-off", {"reason": "other"})):
        found = await matching.post(f"{path}/{what}", "workplace", body, **stranger)
        assert found.status_code == 404
    assert (await matching.post(f"{path}/booking", "staff", {"slot": time})).status_code == 200, (
        "the desk may"
    )
    elsewhere = await matching.post(f"{path}/booking", "staff", {"slot": time}, agency="another")
    assert elsewhere.status_code == 404


async def test_withdrawing_and_erasure_leave_no_interview_open(matching: World) -> None:
    await market(matching, "a", "b")
    one, two = await invited(matching, 0, 1)
    time, other, *_ = await slots(matching)
    await answer(matching, "a", one["id"], "booking", slot=time)
    await answer(matching, "b", two["id"], "booking", slot=other)
    await matching.apply(withdrawn("a"))
    ended = await matching.told("interview.declined")
    assert [(fact.subject, fact.data["reason"]) for fact in ended] == [(one["id"], "withdrawn")]
    later(matching, days=1, hours=5)
    await judged(matching, two["id"], "scores", points={"motive": 9, "skill": 5})
    await matching.apply(erased("b", "profile", "application"))
    assert [row["scores"] for row in await matching.fetch("select scores from interview")] == [None, None]
