"""`ieum match rebuild`: the read models again from the topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.matching.markets.digests import overall
from ieum.matching.markets.rebuilding import Rebuilt
from ieum.matching.markets.rebuilding import rebuild as rebuild_markets

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "matching/rebuild")


async def rebuilt(service: Service, *, check: bool) -> Rebuilt:
    """Rebuild with the addresses of a service, which need not run."""
    try:
        async with service.database.unit_of_work(ACTOR, purposes.MATCHING) as tx:
            return await rebuild_markets(tx, service.settings.kafka, swap=not check)
    finally:
        await service.database.close()


def tell(found: Rebuilt, *, check: bool) -> int:
    """Print what was found; the exit code: 1 where a check finds that they differ."""
    for table, one in found.rebuilt.items():
        there = found.present[table]
        mark = "✓" if there == one else "✗"
        print(f"{mark} {table:13} {one.rows:>9,} {one.sha256}")
        if there != one:
            print(f"  {'(현재 · present)':13} {there.rows:>5,} {there.sha256}")
    read, parked = f"{found.records:,}", f"{found.parked:,}"
    print(f"기록 {read}건, 보류 {parked}건 · {read} records, {parked} parked")
    print(f"digest {overall(found.rebuilt)}")
    if found.same:
        print("✓ 토픽에서 다시 만든 결과와 같습니다 · the topics tell what is there")
        return 0
    if check:
        print("✗ 토픽에서 다시 만든 결과와 다릅니다 · the topics tell something else")
        return 1
    rows = sum(found.changed.values())
    print(f"✓ {rows:,}행을 토픽에 맞게 고쳤습니다 · {rows:,} rows now stand as the topics tell")
    return 0
