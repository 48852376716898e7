"""Openings held in memory are those of the database, whatever was added, changed, moved or removed since."""

from __future__ import annotations

from uuid import UUID

import pytest

from ieum.common.privacy import purposes
from ieum.matching.ranking.catalogue import Catalogue, Openings

from .facts import PROGRAMME, event, firm, opening, programme, uid
from .world import CONSUMER, World

pytestmark = pytest.mark.servers


async def held(matching: World, catalogue: Catalogue, id_: str = PROGRAMME) -> Openings:
    async with matching.service.database.unit_of_work(CONSUMER, purposes.MATCHING) as tx:
        return await catalogue.of(tx, id_)


def titles(found: Openings) -> dict[UUID, str]:
    assert found.positions.keys() == found.openings.keys()
    return {id_: one.title for id_, one in found.openings.items()}


async def test_what_is_held_follows_every_change(matching: World) -> None:
    catalogue = Catalogue()
    await matching.apply(programme(), firm("o1"), opening("o1"), opening("o2"))
    first = await held(matching, catalogue)
    assert titles(first) == {uid("o1"): "o1 일경험", uid("o2"): "o2 일경험"}
    assert await held(matching, catalogue) is first, "nothing changed, nothing is read again"
    await matching.apply(opening("o3"))
    changed = event(opening("o1", title="다른 이름").data, uid("o1"), sequence=2)
    await matching.apply(changed, changed)
    assert titles(await held(matching, catalogue)) == {
        uid("o1"): "다른 이름", uid("o2"): "o2 일경험", uid("o3"): "o3 일경험",
    }  # fmt: skip
    moved = event(opening("o2", programme="another").data, uid("o2"), sequence=2)
    await matching.apply(moved)
    assert set(titles(await held(matching, catalogue))) == {uid("o1"), uid("o3")}
    assert set(titles(await held(matching, catalogue, "another"))) == {uid("o2")}
    await matching.fetch("delete from opening where id = $1", uid("o3"))
    assert set(titles(await held(matching, catalogue))) == {uid("o1")}
    assert titles(await held(matching, catalogue, "nothing")) == {}
