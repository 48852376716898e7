"""Agency isolation: who × what × whose, at random, answered as `access.yaml` and the facts say."""

from __future__ import annotations

import pytest

from .conftest import Prepared
from .probing import Prober, run
from .town import everybody, make
from .world import World, empty, world

pytestmark = pytest.mark.servers
SEED = 20261122


async def _probe(intake: World, probes: int, seed: int) -> None:
    town = await make(intake, seed)
    before = await _state(intake)
    wrong = await run(Prober(intake, town), everybody(town), probes, seed)
    assert wrong == [], f"{len(wrong)} of {probes}; the first: {wrong[:3]}"
    assert await _state(intake) == before


async def test_random_probes_answer_as_the_file_and_the_facts_say(intake: World) -> None:
    await _probe(intake, 1_500, SEED)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", range(5))
async def test_fifty_thousand_random_probes(prepared: Prepared, seed: int) -> None:
    """Five towns, ten thousand probes each."""
    async with world(prepared.dsn, prepared.secrets, prepared.prefix) as intake:
        await empty(intake.admin_dsn)
        await _probe(intake, 10_000, seed)


async def _state(intake: World) -> list[tuple[object, ...]]:
    """What a probe that was turned away, or only looked, may not have changed."""
    return [
        tuple(row)
        for row in await intake.fetch(
            """select id::text, sequence::text from person union all
            select id::text, sequence::text from application union all
            select id::text, version::text from case_file union all
            select id::text, version::text from referral union all
            select id::text, version::text from contact union all
            select id::text, version::text from draft union all
            select reviewer || application, version::text from review_seat union all
            select id::text, coalesce(withdrawn_at::text, '') from consent union all
            select id::text, coalesce(ended_at::text, '') from representation order by 1, 2"""
        )
    ]
