"""Reading the past without writing anything, clearing it by old and by new rules, and comparing.

What is read is read where Postgres refuses to write; the one line that is kept is that a machine opened so
many profiles, as the law asks of every reading (PIPA 29).
"""

from __future__ import annotations

import json
from asyncio import to_thread
from contextlib import asynccontextmanager
from datetime import datetime, time
from typing import TYPE_CHECKING

from ieum.common.kernel.dates import KST
from ieum.common.kernel.errors import Refusal
from ieum.matching.clearing.canonical import canonical
from ieum.matching.markets import actions as markets
from ieum.matching.rounds.apart import clear_apart
from ieum.matching.simulation import store
from ieum.matching.simulation.domain import Past, Ranks, Simulated, compared, market, ranks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    from ieum.common.events.programme import Programme
    from ieum.common.postgres import Tx
    from ieum.common.service.city import City


@asynccontextmanager
async def reading_only(tx: Tx) -> AsyncIterator[None]:
    """Until the end of the block Postgres refuses to write, and what was set in it is undone."""
    inner = tx.connection.transaction()
    await inner.start()
    try:
        await tx.execute("set transaction read only")
        yield
    finally:
        await inner.rollback()


async def past(tx: Tx, new: Programme, since: date, city: City) -> Past:
    """What happened in a programme since a day, Korean time.

    Raises Refusal 404 `unknown-programme` where no version of it is known, 422 `nothing-past`.
    """
    async with reading_only(tx):
        old = await markets.programme(tx, new.id)
        ids = await store.since(tx, new.id, datetime.combine(since, time(), KST))
        applications = await markets.applications(tx, ids)
        people = await markets.people(tx, {one.person for one in applications})
        profiles = await markets.open_profiles(tx, people.values())
        openings = await markets.openings_of(tx, new.id)
    known = [
        (one, profiles[one.person], people[one.person].district)
        for one in applications
        if one.person in profiles
    ]
    if not known:
        raise Refusal(
            "nothing-past",
            ko=f"{since}부터 지금까지 이 사업에 들어온 신청이 없습니다.",
            en=f"Nobody has applied to this programme since {since}.",
        )
    return Past(old, new, since, known, openings, city.median_incomes, city.neighbours)


async def compare(past: Past, seconds_max: float) -> Simulated:
    """Clear by old and by new rules, each in a process of its own, and compare; holds no connection.

    Raises Refusal where the rules make no market, with its code (`clearing.refusals`).
    """
    before = await _outcome(past, past.old, seconds_max)
    after = await _outcome(past, past.new, seconds_max)
    return await to_thread(compared, past, before, after)


async def _outcome(past: Past, rules: Programme, seconds_max: float) -> Ranks:
    # In a thread: at 100,000 applications it takes seconds, in which the service goes on serving.
    document = await to_thread(market, past, rules)
    if document is None:
        return await to_thread(ranks, past, rules, None)
    cleared = await clear_apart(canonical(document), seconds_max)
    return ranks(past, rules, json.loads(cleared.result))
