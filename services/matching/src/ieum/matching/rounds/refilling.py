"""Passing on what came free after a round: each time a market of its own, with the round's lottery.

It is gathered, cleared apart, and gathered again: only if nothing changed in between its result counts, so
that answers given meanwhile double nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from ieum.common.events.matching_rounds import RoundRefilled
from ieum.common.kernel.errors import Refusal
from ieum.matching.clearing.canonical import plain
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions as placement
from ieum.matching.placement.domain import Wish
from ieum.matching.rounds import store
from ieum.matching.rounds.actions import holding
from ieum.matching.rounds.market import groups_that_count, left_of, refill_market, sizes

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.matching.rounds.computing import Cleared
    from ieum.matching.rounds.domain import Documents, Refill


async def due(tx: Tx) -> list[str]:
    """Programmes at which something came free."""
    return await placement.due_refills(tx)


async def gather(tx: Tx, programme_id: str) -> bytes | None:
    """The market of what is free and who may get it, in RFC 8785 bytes; None where there is nothing to do."""
    await placement.turn(tx, programme_id)
    round_ = await store.last_confirmed(tx, programme_id)
    kept = await store.documents(tx, round_.id) if round_ else None
    if round_ is None or kept is None:
        await placement.refilled(tx, programme_id)
        return None
    matching = (await markets.programme(tx, programme_id)).matching
    names = {application: name for name, application in (await store.names(tx, round_.id)).items()}
    live = [one for one in await markets.live(tx, programme_id) if one.id in names]
    people = {one.person for one in live}
    held = await placement.holders(tx, programme_id, people) | await placement.cooling(
        tx, programme_id, people
    )
    offered = await placement.offered(tx, programme_id)
    openings = await markets.openings_of(tx, programme_id)
    document = refill_market(
        orjson.loads(kept.market),
        matching,
        {names[one.id] for one in live if one.person not in held},
        {(names[application], str(opening)) for application, opening in offered if application in names},
        await placement.free_places(tx, {one.id for one in openings}),
        left_of(matching, await holding(tx, programme_id, groups_that_count(matching))),
        openings,
    )
    if not document["applicants"] or not sizes(document)["places"]:
        await placement.refilled(tx, programme_id)
        return None
    return plain(document)


async def keep(tx: Tx, programme_id: str, market: bytes, cleared: Cleared) -> bool:
    """Keep a verified refill and propose what it gave; False where something changed since `gather`."""
    round_ = await store.last_confirmed(tx, programme_id)
    if round_ is not None:
        await store.find(tx, round_.id, lock=True)
    if await gather(tx, programme_id) != market or round_ is None:
        return False
    result = orjson.loads(cleared.result)
    counts = sizes(orjson.loads(market)) | {"matched": cleared.matched}
    number = await store.keep_refill(tx, round_, market, cleared, counts)
    data = RoundRefilled(
        programme=programme_id,
        number=number,
        market_digest=cleared.market_digest,
        result_digest=cleared.result_digest,
        lines_root=cleared.lines_root,
        applicants=counts["applicants"],
        places=counts["places"],
        matched=cleared.matched,
    )
    tx.publish(data, subject=round_.id, sequence=await store.told(tx, round_.id))
    names = await store.names(tx, round_.id)
    asked = {one.id: one for one in await markets.applications(tx, set(names.values()))}
    wishes = []
    for match in result["matches"]:
        one = asked[names[match["applicant"]]]
        wishes.append(Wish(one.id, one.person, (UUID(match["opening"]),), one.choices, match["place"]))
    lines = {
        UUID(line["opening"]): [names[name] for name in line["applicants"]] for line in result["waitlists"]
    }
    await placement.refill_round(tx, await markets.programme(tx, programme_id), round_.id, wishes, lines)
    return True


async def refills(tx: Tx, id_: UUID) -> list[Refill]:
    """A round's refills, in order."""
    return await store.refills(tx, id_)


async def documents(tx: Tx, id_: UUID, number: int) -> Documents:
    """The exact documents of one of them; raises Refusal 404 `unknown-refill`."""
    found = await store.documents(tx, id_, number)
    if found is None:
        raise Refusal(
            "unknown-refill",
            ko="해당 추가 배정을 찾을 수 없습니다.",
            en="There is no such refill.",
            status=404,
        )
    return found
