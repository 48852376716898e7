"""Changed rules against what really happened: who would gain and lose, in large numbers, nothing written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import asyncpg
import pytest
import yaml

from ieum.common.events.programme import Factors, Programme, Reserve
from ieum.common.kernel.clock import ManualClock
from ieum.common.kernel.errors import Refusal
from ieum.common.testing.browser import at_phone_width
from ieum.matching.markets.domain import Application, Opening
from ieum.matching.simulation import actions
from ieum.matching.simulation.commands import ACTOR, simulated, tell
from ieum.matching.simulation.domain import Line, Past, compared, market, ranks

from .facts import AT, definition, profile, uid
from .world import World

SINCE = date(2022, 1, 1)
SECONDS = 120


def changed_file(**changes: Any) -> str:
    """YES! Matching as its staff would change the file: the next version, with other matching rules."""
    new = definition(**changes).model_copy(update={"version": 2})
    return yaml.safe_dump(new.model_dump(mode="json", exclude_none=True), allow_unicode=True)


async def ninety(matching: World) -> None:
    """Ninety people of two districts and two ages for thirty places; near-poor is every third of them.

    Experience alone decides under the old rules, so the near-poor, who have none, get nothing.
    """
    await matching.market({"o1": 15, "o2": 15}, factors=Factors(experience=1), reserves=(), ties=())
    for number in range(90):
        near_poor = number % 3 == 0
        await matching.applicant(
            f"p{number:02}",
            *(("o1", "o2") if number % 2 else ("o2", "o1")),
            district="27110" if number < 45 else "27140",
            groups=["near-poor"] if near_poor else [],
            experience_months=0 if near_poor else 1 + number % 24,
            birth_date=date(2000, 1, 1) if number % 2 else date(1993, 1, 1),
            sex="female" if near_poor else "male",
        )


async def world_as_it_is(matching: World) -> dict[str, Any]:
    """Every row of every table of the service, but the outbox."""
    tables = await matching.fetch(
        "select schemaname || '.' || tablename as name from pg_tables"
        " where schemaname in ('public', 'rebuild') and tablename not in ('outbox')"
    )
    return {
        row["name"]: sorted(str(dict(one)) for one in await matching.fetch(f"select * from {row['name']}"))
        for row in tables
    }


@pytest.mark.servers
async def test_a_reserve_gives_places_to_its_group_and_takes_them_from_others(
    matching: World, capsys: pytest.CaptureFixture[str]
) -> None:
    await ninety(matching)
    before, told = await world_as_it_is(matching), len(await matching.told())
    new = definition(
        factors=Factors(experience=1), reserves=(Reserve(group="near-poor", places=7),), ties=()
    ).model_copy(update={"version": 2})
    found = await simulated(matching.service, new, SINCE, seconds_max=SECONDS)
    lines = {(one.dimension, one.name): one for one in found.lines}
    near_poor = lines["group", "near-poor"]
    assert (near_poor.applicants, near_poor.gain, near_poor.lose, near_poor.same) == (30, 14, 0, 16)
    women = lines["sex", "female"]
    assert (women.applicants, women.gain, women.lose) == (30, 14, 0)
    everybody = lines["all", "all"]
    assert everybody.applicants == 90
    for line in found.lines:
        numbers = [n for n in (line.applicants, line.gain, line.lose, line.same) if n is not None]
        assert all(n == 0 or n >= 5 for n in numbers)
    tell(found)
    assert "near-poor" in capsys.readouterr().out
    assert await world_as_it_is(matching) == before
    (access,) = (await matching.told())[told:]
    assert (access.type, access.data["person"], access.data["objects"], access.data["actor_kind"]) == (
        "access.recorded", None, 90, "service",
    )  # fmt: skip


@pytest.mark.servers
async def test_unchanged_rules_change_nothing(matching: World) -> None:
    await ninety(matching)
    same = definition(factors=Factors(experience=1), reserves=(), ties=())
    found = await simulated(matching.service, same, SINCE, seconds_max=SECONDS)
    assert all((one.gain, one.lose, one.same) == (0, 0, one.applicants) for one in found.lines)


@pytest.mark.servers
async def test_postgres_itself_refuses_to_write_while_the_past_is_read(matching: World) -> None:
    async with matching.service.database.unit_of_work(ACTOR, "matching") as tx:
        async with actions.reading_only(tx):
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await tx.execute("insert into organisation values ($1, 'x', 1)", uid("x"))
        await tx.execute("insert into organisation values ($1, 'x', 1)", uid("x"))  # and only then


@pytest.mark.servers
async def test_what_was_withdrawn_erased_or_before_that_day_takes_no_part(matching: World) -> None:
    await matching.market({"o1": 1})
    await matching.applicant("a", "o1")
    new = definition()
    for since, wanted in ((date(2022, 2, 10), 1), (date(2022, 2, 11), 0)):
        async with matching.service.database.unit_of_work(ACTOR, "matching") as tx:
            if wanted:
                past = await actions.past(tx, new, since, matching.service.city)
                assert [one.person for one, _, _ in past.applications] == [uid("a")]
            else:
                with pytest.raises(Refusal) as refused:
                    await actions.past(tx, new, since, matching.service.city)
                assert refused.value.code == "nothing-past"


@pytest.mark.servers
async def test_the_page_shows_plots_with_tables_and_is_for_the_agency_that_runs_it(
    matching: World, tmp_path: Path
) -> None:
    await ninety(matching)
    clock = ManualClock(datetime(2022, 3, 1, tzinfo=UTC))
    matching.service.clock = matching.service.database.clock = clock  # type: ignore[assignment]
    empty = await matching.get("/simulation", "official")
    assert empty.status_code == 200
    reserve = Reserve(group="near-poor", places=7)
    file = changed_file(factors=Factors(experience=1), reserves=(reserve,), ties=())
    page = await send(matching, file)
    assert page.status_code == 200, page.text
    assert "<table" in page.text
    assert "<svg" in page.text
    assert "우선 대상별" in page.text or "By priority group" in page.text
    assert str(uid("p01")) not in page.text
    layout = await at_phone_width(page.text, tmp_path)
    assert layout.wide <= layout.screen
    assert (await send(matching, file, agency="another-agency")).status_code == 404
    assert (await send(matching, "id: [")).status_code == 422
    assert (await matching.get("/simulation", "citizen")).status_code == 403


async def send(matching: World, file: str, **who: Any) -> Any:
    headers = matching._headers("official", **who) | {"Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"file": file, "since": "2022-01-01"})
    return await matching.client.post("/matching/simulation", content=body, headers=headers)


def an_application(name: str, *choices: str) -> Application:
    return Application(
        uid(f"application {name}"),
        uid(name),
        "yes-matching-2022",
        1,
        tuple(map(uid, choices)),
        AT,
        "ranked",
        1,
    )


def an_opening(name: str, capacity: int) -> Opening:
    firm, skills = uid(f"firm {name}"), ("Figma",)
    return Opening(uid(name), "yes-matching-2022", firm, name, name, capacity, "27110", "디자인", skills, 1)


def a_past(old: Programme, new: Programme) -> Past:
    people = [
        (an_application(f"p{n:02}", "o1"), profile(groups=["near-poor"] if n < 10 else []), "27110")
        for n in range(30)
    ]
    return Past(old, new, SINCE, people, [an_opening("o1", 10)], [], {})


def test_rolling_places_go_in_the_order_of_the_applications() -> None:
    rolling = definition(policy="rolling", reserves=(), ties=())
    document = market(a_past(rolling, rolling), rolling)
    assert document is not None
    (opening,) = document["openings"]
    scores = opening["priorities"]["scores"]
    assert [scores[str(uid(f"application p{n:02}"))] for n in range(30)] == list(range(30, 0, -1))


def test_where_nothing_is_chosen_whoever_may_apply_is_served() -> None:
    closed = definition().model_copy(update={"choices": definition().choices.model_copy(
        update={"min": 0, "max": 0})})  # fmt: skip
    past = a_past(closed, closed)
    assert market(past, closed) is None
    assert len(ranks(past, closed, None)) == 30


def test_gains_and_losses_by_hand() -> None:
    """Ten of a group are placed instead of ten others, and ten stay without: 10, 10 and 10."""
    rules = definition(factors=Factors(groups={"near-poor": 1}))
    past = a_past(rules, rules)
    names = [str(one.id) for one, _, _ in past.applications]
    found = compared(past, dict.fromkeys(names[10:20], 1), dict.fromkeys(names[:10], 2))
    lines = {(one.dimension, one.name): one for one in found.lines}
    everybody = lines["all", "all"]
    assert (everybody.applicants, everybody.gain, everybody.lose, everybody.same) == (30, 10, 10, 10)
    assert lines["group", "near-poor"] == Line(
        dimension="group", name="near-poor", applicants=10, gain=10, lose=0, same=0
    )
