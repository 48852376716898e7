"""Appeals over HTTP on a real Postgres."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from ieum.common.events.matching import MatchProposed, MatchRanked, MatchWaitlisted, RoundConfirmed
from ieum.common.postgres import Actor
from ieum.intake.appeals.consumers import on_rounds
from ieum.intake.appeals.domain import ANSWER_DAYS, WITHIN_DAYS
from ieum.intake.appeals.jobs import tell_overdue
from ieum.intake.applications.consumers import on_matches

from .world import PROGRAMME, World, event, problem

pytestmark = pytest.mark.servers

WHY = "면접 점수가 제 것이 아닌 것 같습니다. 홍길동 드림"
ANSWER = {"outcome": "upheld", "reasons_ko": "점수가 바뀌어 입력된 것을 확인하였습니다."}


async def application(intake: World, **who: Any) -> tuple[str, str]:
    """A person's application; the ids of both."""
    await intake.market("Y22-001")
    person = await intake.person()
    return person, (await intake.apply(person, ["Y22-001"], **who)).json()["id"]


def about(person: str, application_: str) -> dict[str, Any]:
    return {"person": UUID(person), "application": UUID(application_), "programme": PROGRAMME}


async def refused(intake: World) -> tuple[str, str]:
    """An application that the rules turned away."""
    person, made = await application(intake)
    fact = MatchRanked(**about(person, made), eligible=False, failed_rules=["age"])
    await intake.consume(on_matches, fact, topic="matching-matches")
    return person, made


async def waiting(intake: World) -> tuple[str, UUID]:
    """An application that a round left waiting; its id and the round."""
    person, made = await application(intake)
    round_ = uuid4()
    fact = MatchWaitlisted(**about(person, made), round=round_, waiting=[])
    await intake.consume(on_matches, fact, topic="matching-matches")
    return made, round_


async def confirmed(intake: World, round_: UUID, official: str) -> None:
    data = RoundConfirmed(
        programme=PROGRAMME, official=official, official_name="이도윤", result_digest="0" * 64
    )
    told = event(data, "matching-rounds", intake.clock.now(), subject=str(round_))
    async with intake.service.database.unit_of_work(Actor("service", "intake/test"), "intake") as tx:
        await on_rounds([told], tx)


async def appeal(intake: World, made: str, **who: Any) -> Any:
    return await intake.post(f"applications/{made}/appeals", {"grounds": WHY}, **who)


async def decide(intake: World, id_: str, **who: Any) -> Any:
    body = who.pop("body", ANSWER)
    return await intake.post(f"appeals/{id_}/decision", body, **{"role": "official", "name": "박서연", **who})


async def test_an_appeal_is_filed_sealed_owed_and_decided_by_a_named_official(intake: World) -> None:
    person, made = await refused(intake)
    answer = await appeal(intake, made)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["agency"], shown["outcome"], shown["overdue"]) == ("daegu-youth-centre", None, False)
    assert [one["id"] for one in (await intake.get("appeals")).json()["items"]] == [shown["id"]]
    assert (await intake.get("appeals", agency="daegu-suseong")).json()["items"] == []
    decided = await decide(intake, shown["id"])
    assert decided.status_code == 201, decided.text
    assert (decided.json()["outcome"], decided.json()["official_name"]) == ("upheld", "박서연")
    assert (await intake.get("appeals")).json()["items"] == []
    seen = (await intake.get(f"appeals/{shown['id']}", params={"reason": "본인 문의"})).json()
    assert (seen["grounds"], seen["reasons_ko"]) == (WHY, ANSWER["reasons_ko"])
    accesses = await intake.told("intake-access")
    assert [one["person"] for one in accesses] == [person, person]
    filed, told = (await intake.told("intake-applications"))[-2:]
    assert (filed["application"], told["outcome"]) == (made, "upheld")
    dump = await intake.dump()
    assert "면접 점수" not in dump
    assert "바뀌어 입력" not in dump


async def test_once_for_each_decision_and_not_before_there_is_one(intake: World) -> None:
    person, made = await application(intake)
    assert problem(await appeal(intake, made)) == (409, "nothing-to-appeal")
    fact = MatchRanked(**about(person, made), eligible=False)
    await intake.consume(on_matches, fact, topic="matching-matches")
    assert (await appeal(intake, made)).status_code == 201
    assert problem(await appeal(intake, made)) == (409, "appeal-exists")
    intake.clock.advance(timedelta(days=1))
    proposed = MatchProposed(
        **about(person, made), opening=uuid4(), organisation=uuid4(), rank=2,
        answer_by=intake.clock.now() + timedelta(days=5),
    )  # fmt: skip
    await intake.consume(on_matches, proposed, topic="matching-matches")
    assert (await appeal(intake, made)).status_code == 201


async def test_the_last_day_counts_and_the_day_after_is_too_late(intake: World) -> None:
    _, made = await refused(intake)
    intake.clock.advance(timedelta(days=WITHIN_DAYS))
    late = intake.clock.now() + timedelta(days=1)
    assert (await appeal(intake, made)).status_code == 201
    _, other = await _second(intake)
    intake.clock.advance(late - intake.clock.now() + timedelta(days=WITHIN_DAYS))
    assert problem(await appeal(intake, other)) == (422, "appeal-too-late")


async def _second(intake: World) -> tuple[str, str]:
    person = await intake.person(name="성춘향", phone="010-7654-3210", email="spring@mail.ieum.test")
    received = {"received_on": "2022-02-15"}
    made = (await intake.apply(person, ["Y22-001"], body=received)).json()["id"]
    fact = MatchRanked(**about(person, made), eligible=False)
    await intake.consume(on_matches, fact, topic="matching-matches")
    return person, made


async def test_who_confirmed_the_round_does_not_decide_the_appeal(intake: World) -> None:
    made, round_ = await waiting(intake)
    id_ = (await appeal(intake, made)).json()["id"]
    assert problem(await decide(intake, id_, subject="lee")) == (409, "first-decider-unknown")
    await confirmed(intake, round_, "lee")
    assert problem(await decide(intake, id_, subject="lee")) == (403, "own-decision")
    assert problem(await decide(intake, id_, subject="park", name=None)) == (403, "official-unnamed")
    assert problem(await decide(intake, id_, subject="park", agency="daegu-suseong")) == (
        404,
        "appeal-unknown",
    )
    assert problem(await decide(intake, id_, role="staff")) == (403, "forbidden")
    assert (await decide(intake, id_, subject="park")).status_code == 201
    assert problem(await decide(intake, id_, subject="park")) == (409, "appeal-ended")


async def test_a_late_answer_is_told_once(intake: World) -> None:
    _, made = await refused(intake)
    id_ = (await appeal(intake, made)).json()["id"]
    intake.clock.advance(timedelta(days=ANSWER_DAYS))
    assert await tell_overdue(intake.service) == 0
    intake.clock.advance(timedelta(days=1))
    assert [await tell_overdue(intake.service) for _ in range(2)] == [1, 0]
    assert (await intake.get(f"appeals/{id_}")).json()["overdue"] is True
    assert (await intake.told("intake-applications"))[-1]["agency"] == "daegu-youth-centre"
    assert (await decide(intake, id_)).json()["overdue"] is False


async def test_a_person_takes_it_back_and_sees_their_own_alone(intake: World) -> None:
    _, made = await refused(intake)
    id_ = (await appeal(intake, made)).json()["id"]
    assert problem(await intake.get(f"appeals/{id_}", role="citizen", subject="stranger")) == (
        404,
        "appeal-unknown",
    )
    taken = await intake.post(f"appeals/{id_}/withdrawal")
    assert (taken.status_code, taken.json()["outcome"]) == (201, "withdrawn")
    assert problem(await decide(intake, id_)) == (409, "appeal-ended")


async def test_erasure_takes_open_appeals_back_and_forgets_what_was_written(intake: World) -> None:
    person, made = await refused(intake)
    id_ = (await appeal(intake, made)).json()["id"]
    answer = await intake.post(f"people/{person}/erasure")
    assert answer.status_code in (201, 202), answer.text
    [row] = await intake.fetch("select outcome, version from appeal where id = $1", UUID(id_))
    assert (row["outcome"], row["version"]) == ("withdrawn", 2)


async def test_a_forbidden_number_in_the_grounds_is_refused(intake: World) -> None:
    _, made = await refused(intake)
    answer = await intake.post(f"applications/{made}/appeals", {"grounds": "저는 900101-1234567입니다"})
    assert answer.status_code == 422
    assert await intake.fetch("select 1 from appeal") == []
