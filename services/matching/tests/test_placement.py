"""Answers over HTTP: idempotent, in time, by the right person; places pass on and are never given twice."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from ieum.common.events.intake import ProgrammePublished

from .facts import definition, event, opening, uid, withdrawn
from .world import World

pytestmark = pytest.mark.servers


async def round_of(matching: World, places: dict[str, int], **choices: list[str]) -> None:
    """A confirmed round; the people stand in the order of their points: the first has most skills."""
    await matching.market(places)
    for number, (name, wanted) in enumerate(choices.items()):
        months = 24 - 2 * number
        await matching.applicant(name, *wanted, experience_months=months)
    await matching.round()


async def test_accepting_again_answers_the_same_and_tells_once(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"])
    path = f"/matches/{await matching.match_of('a')}/acceptance"
    first = await matching.post(path, "citizen", subject=str(uid("a")))
    second = await matching.post(path, "staff")
    assert (first.status_code, first.json()["state"]) == (200, "accepted")
    assert second.json() == first.json()
    (fact,) = await matching.told("match.accepted")
    assert (fact.sequence, fact.data["opening"]) == (2, str(uid("o1")))
    refused = await matching.post(path.replace("acceptance", "refusal"), "staff")
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (409, "match-not-open")


async def test_a_place_that_is_declined_goes_to_the_next_in_line_and_numbers_move_up(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"], b=["o1"], c=["o1"])
    waiting = {fact.application: fact.data["waiting"] for fact in await matching.told("match.waitlisted")}
    o1 = str(uid("o1"))
    assert waiting == {
        uid("application b"): [{"opening": o1, "number": 1}],
        uid("application c"): [{"opening": o1, "number": 2}],
    }
    body = {"reason": "other-job"}
    declined = await matching.post(f"/matches/{await matching.match_of('a')}/refusal", "staff", body)
    assert (declined.json()["state"], declined.json()["reason"]) == ("declined", "other-job")
    assert await matching.live() == {"o1": [str(uid("b"))]}
    standing = await matching.get(f"/applications/{uid('application c')}", "citizen", subject=str(uid("c")))
    assert standing.json()["waiting"] == [{"opening": o1, "number": 1}]
    # Whoever declined a place is not offered it again.
    await matching.post(f"/matches/{await matching.match_of('b')}/refusal", "staff")
    await matching.post(f"/matches/{await matching.match_of('c')}/refusal", "staff")
    assert await matching.live() == {}


async def test_unanswered_proposals_expire_after_their_time_and_pass_on(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"], b=["o1"])
    matching.pass_days(5)
    assert await matching.expire() == 0
    matching.pass_days(1)
    late = await matching.post(f"/matches/{await matching.match_of('a')}/acceptance", "staff")
    assert (late.status_code, late.json()["type"].rpartition("/")[2]) == (409, "answer-too-late")
    assert await matching.expire() == 1
    (fact,) = await matching.told("match.expired")
    assert fact.data["person"] == str(uid("a"))
    assert await matching.live() == {"o1": [str(uid("b"))]}


async def test_withdrawing_gives_the_open_proposal_to_the_next(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"], b=["o1"])
    await matching.apply(withdrawn("a"))
    (fact,) = await matching.told("match.declined")
    assert (fact.data["person"], fact.data["reason"]) == (str(uid("a")), "withdrawn")
    assert await matching.live() == {"o1": [str(uid("b"))]}


async def test_all_answering_at_once_never_overfills_an_opening(matching: World) -> None:
    """Sixteen people, three places: each is declined and accepted at the same time, on real connections."""
    people = {f"p{number}": ["o1", "o2"] for number in range(16)}
    await round_of(matching, {"o1": 2, "o2": 1}, **people)
    for _ in range(3):
        rows = await matching.fetch("select id, rank from match where state = 'proposed'")
        await asyncio.gather(
            *(matching.post(f"/matches/{row['id']}/refusal", "staff") for row in rows),
            *(matching.post(f"/matches/{row['id']}/acceptance", "staff") for row in rows),
        )
        held = {code: len(those) for code, those in (await matching.live()).items()}
        assert held == {"o1": 2, "o2": 1}
    seats = await matching.fetch("select capacity, taken from seat order by capacity")
    assert [(row["capacity"], row["taken"]) for row in seats] == [(1, 1), (2, 2)]


async def test_accepting_releases_what_else_was_proposed_to_the_person(matching: World) -> None:
    """A second programme's open proposal of the same person is declined for them, with the reason."""
    await round_of(matching, {"o1": 1}, a=["o1"])
    other, made = uid("other"), definition().model_copy(update={"id": "other"})
    await matching.apply(
        event(
            ProgrammePublished(programme="other", version=1, definition=made.model_dump(mode="json")), "other"
        ),
        opening("other", programme="other"),
    )
    await matching.fetch("insert into seat (opening, capacity, taken) values ($1, 1, 1)", other)
    await matching.fetch(
        "insert into match (id, application, person, programme, opening, organisation, rank, state,"
        " proposed_at, answer_by) select $1, application, person, 'other', $2, organisation, 1, 'proposed',"
        " proposed_at, answer_by from match",
        uuid4(),
        other,
    )
    rows = await matching.fetch("select id from match where programme <> 'other'")
    await matching.post(f"/matches/{rows[0]['id']}/acceptance", "staff")
    (fact,) = await matching.told("match.declined")
    assert (fact.data["programme"], fact.data["reason"]) == ("other", "accepted-elsewhere")
    assert await matching.fetch("select taken from seat where opening = $1", other) == [(0,)]


async def test_a_citizen_sees_and_answers_their_own_alone(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"])
    stranger = str(uid("b"))
    match = await matching.match_of("a")
    assert (
        await matching.post(f"/matches/{match}/acceptance", "citizen", subject=stranger)
    ).status_code == 404
    path = f"/applications/{uid('application a')}"
    assert (await matching.get(path, "citizen", subject=stranger)).status_code == 404
    assert (await matching.get(path, "workplace")).status_code == 403
    assert (await matching.post(f"/matches/{uuid4()}/acceptance", "staff")).status_code == 404


async def test_the_standing_gives_reasons_and_looking_is_recorded(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"], b=["o1"])
    found = await matching.get(f"/applications/{uid('application b')}", "staff")
    standing = found.json()
    assert (standing["state"], standing["matches"]) == ("ranked", [])
    assert [one["opening"] for one in standing["suggestions"]] == [str(uid("o1"))]
    assert standing["explanation"]["ko"][1].startswith(
        "1지망 o1(가상)의 ‘o1 일경험’: 1자리가 순서가 앞선 분들께"
    )
    assert standing["explanation"]["ko"][1].endswith("대기 순번은 1번입니다.")
    seen = [fact for fact in await matching.told("access.recorded") if fact.data["person"] == str(uid("b"))]
    assert [(fact.data["actor"], fact.data["reason"]) for fact in seen] == [("kim", "standing")]


async def test_a_reason_is_a_code_not_a_story(matching: World) -> None:
    await round_of(matching, {"o1": 1}, a=["o1"])
    path = f"/matches/{await matching.match_of('a')}/refusal"
    assert (await matching.post(path, "staff", {"reason": "아파서 못 갑니다"})).status_code == 422
    assert (await matching.post(path, "staff", {"because": "x"})).status_code == 422
