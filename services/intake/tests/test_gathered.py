"""Applications that arrive together, over HTTP: one transaction, and to each their own answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from ieum.common.events.intake import Channel

from .serving import served
from .world import AGENCY, PROGRAMME, World, problem

pytestmark = pytest.mark.servers
OTHER_AGENCY = "dalseo-welfare-centre"


@asynccontextmanager
async def held_up(intake: World, person: str) -> AsyncIterator[None]:
    """Whatever locks this person waits until the end of the block."""
    admin = await asyncpg.connect(intake.admin_dsn)
    try:
        async with admin.transaction():
            await admin.execute("select from person where id = $1 for update", UUID(person))
            yield
    finally:
        await admin.close()


async def gathered(intake: World, *asked: Any, **who: Any) -> list[httpx.Response]:
    """Send while an application by `who` is held up: those of its kind share the transaction that follows."""
    answer = await intake.post("people", _hong(0), **who)
    stopper = answer.json()["id"]
    sent: list[asyncio.Task[httpx.Response]] = []
    gatherers = intake.client._transport.app.state.web.gatherers  # type: ignore[attr-defined]
    async with held_up(intake, stopper):
        first = asyncio.create_task(intake.apply(stopper, ["Y22-001"], **who))
        await _blocked(intake)
        (gatherer,) = gatherers.values()
        for one in asked:
            waiting = _waiting(gatherer)
            sent.append(asyncio.create_task(one))
            await _until(lambda: _waiting(gatherer) > waiting or sent[-1].done())  # noqa: B023
    assert (await first).status_code == 201
    return list(await asyncio.gather(*sent))


def _waiting(gatherer: Any) -> int:
    return sum(map(len, gatherer._queues.values()))


async def _until(holds: Callable[[], object]) -> None:
    while not holds():  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.002)


async def _blocked(intake: World) -> None:
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    while not (await intake.fetch(waiting))[0]["count"]:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.005)


async def _people(intake: World, count: int) -> list[str]:
    return [await intake.person(phone=f"010-0222-{n:04}") for n in range(count)]


async def _transactions(intake: World, ids: list[str]) -> int:
    rows = await intake.fetch(
        "select distinct xmin::text from application where id = any($1)", [UUID(one) for one in ids]
    )
    return len(rows)


async def test_those_who_wait_together_commit_together_each_with_their_own_answer(intake: World) -> None:
    """Good and bad mixed: what is refused is refused alone, with its own field; the others stay."""
    await intake.market("Y22-001", "Y22-002")
    one, two, three = await _people(intake, 3)
    answers = await gathered(
        intake,
        intake.apply(one, ["Y22-002", "Y22-001"]),
        intake.apply(two, ["Y22-001", "Y22-999"]),
        intake.apply(str(uuid4()), ["Y22-001"]),
        intake.apply(three, ["Y22-001"], body={"programme": "nobody-knows"}),
        intake.apply(three, ["Y22-001"], body={"received_on": "2022-02-10"}),
        intake.apply(two, ["Y22-001"]),
    )
    assert [answer.status_code for answer in answers] == [201, 422, 422, 422, 201, 201]
    assert [problem(answers[n])[1] for n in (1, 2, 3)] == [
        "choice-unknown", "person-unknown", "programme-unknown",
    ]  # fmt: skip
    assert answers[1].json()["errors"][0]["pointer"] == "/choices/1"
    made = [answers[n].json() for n in (0, 4, 5)]
    assert [each["person"] for each in made] == [one, three, two]
    assert [choice["code"] for choice in made[0]["choices"]] == ["Y22-002", "Y22-001"]
    assert made[1]["submitted_at"].startswith("2022-02-09T15:00:00")
    assert await _transactions(intake, [each["id"] for each in made]) == 1
    told = {each["person"]: each for each in await intake.told("intake-applications")}
    assert told.keys() >= {one, two, three}
    for each in made:
        assert (await intake.get(f"applications/{each['id']}")).json() == each


async def test_of_two_tabs_of_one_youth_the_first_is_taken(intake: World) -> None:
    await intake.market("Y22-001", "Y22-002")
    (person,) = await _people(intake, 1)
    answers = await gathered(intake, intake.apply(person, ["Y22-001"]), intake.apply(person, ["Y22-002"]))
    assert [answer.status_code for answer in answers] == [201, 409]
    assert problem(answers[1]) == (409, "application-exists")
    rows = await intake.fetch("select id from application where person = $1", UUID(person))
    assert [str(row["id"]) for row in rows] == [answers[0].json()["id"]]


async def test_a_key_used_twice_at_once_is_in_use_and_answers_the_same_later(intake: World) -> None:
    await intake.market("Y22-001")
    one, two = await _people(intake, 2)
    answers = await gathered(
        intake,
        intake.apply(one, ["Y22-001"], key="k-1"),
        intake.apply(one, ["Y22-001"], key="k-1"),
        intake.apply(two, ["Y22-001"], key="k-1"),
    )
    assert answers[0].status_code == 201
    assert {problem(answer) for answer in answers[1:]} == {(409, "idempotency-key-in-use")}
    again, other = await gathered(
        intake, intake.apply(one, ["Y22-001"], key="k-1"), intake.apply(two, ["Y22-001"], key="k-1")
    )
    assert (again.status_code, again.json()) == (201, answers[0].json())
    assert problem(other) == (422, "idempotency-key-reused")


async def test_each_acts_in_their_own_name(intake: World) -> None:
    """Each citizen alone, staff by their agency: none gets at what another may do."""
    await intake.market("Y22-001")
    mine, yours = [
        str((await intake.post("people", _hong(n), role="citizen", subject=f"c-{n}")).json()["id"])
        for n in (1, 2)
    ]
    theirs = (await intake.post("people", _hong(3), agency=OTHER_AGENCY)).json()["id"]
    answers = await gathered(
        intake,
        intake.apply(yours, ["Y22-001"], role="citizen", subject="c-1"),
        intake.apply(mine, ["Y22-001"], role="citizen", subject="c-1"),
        intake.apply(yours, ["Y22-001"], role="citizen", subject="c-2"),
        intake.apply(theirs, ["Y22-001"], agency=OTHER_AGENCY),
        role="citizen",
        subject="c-0",
    )
    assert [answer.status_code for answer in answers] == [422, 201, 201, 201]
    assert problem(answers[0]) == (422, "person-unknown")
    shown: list[tuple[Channel, str]] = [(one.json()["channel"], one.json()["agency"]) for one in answers[1:]]
    assert shown == [("web", AGENCY), ("web", AGENCY), ("counter", OTHER_AGENCY)]
    told = {each["person"]: each["agency"] for each in await intake.told("intake-applications")}
    assert (told[mine], told[theirs]) == (AGENCY, OTHER_AGENCY)
    mine_, yours_, theirs_ = (answer.json()["id"] for answer in answers[1:])
    assert await _transactions(intake, [mine_, yours_, theirs_]) == 3


async def test_every_event_carries_the_story_of_its_own_request(intake: World) -> None:
    await intake.market("Y22-001")
    people = await _people(intake, 2)
    answers = await gathered(intake, *(intake.apply(person, ["Y22-001"]) for person in people))
    rows = await intake.fetch("select key, headers from outbox where topic = 'intake-applications'")
    headers = {row["key"]: row["headers"] for row in rows}
    for answer in answers:
        story = answer.headers["X-Correlation-Id"]
        assert f'["ce_correlationid","{story}"]' in headers[answer.json()["id"]]


async def test_one_that_breaks_the_statement_bars_nobody(intake: World) -> None:
    """Its key was destroyed behind everybody's back: sealing fails for the batch, then for this one alone."""
    await intake.market("Y22-001")
    good, broken = await _people(intake, 2)
    await intake.fetch(
        "delete from person_key where person = $1 and record_class = 'application'", UUID(broken)
    )
    answers = await gathered(intake, intake.apply(broken, ["Y22-001"]), intake.apply(good, ["Y22-001"]))
    assert [answer.status_code for answer in answers] == [500, 201]
    rows = await intake.fetch(
        "select person from application where person = any($1)", [UUID(good), UUID(broken)]
    )
    assert [str(row["person"]) for row in rows] == [good]


async def test_a_client_that_went_away_finds_its_application_by_the_same_key(intake: World) -> None:
    await intake.market("Y22-001")
    one, two = await _people(intake, 2)

    async def leaves() -> httpx.Response:
        task = asyncio.create_task(intake.apply(one, ["Y22-001"], key="k-gone"))
        await asyncio.sleep(0)
        return await task

    answers = await gathered(intake, leaves(), intake.apply(two, ["Y22-001"]))
    again = await intake.apply(one, ["Y22-001"], key="k-gone")
    assert (again.status_code, again.json()) == (201, answers[0].json())


async def test_whoever_was_asked_in_before_sigterm_is_answered(intake: World) -> None:
    """Behind a real socket: a batch under way and those who wait behind it are answered before the end."""
    await intake.market("Y22-001")
    people = await _people(intake, 8)
    async with served(intake) as serving:

        def send(person: str) -> asyncio.Task[httpx.Response]:
            body = {"person": person, "programme": PROGRAMME, "choices": ["Y22-001"]}
            post = serving.client.post("/intake/applications", json=body, headers=intake.headers())
            return asyncio.create_task(post)

        async with held_up(intake, people[0]):
            sent = [send(people[0])]
            await _blocked(intake)
            sent += [send(person) for person in people[1:]]
            (gatherer,) = serving.server.config.app.state.web.gatherers.values()  # type: ignore[union-attr]
            await _until(lambda: _waiting(gatherer) == len(people) - 1)
            serving.server.should_exit = True
        answers = await asyncio.gather(*sent)
    assert {answer.status_code for answer in answers} == {201}
    rows = await intake.fetch("select count(*) from application")
    assert rows[0]["count"] == len(people)


async def test_many_at_once_are_all_taken_once(intake: World) -> None:
    """Forty at the same moment, a few of them twice with the same key, as a nervous client does."""
    await intake.market("Y22-001")
    people = await _people(intake, 40)
    asked = [(person, f"k-{person}") for person in [*people, *people[:10]]]
    answers = await asyncio.gather(*(intake.apply(one, ["Y22-001"], key=key) for one, key in asked))
    assert {answer.status_code for answer in answers[:40]} <= {201, 409}
    settled = await asyncio.gather(*(intake.apply(one, ["Y22-001"], key=key) for one, key in asked))
    assert {answer.status_code for answer in settled} <= {201, 409}
    shown = {answer.json()["person"]: answer.json()["id"] for answer in settled if answer.status_code == 201}
    rows = await intake.fetch("select person, id from application")
    assert {str(row["person"]): str(row["id"]) for row in rows} == shown
    assert len(rows) == 40
    assert len(await intake.told("intake-applications")) == 40


def _hong(n: int) -> dict[str, Any]:
    return {
        "name": "홍길순",
        "birth_date": "1997-03-05",
        "phone": f"010-0333-{n:04}",
        "email": "h@mail.ieum.test",
        "district": "27290",
    }
