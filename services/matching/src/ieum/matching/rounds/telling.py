"""What a confirmed round brings about: proposals, waiting lists, and an answer for everybody else."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from ieum.common.events.matching import MatchUnplaced, MatchWaitlisted, WaitingNumber
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions as placement
from ieum.matching.placement.domain import Wish
from ieum.matching.rounds import store
from ieum.matching.rounds.sentences import Outcome, not_placed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ieum.common.events.matching import Explanation
    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Asking
    from ieum.matching.rounds.domain import Documents, Round


async def tell(tx: Tx, round_: Round, documents: Documents) -> None:
    """Propose, keep the waiting lists, and answer those who got nothing, with their reasons."""
    outcome = await to_thread(lambda: Outcome(orjson.loads(documents.market), orjson.loads(documents.result)))
    names = await store.names(tx, round_.id)  # who was erased has none any more
    programme = await markets.programme(tx, round_.programme)
    live = {one.id: one for one in await markets.live(tx, round_.programme)}
    lines = {
        UUID(line["opening"]): [names[name] for name in line["applicants"] if name in names]
        for line in outcome.result["waitlists"]
    }
    await placement.place_round(tx, programme, round_.id, _places(outcome, names, live), lines)
    unmatched = [(one["applicant"], names.get(one["applicant"])) for one in outcome.result["unmatched"]]
    asked = {name: live[id_] for name, id_ in unmatched if id_ in live}
    served = await placement.holders(tx, programme.id, {one.person for one in asked.values()})
    unplaced = {name: one for name, one in asked.items() if one.person not in served}
    await _answer(tx, round_, outcome, unplaced)


def _places(
    outcome: Outcome, names: Mapping[str, UUID], live: Mapping[UUID, Asking]
) -> list[tuple[UUID, Wish | None]]:
    found: list[tuple[UUID, Wish | None]] = []
    for match in outcome.result["matches"]:
        opening, id_ = UUID(match["opening"]), names.get(match["applicant"])
        one = live.get(id_) if id_ else None
        wish = Wish(one.id, one.person, (opening,), one.choices, match["place"]) if one else None
        found.append((opening, wish))
    return found


async def _answer(tx: Tx, round_: Round, outcome: Outcome, unplaced: Mapping[str, Asking]) -> None:
    """`unplaced` by their ids in the market."""
    waiting = await placement.waiting(tx, [one.id for one in unplaced.values()])
    told = await _sentences(tx, outcome, unplaced, waiting)
    sequences = await markets.tell(tx, {one.id: (one.person, told[one.id]) for one in unplaced.values()})
    codes = {one["applicant"]: one["reasons"] for one in outcome.result["unmatched"]}
    for name, one in unplaced.items():
        numbers = waiting.get(one.id)
        data = (
            MatchWaitlisted(
                application=one.id, person=one.person, programme=round_.programme, round=round_.id,
                waiting=numbers,
            )
            if numbers
            else MatchUnplaced(
                application=one.id, person=one.person, programme=round_.programme, round=round_.id,
                reasons=sorted({reason["code"] for reason in codes[name]}),
            )
        )  # fmt: skip
        tx.publish(
            data, subject=one.id, sequence=sequences[one.id], person=one.person, private=[told[one.id]]
        )


async def _sentences(
    tx: Tx,
    outcome: Outcome,
    unplaced: Mapping[str, Asking],
    waiting: Mapping[UUID, Sequence[WaitingNumber]],
) -> dict[UUID, Explanation]:
    openings = await markets.openings(tx, {opening for one in unplaced.values() for opening in one.choices})
    firms = await markets.names(tx, {opening.organisation for opening in openings.values()})
    reasons = {one["applicant"]: one["reasons"] for one in outcome.result["unmatched"]}
    return {
        one.id: not_placed(
            outcome,
            name,
            reasons[name],
            openings,
            firms,
            {number.opening: number.number for number in waiting.get(one.id, ())},
            one.choices,
        )
        for name, one in unplaced.items()
    }
