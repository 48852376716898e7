"""For one person all programmes; for one programme all persons."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import PersonProfile
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.matching.eligibility import store
from ieum.matching.eligibility.answers import Answer, answer
from ieum.matching.eligibility.columns import columns_of
from ieum.matching.eligibility.domain import Facts, facts_of
from ieum.matching.eligibility.screening import screen
from ieum.matching.markets import actions as markets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence
    from datetime import date

    from ieum.common.events.programme import Programme, Text
    from ieum.common.postgres import Tx
    from ieum.common.service.city import City
    from ieum.common.service.city_facts import MedianIncome

NOBODY = UUID(int=0)
CHUNK = 1000
"""Profiles opened at a time: some 30 ms in which nothing else runs."""


@dataclass(slots=True)
class Found:
    """Who may apply on a day: a page of them, with their district, by id; `more`: there may be further ones.

    The counts are of everybody, None on later pages; `held`: those whom it serves already.
    """

    on: date
    people: list[tuple[UUID, str | None]] = field(default_factory=list)
    more: bool = False
    eligible: int | None = None
    held: int | None = None
    refused: dict[str, int] | None = None


def places(city: City, day: date) -> Mapping[str, Text]:
    """The names of a city's districts on a day, by code."""
    return {place.code: place.name for place in city.districts if place.holds(day)}


async def programmes(tx: Tx) -> list[Programme]:
    """The newest version of each programme, by id."""
    return await store.programmes(tx)


async def held(tx: Tx, people: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The programmes that serve these people now, by a place or a referral; who has none is left out."""
    return await store.held(tx, people)


async def forget(tx: Tx, people: Sequence[UUID]) -> None:
    """Erased people: nothing stays of who referred them to what."""
    await store.forget(tx, people)


async def check_may_see(tx: Tx, person: UUID) -> None:
    """A person sees their own, staff those who applied to their agency's programmes; else Refusal 404."""
    who = tx.actor
    if "staff" in who.roles:
        own = who.agency is not None and await store.is_served_by(tx, person, who.agency)
    else:
        own = who.id == str(person)
    if not own:
        raise unknown()


def unknown() -> Refusal:
    """There is nobody of that id, as far as whoever asks may know."""
    return Refusal(
        "unknown-person", ko="해당하는 분을 찾을 수 없습니다.", en="There is no such person.", status=404
    )


async def facts_for_eyes(tx: Tx, person: UUID) -> Facts:
    """What is known of a person, for somebody to see what follows; recorded. Refusal 404 if nothing is."""
    found = (await markets.people(tx, [person])).get(person)
    if found is None or found.sealed is None:
        raise unknown()
    profile = await tx.reveal(found.sealed, PersonProfile, reason="eligibility")
    if profile is None:
        raise unknown()
    return facts_of(profile, found.district)


async def open_facts(tx: Tx, people: Collection[UUID]) -> dict[UUID, Facts]:
    """What is known of these people, for a machine's work; who is missing has no readable profile."""
    known = await markets.people(tx, people)
    sealed = [(one, one.sealed) for one in known.values() if one.sealed]
    opened = await tx.open_all([item for _, item in sealed], PersonProfile)
    return {
        one.id: facts_of(profile, one.district)
        for (one, _), profile in zip(sealed, opened, strict=True)
        if profile
    }


async def answers_for(tx: Tx, person: UUID, city: City) -> tuple[Facts, list[Answer]]:
    """All programmes' answers to a person today, those that serve them already left out."""
    facts, today = await facts_for_eyes(tx, person), korean_date(tx.now)
    there = (await held(tx, [person])).get(person, frozenset())
    names = places(city, today)
    return facts, [
        answer(programme, facts, today, city.median_incomes, names)
        for programme in await programmes(tx)
        if programme.id not in there
    ]


async def people_for(tx: Tx, programme: Programme, city: City, *, after: UUID | None, limit: int) -> Found:
    """Who may apply to a programme: on today, or on the nearest day on which applications are taken."""
    period = programme.period
    found = Found(min(max(korean_date(tx.now), period.opens), period.closes))
    refused: Counter[str] = Counter()
    eligible = holding = 0
    async for ids, facts, there in _everybody(tx, programme.id, after or NOBODY):
        screened = screen(programme, columns_of(facts, city.median_incomes), found.on)
        fits = [one for one, fit in zip(ids, screened.eligible.tolist(), strict=True) if fit]
        eligible, holding = eligible + len(fits), holding + there
        for rule, fulfilled in zip(screened.rules, screened.fulfilled, strict=True):
            refused[rule] += int((~fulfilled).sum())
        room = limit - len(found.people)
        found.people += fits[:room]
        found.more |= len(fits) > room
        if after and found.more:
            break
    if after is None:
        found.eligible, found.held, found.refused = eligible, holding, dict(refused)
    tx.look(None, ["profile"], reason="programme-screening")
    return found


async def _everybody(
    tx: Tx, programme: str, after: UUID
) -> AsyncIterator[tuple[list[tuple[UUID, str | None]], list[Facts], int]]:
    """Chunk by chunk: ids with district, facts, and how many were left out as it serves them already."""
    while chunk := await store.after(tx, after, CHUNK):
        after = chunk[-1][0].id
        opened = await tx.open_all([sealed for _, sealed in chunk], PersonProfile)
        there = await held(tx, [one.id for one, _ in chunk])
        known = [(one, profile) for (one, _), profile in zip(chunk, opened, strict=True) if profile]
        free = [(one, profile) for one, profile in known if programme not in there.get(one.id, ())]
        facts = [facts_of(profile, one.district) for one, profile in free]
        yield [(one.id, one.district) for one, _ in free], facts, len(known) - len(free)


def turned(
    wanted: Sequence[Programme],
    people: Sequence[Facts],
    days: tuple[date, date],
    medians: Sequence[MedianIncome],
) -> list[bool]:
    """Whose answers may differ between two days, though nothing else changed: screened on both."""
    before, today = days
    if any(_phase(one, before) != _phase(one, today) for one in wanted):
        return [True] * len(people)
    columns = columns_of(people, medians)
    differ = columns.stage(before) != columns.stage(today)
    for programme in wanted:
        then, now = screen(programme, columns, before), screen(programme, columns, today)
        for one, other in zip(then.fulfilled, now.fulfilled, strict=True):
            differ |= one != other
    found: list[bool] = differ.tolist()
    return found


def _phase(programme: Programme, day: date) -> int:
    period = programme.period
    return (day >= period.opens) + (day > period.closes)
