"""A request for a human review becomes an appeal in intake: once, and decided by somebody else."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from ieum.common.events.matching import MatchProposed, MatchRanked
from ieum.common.events.matching_placement import MatchReviewRequested
from ieum.common.kernel.errors import Refusal
from ieum.intake.appeals.consumers import on_reviews
from ieum.intake.applications.consumers import on_matches
from ieum.intake.people.actions import Desk

from .test_appeals import about, appeal, application, confirmed, decide, refused, waiting
from .world import World, problem

pytestmark = pytest.mark.servers


async def ask(intake: World, person: str, made: str, times: int = 1) -> None:
    fact = MatchReviewRequested(**about(person, made), match=None)

    async def handler(events, tx) -> None:  # type: ignore[no-untyped-def]
        await on_matches(events, tx)
        await on_reviews(events, tx, desk=Desk.of(intake.service))

    await intake.consume(handler, *[fact] * times, topic="matching-matches")


async def test_it_is_taken_up_once_owed_in_time_and_not_decided_by_the_first_decider(intake: World) -> None:
    made, round_ = await waiting(intake)
    [row] = await intake.fetch("select person from application where id = $1", UUID(made))
    await confirmed(intake, round_, "first-official")
    await ask(intake, str(row["person"]), made, times=2)
    await ask(intake, str(row["person"]), made)
    [owed] = (await intake.get("appeals")).json()["items"]
    assert (owed["application"], owed["outcome"]) == (made, None)
    [times] = await intake.fetch("select due_at - filed_at as given from appeal")
    assert 14 <= times["given"].days <= 15
    shown = (await intake.get(f"appeals/{owed['id']}", params={"reason": "검토"})).json()
    assert shown["grounds"] == "결과를 사람이 다시 검토해 달라고 요청하였습니다."
    own = await decide(intake, owed["id"], subject="first-official")
    assert problem(own) == (403, "own-decision")
    assert (await decide(intake, owed["id"])).status_code == 201
    filed = [one for one in await intake.told("intake-applications") if "agency" in one and "fact" in one]
    assert len(filed) == 1


async def test_who_appealed_against_the_decision_already_has_that_appeal(intake: World) -> None:
    person, made = await refused(intake)
    assert (await appeal(intake, made)).status_code == 201
    await ask(intake, person, made)
    assert len((await intake.get("appeals")).json()["items"]) == 1


async def test_what_a_machine_found_on_arrival_is_reviewed_and_nothing_is_not(intake: World) -> None:
    """Eligible and ranked, no round yet: a human being may look at that. A later decision has its own."""
    person, made = await application(intake)
    with pytest.raises(Refusal) as none:
        await ask(intake, person, made)
    assert none.value.code == "nothing-to-appeal"
    await intake.consume(
        on_matches, MatchRanked(**about(person, made), eligible=True), topic="matching-matches"
    )
    await ask(intake, person, made)
    assert len(await intake.fetch("select 1 from appeal")) == 1
    later = MatchProposed(
        **about(person, made), opening=uuid4(), organisation=uuid4(), rank=1, answer_by=intake.clock.now()
    )
    await intake.consume(on_matches, later, topic="matching-matches")
    await ask(intake, person, made)
    assert len(await intake.fetch("select 1 from appeal")) == 2
