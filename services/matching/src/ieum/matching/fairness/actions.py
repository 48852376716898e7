"""Working out a confirmed round's indicators, telling them, and showing them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ieum.common.events.matching_fairness import RoundFairness
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import derived_id
from ieum.matching.fairness import store
from ieum.matching.fairness.domain import UNKNOWN, Standing, age_band, by_sex, groups_named, indicators
from ieum.matching.markets import actions as markets

if TYPE_CHECKING:
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.fairness.store import Confirmed, Told


async def tell_next(tx: Tx) -> int:
    """Tell the indicators of the next confirmed round that has none; gives how many rounds were told of."""
    round_ = await store.due(tx)
    if round_ is None:
        return 0
    programme = await markets.programme(tx, round_.programme)
    everybody = await _standings(tx, round_)
    groups, sexes = indicators(everybody, groups_named(programme.matching)), by_sex(everybody)
    await store.keep(tx, round_.id, [*groups, *sexes])
    data = RoundFairness(round=round_.id, programme=round_.programme, groups=groups, by_sex=sexes)
    tx.publish(data, subject=derived_id(round_.id, "fairness"), sequence=1)
    return 1


async def told(tx: Tx, round_: UUID) -> Told:
    """What was told of a round; raises Refusal 404 `no-fairness` before it was confirmed."""
    found = await store.told(tx, round_)
    if found is None:
        raise Refusal(
            "no-fairness",
            ko="해당 회차의 공정성 지표가 없습니다. 지표는 회차가 확정된 뒤에 공개됩니다.",
            en="There are no indicators of that round. They are told once it is confirmed.",
            status=404,
        )
    return found


async def _standings(tx: Tx, round_: Confirmed) -> list[Standing]:
    """Each applicant of the market; profiles are opened by the machine, which is recorded."""
    market, result = json.loads(round_.market), json.loads(round_.result)
    ranks = {one["applicant"]: one["rank"] for one in result["matches"]}
    applicants = [one["id"] for one in market["applicants"]]
    people = await store.people(tx, round_.id, applicants)
    known = await markets.people(tx, set(people.values()))
    profiles = await markets.open_profiles(tx, known.values())
    on = korean_date(round_.computed_at)
    found = []
    for name in applicants:
        person = people.get(name)
        profile = profiles.get(person) if person else None
        district = known[person].district if person and profile else None
        found.append(
            Standing(
                rank=ranks.get(name),
                district=district or UNKNOWN,
                age=age_band(profile.birth_date, on) if profile else UNKNOWN,
                groups=frozenset(profile.groups) if profile else frozenset(),
                sex=(profile.sex if profile else None) or UNKNOWN,
            )
        )
    return found
