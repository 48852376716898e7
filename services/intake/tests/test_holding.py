"""A person's key of class `case` stays until the last of all that was written under it may go.

Cases and referrals share it: whichever ends first, what the other still needs stays readable; and when the
latest day has come it goes, unasked.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from ieum.intake.cases import jobs as case_jobs
from ieum.intake.erasures.jobs import destroy_due, destroy_freed

from .cases import AGENCY, Cases
from .referrals import SENDER, sent, step, walk
from .world import OPEN_DAY, World

pytestmark = pytest.mark.servers

PERIOD = timedelta(days=5 * 365 + 3)


@pytest.fixture
def cases(intake: World) -> Cases:
    return Cases(intake)


async def timers(intake: World) -> None:
    """All that destroys unasked."""
    for job in (destroy_due, case_jobs.destroy_due, destroy_freed):
        await job(intake.service)


async def has_key(intake: World, person: str) -> bool:
    sql = "select 1 from person_key where person = $1 and record_class = 'case'"
    return bool(await intake.fetch(sql, UUID(person)))


async def note_of(intake: World, referral: str, agency: str = SENDER) -> str | None:
    """What the sending agency may always open."""
    answer = await intake.get(f"referrals/{referral}", params={"reveal": "확인"}, agency=agency)
    assert answer.status_code == 200, answer.text
    found: str | None = answer.json()["note"]
    return found


async def test_an_open_referral_holds_the_key_that_an_expired_case_shares(cases: Cases) -> None:
    """The case ends and comes to its day while the referral is still open: its note opens as before."""
    world = cases.world
    person = await world.person()
    case = await cases.begun(person=person, signed_in={"agency": AGENCY})
    await cases.done(case["id"], "closing", {"reason": "set-aside"})
    world.advance(days=30)
    referral = await sent(world, person)
    world.clock._now = OPEN_DAY + PERIOD
    await timers(world)
    assert await note_of(world, referral["id"]) is not None
    assert await has_key(world, person)
    await walk(world, referral, "receive", "accept", "serve", "close")
    world.clock._now = OPEN_DAY + 2 * PERIOD - timedelta(days=10)
    await timers(world)
    assert await note_of(world, referral["id"]) is not None
    world.advance(days=20)
    await timers(world)
    assert await note_of(world, referral["id"]) is None
    assert not await has_key(world, person)
    assert (await cases.show(case["id"], reveal="확인")).json()["told"] is None


async def test_an_open_case_holds_the_key_that_a_closed_referral_shares(cases: Cases) -> None:
    """The other order: the referral's day comes first, and the case goes on to be readable."""
    world = cases.world
    person = await world.person()
    referral = await sent(world, person)
    case = await cases.begun(person=person, signed_in={"agency": AGENCY})
    await walk(world, referral, "receive", "accept", "serve", "close")
    world.clock._now = OPEN_DAY + PERIOD
    await timers(world)
    assert (await cases.show(case["id"], reveal="확인")).json()["told"]["name"] == "성춘향"
    await cases.done(case["id"], "closing", {"reason": "set-aside"})
    await timers(world)
    assert (await cases.show(case["id"], reveal="확인")).json()["told"]["name"] == "성춘향"
    world.clock._now = OPEN_DAY + 2 * PERIOD
    await timers(world)
    assert (await cases.show(case["id"], reveal="확인")).json()["told"] is None
    assert await note_of(world, referral["id"]) is None
    assert not await has_key(world, person)


@pytest.mark.parametrize("first", ["case", "referral"])
async def test_asked_to_be_forgotten_the_later_of_both_counts_too(cases: Cases, first: str) -> None:
    """An erasure keeps the class for the first that ended; what was still open then puts the day off."""
    world = cases.world
    person = await world.person()
    referral = await sent(world, person)
    case = await cases.begun(person=person, signed_in={"agency": AGENCY})

    async def end(which: str) -> None:
        if which == "case":
            await cases.done(case["id"], "closing", {"reason": "set-aside"})
        else:
            await walk(world, referral, "receive", "accept", "serve", "close")

    await end(first)
    assert (await world.post(f"people/{person}/erasure")).status_code == 201
    world.advance(days=700)
    await end("referral" if first == "case" else "case")
    world.clock._now = OPEN_DAY + PERIOD
    await timers(world)
    assert await has_key(world, person)
    world.advance(days=700)
    await timers(world)
    assert not await has_key(world, person)


async def test_a_referral_alone_goes_unasked_as_well(intake: World) -> None:
    person = await intake.person()
    referral = await sent(intake, person)
    await step(intake, referral["id"], "receive", 1)
    back = {"reason": "other", "sentence": "다른 곳에서 이미 돕고 있습니다."}
    assert (await step(intake, referral["id"], "return", 2, json=back)).status_code == 200
    intake.advance(days=20)
    assert (await step(intake, referral["id"], "close", 3, agency=SENDER)).status_code == 200
    intake.advance(days=5 * 365)
    await timers(intake)
    assert await has_key(intake, person)
    intake.advance(days=10)
    await timers(intake)
    assert not await has_key(intake, person)
    [row] = await intake.fetch("select note, answer from referral")
    assert (row["note"], row["answer"]) == (None, None)


async def test_whoever_refers_while_the_timer_runs_loses_nothing(cases: Cases) -> None:
    """A referral sent at the moment in which the last case's day comes: its note opens, whoever was first."""
    world = cases.world
    people = [await world.person(phone=f"010-0777-{n:04}") for n in range(6)]
    for person in people:
        case = await cases.begun(person=person, signed_in={"agency": AGENCY})
        await cases.done(case["id"], "closing", {"reason": "set-aside"})
    world.clock._now = OPEN_DAY + PERIOD
    made = asyncio.gather(*(sent(world, person) for person in people))
    await asyncio.gather(made, *(destroy_freed(world.service) for _ in range(3)))
    assert all([await note_of(world, one["id"]) for one in made.result()])
