"""Ranking on arrival: for each application all facts are there for, whether, where and why.

Works on whole batches: one programme, its openings and their folded texts serve all applications of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from ieum.common.events.intake import PersonProfile
from ieum.common.events.matching import MatchRanked, Suggestion
from ieum.common.kernel.dates import korean_date
from ieum.matching.eligibility.domain import Ineligible, decide_eligibility, facts_of
from ieum.matching.markets import actions as markets
from ieum.matching.markets.domain import Application, Ranking
from ieum.matching.placement import actions as placement
from ieum.matching.ranking.catalogue import Catalogue
from ieum.matching.ranking.domain import Fit, Position, Profile, Rules, priorities, profile_of, rules_of
from ieum.matching.ranking.index import Index
from ieum.matching.ranking.sentences import suggested, turned_away

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from ieum.common.events.envelope import Event
    from ieum.common.events.matching import Explanation
    from ieum.common.events.programme import Programme
    from ieum.common.postgres import Tx
    from ieum.common.service.city import City
    from ieum.common.service.city_facts import MedianIncome
    from ieum.matching.markets.domain import Opening, Person


@dataclass(frozen=True, slots=True)
class Market:
    """One programme's side of the ranking, made once for all its applications in a batch."""

    programme: Programme
    rules: Rules
    openings: Mapping[UUID, Opening]
    positions: Mapping[UUID, Position]
    index: Index
    medians: Sequence[MedianIncome] = ()
    neighbours: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decided:
    """One application's ranking; for the eligible, who they are and what fits; for others, why not."""

    application: Application
    ranking: Ranking
    failed: tuple[Ineligible, ...] = ()
    profile: Profile | None = None
    fits: tuple[Fit, ...] = ()


async def rank_arrived(
    tx: Tx,
    applications: Sequence[UUID],
    causes: Mapping[UUID, Event],
    *,
    city: City,
    catalogue: Catalogue,
) -> None:
    """Rank those of these that may be ranked now; each fact names its cause, where there is one."""
    await _rank(tx, await markets.ready(tx, applications), causes, city, catalogue)


async def rank_waiting(tx: Tx, *, city: City) -> int:
    """Rank up to 500 that wait though all is known: facts that crossed in two transactions."""
    return await _rank(tx, await markets.ready(tx), {}, city, Catalogue())


async def _rank(
    tx: Tx,
    ready: Sequence[Application],
    causes: Mapping[UUID, Event],
    city: City,
    catalogue: Catalogue,
) -> int:
    if not ready:
        return 0
    people = await markets.people(tx, {one.person for one in ready})
    profiles = await _profiles(tx, people)
    await markets.record(tx, [Ranking(a.id, "erased") for a in ready if a.person not in profiles])
    held = sorted((a for a in ready if a.person in profiles), key=_version)
    for _, group in groupby(held, key=_version):
        applications = list(group)
        market = await _market(tx, applications[0], city, catalogue)
        decided = [decide(a, people[a.person], profiles[a.person], market) for a in applications]
        await _keep(tx, market, decided, causes)
        await _offer(tx, market, decided)
    return len(ready)


def _version(application: Application) -> tuple[str, int]:
    return application.programme, application.programme_version


async def _profiles(tx: Tx, people: Mapping[UUID, Person]) -> dict[UUID, PersonProfile]:
    """The opened profiles; who is missing has none any more: their key was destroyed."""
    sealed = [(one.id, one.sealed) for one in people.values() if one.sealed]
    opened = await tx.open_all([item for _, item in sealed], PersonProfile)
    return {id_: profile for (id_, _), profile in zip(sealed, opened, strict=True) if profile}


async def _market(tx: Tx, application: Application, city: City, catalogue: Catalogue) -> Market:
    programme = await markets.programme(tx, *_version(application))
    held = await catalogue.of(tx, programme.id)
    return Market(
        programme,
        rules_of(programme),
        held.openings,
        held.positions,
        held.index,
        city.median_incomes,
        city.neighbours,
    )


def decide(application: Application, person: Person, facts: PersonProfile, market: Market) -> Decided:
    """Whether the person may apply, and which openings fit best. Pure."""
    known = facts_of(facts, person.district)
    failed = decide_eligibility(
        market.programme, known, korean_date(application.submitted_at), market.medians
    )
    if failed:
        rules = tuple(rule.rule for rule in failed)
        ranking = Ranking(application.id, "ineligible", failed_rules=rules)
        return Decided(application, ranking, failed=tuple(failed))
    profile = profile_of(facts, person.district, application.choices, market.neighbours)
    top = market.programme.matching.on_arrival.top
    fits = market.index.top(profile, market.rules, top)
    suggestions = tuple(
        Suggestion(
            opening=fit.opening,
            organisation=market.openings[fit.opening].organisation,
            rank=place,
            score=fit.score,
        )
        for place, fit in enumerate(fits, start=1)
    )
    chosen = [market.positions[opening] for opening in application.choices]
    scores = priorities(profile, chosen, market.rules)
    ranking = Ranking(application.id, "ranked", scores=scores, suggestions=suggestions)
    return Decided(application, ranking, profile=profile, fits=tuple(fits))


def _told(one: Decided, market: Market, names: Mapping[UUID, str]) -> Explanation:
    if one.profile is None:
        return turned_away(one.failed)
    return suggested(one.profile, one.fits, market.rules, market.openings, names)


async def _keep(tx: Tx, market: Market, decided: Sequence[Decided], causes: Mapping[UUID, Event]) -> None:
    await markets.record(tx, [one.ranking for one in decided])
    shown = {market.openings[fit.opening].organisation for one in decided for fit in one.fits}
    names = await markets.names(tx, shown)
    said = {one.application.id: _told(one, market, names) for one in decided}
    told = {one.application.id: (one.application.person, said[one.application.id]) for one in decided}
    sequences = await markets.tell(tx, told)
    for one in decided:
        application = one.application
        data = MatchRanked(
            application=application.id,
            person=application.person,
            programme=application.programme,
            eligible=one.ranking.state == "ranked",
            failed_rules=list(one.ranking.failed_rules),
            suggestions=list(one.ranking.suggestions),
        )
        tx.publish(
            data,
            subject=application.id,
            sequence=sequences[application.id],
            person=application.person,
            private=[said[application.id]],
            cause=causes.get(application.id),
        )


async def _offer(tx: Tx, market: Market, decided: Sequence[Decided]) -> None:
    """Where places are given as they come free, the best free choice is proposed at once."""
    if market.programme.matching.policy == "rolling":
        eligible = [one.application for one in decided if one.ranking.state == "ranked"]
        await placement.offer_on_arrival(tx, market.programme, eligible)
