"""No agency but the two sees or moves a referral: in the database's policies, and over HTTP."""

from __future__ import annotations

import random
from typing import Any

import asyncpg
import pytest

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes

from .referrals import RECEIVER, SENDER, STEPS, STRANGER, step, walk
from .world import World, problem

pytestmark = pytest.mark.servers
AGENCIES = (SENDER, RECEIVER, STRANGER, "dong-gu-hope", None)
PROBES = 400


async def _between(intake: World, agencies: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """A referral for each pair, each brought to another state."""
    made = []
    for n, (one, other) in enumerate(agencies):
        person = await intake.person(name=f"홍길{'가나다라마바사아'[n]}")
        await intake.confer(person, one)
        asked = {"person": person, "to_agency": other, "need": "debt", "basis": "statute"}
        made.append((await intake.post("referrals", asked, agency=one)).json())
    await walk(intake, made[0], "receive", "accept")
    return made


async def test_the_policies_show_each_agency_its_own_rows_alone(intake: World) -> None:
    """Straight on the tables, without any action: what row-level security alone lets through."""
    pairs = [(SENDER, RECEIVER), (RECEIVER, STRANGER), (STRANGER, SENDER)]
    made = await _between(intake, pairs)
    for agency in AGENCIES:
        actor = Actor("staff", "kim", agency, frozenset({"staff"}))
        async with intake.service.database.unit_of_work(actor, purposes.INTAKE) as tx:
            seen = {str(row["id"]) for row in await tx.fetch("select id from referral")}
            told = {row["agency"] for row in await tx.fetch("select agency from referral_change")}
            changed = await tx.execute("update referral set version = version where id = any($1)", _ids(made))
        own = {one["id"] for one, pair in zip(made, pairs, strict=True) if agency in pair}
        assert seen == own
        assert told == ({agency} if own else set())
        assert changed == f"UPDATE {len(own)}"
    pool = await intake.service.database.pool()
    for table in ("referral", "referral_change", "referral_slot", "referral_ticket"):
        assert await pool.fetch(f"select 1 from {table}") == []
        assert await intake.fetch(f"select 1 from {table}") != []


def _ids(made: list[dict[str, Any]]) -> list[str]:
    return [one["id"] for one in made]


async def test_nobody_writes_a_referral_of_others_or_changes_what_was_told(intake: World) -> None:
    """An agency cannot insert what it is no party to, nor hand its own to two others, nor edit the feed."""
    (one,) = await _between(intake, [(SENDER, RECEIVER)])
    actor = Actor("staff", "kim", SENDER, frozenset({"staff"}))
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with intake.service.database.unit_of_work(actor, purposes.INTAKE) as tx:
            await tx.execute(
                "update referral set from_agency = 'x', to_agency = 'y' where id = $1", one["id"]
            )
    async with intake.service.database.unit_of_work(actor, purposes.INTAKE) as tx:
        assert await tx.execute("delete from referral_change") == "DELETE 0"
        assert await tx.execute("update referral_change set fact = 'closed'") == "UPDATE 0"


async def test_random_probes_answer_as_the_parties_say(intake: World) -> None:
    """Who × what × whose, at random: strangers get 404 whatever they try, and nothing of them is kept."""
    pairs = [(SENDER, RECEIVER), (RECEIVER, STRANGER), (STRANGER, SENDER), (SENDER, STRANGER)]
    made = dict(zip(_ids(await _between(intake, pairs)), pairs, strict=True))
    state = await _state(intake)
    pick = random.Random(20261122)
    for _ in range(PROBES):
        id_, agency = pick.choice(list(made)), pick.choice(AGENCIES)
        party = agency is not None and agency in made[id_]
        what = pick.choice(["show", "reveal", "link", *STEPS])
        if what in ("show", "reveal"):
            params = {"reveal": "탐색"} if what == "reveal" else None
            answer = await intake.get(f"referrals/{id_}", agency=agency, params=params)
            wanted = {200} if party and what == "show" else {200, 403} if party else {404}
        elif what == "link":
            answer = await intake.post(f"referrals/{id_}/link", agency=agency)
            wanted = {200} if party and agency == made[id_][0] else {403} if party else {404}
        else:  # a version that cannot be: a party is told so, anybody else that there is nothing
            answer = await step(intake, id_, what, 999, agency=agency)  # type: ignore[arg-type]
            wanted = {412} if party else {404}
        assert answer.status_code in wanted, (what, agency, made[id_], answer.text)
        if not party:
            assert problem(answer) == (404, "referral-unknown")
    assert await _state(intake) == state


async def _state(intake: World) -> Any:
    rows = await intake.fetch("select id, version, status from referral order by id")
    return [tuple(row) for row in rows]
