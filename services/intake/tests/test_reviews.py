"""Reviews over HTTP on a real Postgres: named, blind, scored, complete, shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from ieum.common.events.matching import MatchProposed, MatchRanked
from ieum.intake.applications.consumers import on_matches
from ieum.intake.erasures.jobs import destroy_due

from .test_drafts import ANSWERS, TRIP, TRIP_YAML
from .world import World, opening, organisation, problem

pytestmark = pytest.mark.servers

OFFICIAL: dict[str, Any] = {"role": "official", "subject": "lead"}
SCORES = {"question": 40, "plan": 20, "sharing": 25}
HIDING = TRIP_YAML.replace("  ties: [question, plan]", "  ties: [question, plan]\n  hides: [destination]")


async def applied(intake: World, *, yaml: str = TRIP_YAML, people: int = 1, days: int = 75) -> list[str]:
    """That many applications, and so many days later; they are taken until 26 April."""
    assert (await intake.post("programmes", {"yaml": yaml})).status_code == 201
    firm = (await intake.post("organisations", organisation())).json()["id"]
    where = {"programme": TRIP, "wage_hourly_won": None, "hours_per_week": None, "months": None}
    assert (await intake.post("openings", opening(firm, code="T-1", **where))).status_code == 201
    made = []
    for at in range(people):
        person = await intake.person(phone=f"010-0{at}23-4567")
        body = {"person": person, "programme": TRIP, "choices": ["T-1"], "answers": ANSWERS}
        made.append((await intake.post("applications", body)).json()["id"])
    intake.advance(days=days)
    return made


async def name(intake: World, *reviewers: str, **who: Any) -> httpx.Response:
    headers = intake.headers(**(OFFICIAL | who))
    body = {"reviewers": list(reviewers)}
    return await intake.client.put(f"/intake/programmes/{TRIP}/reviewers", json=body, headers=headers)


async def score(
    intake: World,
    application: str,
    who: str,
    scores: Any = None,
    *,
    version: int = 1,
    note: str | None = None,
) -> httpx.Response:
    headers = intake.headers(subject=who) | {"If-Match": f'"{version}"'}
    body = {"scores": SCORES if scores is None else scores} | ({"note": note} if note else {})
    return await intake.client.put(f"/intake/reviews/{application}", json=body, headers=headers)


async def test_reviewers_are_named_once_applications_are_closed(intake: World) -> None:
    await applied(intake, people=2)
    assert (await name(intake, "lee", "park", "choi")).json() == {
        "applications": 2, "seated": 6, "lacking": 0,
    }  # fmt: skip
    assert (await name(intake, "lee", "park", "choi")).json()["seated"] == 0
    assert problem(await name(intake, "lee", agency="daegu-suseong")) == (403, "other-agency")
    assert problem(await name(intake, "lee", role="staff")) == (403, "forbidden")


async def test_who_may_not_apply_is_not_scored(intake: World) -> None:
    first, second = await applied(intake, people=2)
    person = (await intake.get(f"applications/{first}")).json()["person"]
    about = {"application": UUID(first), "person": UUID(person), "programme": TRIP}
    await intake.consume(on_matches, MatchRanked(**about, eligible=False), topic="matching-matches")
    assert (await name(intake, "lee", "park", "choi")).json()["applications"] == 1
    assert problem(await score(intake, first, "lee")) == (404, "review-unknown")
    assert (await score(intake, second, "lee")).status_code == 200
    intake.advance(days=1)  # an appeal was upheld
    await intake.consume(on_matches, MatchRanked(**about, eligible=True), topic="matching-matches")
    assert (await name(intake, "lee", "park", "choi")).json()["seated"] == 3


async def test_nothing_is_reviewed_that_may_still_change(intake: World) -> None:
    await applied(intake, days=70)  # 26 April, the last day
    assert problem(await name(intake, "lee", "park", "choi")) == (409, "programme-open")


async def test_who_registered_the_applicant_does_not_score_them(intake: World) -> None:
    """`kim` entered the person at the counter: the next on the list takes the seat."""
    [application] = await applied(intake)
    recorded = await intake.fetch("select recorded_by from person_registration")
    assert [row["recorded_by"] for row in recorded] == ["kim"]
    assert (await name(intake, "kim", "park", "choi")).json()["lacking"] == 1
    assert (await name(intake, "lee")).json() == {"applications": 1, "seated": 1, "lacking": 0}
    assert problem(await score(intake, application, "kim")) == (404, "review-unknown")
    assert (await score(intake, application, "lee")).status_code == 200


async def test_a_reviewer_sees_neither_the_person_nor_the_others_before_scoring(intake: World) -> None:
    [application] = await applied(intake, yaml=HIDING)
    await name(intake, "lee", "park", "choi")
    assert (await score(intake, application, "park")).status_code == 200
    blind = await intake.get(f"reviews/{application}", subject="lee", params={"reveal": "심사"})
    assert (blind.json()["others"], blind.json()["answers"]) == ([], {"question": ANSWERS["question"]})
    row = (await intake.get(f"applications/{application}")).json()
    assert row["person"] not in blind.text
    assert not {"person", "name", "birth_date", "receipt", "agency"} & blind.json().keys()
    access = (await intake.told("intake-access"))[-1]
    assert (access["actor"], access["reason"], access["person"]) == ("lee", "심사", row["person"])
    assert (await score(intake, application, "lee")).json()["others"] == [{"scores": SCORES}]
    assert problem(await intake.get(f"reviews/{application}", subject="stranger")) == (404, "review-unknown")


async def test_all_reviewers_scores_become_one_total_that_is_told_once(intake: World) -> None:
    [application] = await applied(intake)
    await name(intake, "lee", "park", "choi")
    await score(
        intake, application, "lee", {"question": 40, "plan": 30, "sharing": 30}, note="홍 어쩌고 좋습니다."
    )
    await score(intake, application, "park", {"question": 30, "plan": 20, "sharing": 20})
    assert [one for one in await intake.told("intake-applications") if "total" in one] == []
    last = await score(intake, application, "choi", {"question": 25, "plan": 20, "sharing": 20})
    assert (last.status_code, last.json()["completed"]) == (200, True)
    [told] = [one for one in await intake.told("intake-applications") if "total" in one]
    # 100 + 70 + 65 = 235; 235/3 = 78.333…; 95/3 = 31.67; 70/3 = 23.33 twice
    assert (told["total"], told["criteria"], told["reviewers"]) == (
        7833, {"question": 3167, "plan": 2333, "sharing": 2333}, 3,
    )  # fmt: skip
    standing = (await intake.get(f"programmes/{TRIP}/standing", **OFFICIAL)).json()
    assert [(one["rank"], one["total"]) for one in standing["items"]] == [(1, 7833)]
    assert standing["open"] == 0
    dump = await intake.dump()
    assert "홍 어쩌고" not in dump


async def test_scores_are_final_once_anothers_can_be_seen(intake: World) -> None:
    [application] = await applied(intake)
    await name(intake, "lee", "park", "choi")
    assert (await score(intake, application, "lee")).json()["version"] == 2
    assert problem(await score(intake, application, "lee")) == (412, "stale")
    assert (await score(intake, application, "lee", version=2)).json()["version"] == 3
    await score(intake, application, "park")
    assert problem(await score(intake, application, "lee", version=3)) == (409, "scores-final")
    assert problem(await score(intake, application, "choi", {"question": 41, "plan": 1, "sharing": 1})) == (
        422, "score-out-of-bounds",
    )  # fmt: skip
    assert problem(await score(intake, application, "choi", {"question": 1})) == (422, "scores-incomplete")


async def test_whoever_states_a_conflict_scores_nothing_and_the_next_takes_the_seat(intake: World) -> None:
    [application] = await applied(intake)
    await name(intake, "lee", "park", "choi", "jung")
    back = f"reviews/{application}/stepping-back"
    for _ in range(2):  # said twice it is once
        assert (await intake.post(back, {"conflict": "kin"}, subject="lee")).status_code == 204
    assert problem(await score(intake, application, "lee")) == (404, "review-unknown")
    assert (await score(intake, application, "jung")).status_code == 200
    assert problem(await intake.post(back, {"conflict": "kin"}, subject="jung")) == (409, "scores-final")
    tasks = (await intake.get(f"programmes/{TRIP}/reviews", subject="jung")).json()["items"]
    assert [(one["application"], one["scored"]) for one in tasks] == [(application, True)]
    assert (await intake.get(f"programmes/{TRIP}/reviews", subject="lee")).json()["items"] == []


async def test_the_applicant_sees_their_result_once_it_is_out(intake: World) -> None:
    [application] = await applied(intake)
    await name(intake, "lee", "park", "choi")
    for who in ("lee", "park", "choi"):
        await score(intake, application, who)
    path = f"applications/{application}/review"
    assert problem(await intake.get(path)) == (404, "review-not-shown")
    person = (await intake.get(f"applications/{application}")).json()["person"]
    proposed = MatchProposed(
        application=UUID(application), person=UUID(person), programme=TRIP, opening=uuid4(),
        organisation=uuid4(), rank=1, answer_by=intake.clock.now(),
    )  # fmt: skip
    await intake.consume(on_matches, proposed, topic="matching-matches")
    shown = (await intake.get(path, role="citizen", subject=person)).json()
    assert (shown["total"], [one["average"] for one in shown["criteria"]]) == (8500, [4000, 2000, 2500])
    assert problem(await intake.get(path, role="citizen", subject="stranger")) == (404, "application-unknown")


async def test_withdrawn_applications_are_not_scored_and_erased_ones_leave_nothing(intake: World) -> None:
    [application] = await applied(intake)
    await name(intake, "lee", "park", "choi")
    person = (await intake.get(f"applications/{application}")).json()["person"]
    assert (await intake.post(f"people/{person}/erasure")).status_code in (201, 202)
    assert problem(await score(intake, application, "lee")) == (409, "application-withdrawn")
    assert len(await intake.fetch("select 1 from review_seat")) == 3  # kept apart, as the application is
    intake.advance(days=181)
    assert await destroy_due(intake.service) == 1
    assert await intake.fetch("select 1 from review_seat") == await intake.fetch("select 1 from review") == []
