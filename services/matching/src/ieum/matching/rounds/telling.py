"""What a confirmed round brings about: proposals, waiting lists, and an answer for everybody else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.matching import MatchUnplaced, MatchWaitlisted, WaitingNumber
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions as placement
from ieum.matching.placement.domain import Wish
from ieum.matching.rounds.sentences import Outcome, not_placed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ieum.common.events.matching import Explanation
    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Application
    from ieum.matching.rounds.domain import Round


async def tell(tx: Tx, round_: Round) -> None:
    """Propose, keep the waiting lists, and answer those who got nothing, with their reasons."""
    outcome = Outcome(json.loads(round_.market or b""), json.loads(round_.result or b""))
    programme = await markets.programme(tx, round_.programme)
    live = {one.id: one for one in await markets.live(tx, round_.programme)}
    lines = {
        UUID(line["opening"]): [UUID(applicant) for applicant in line["applicants"]]
        for line in outcome.result["waitlists"]
    }
    await placement.place_round(tx, programme, round_.id, _places(outcome, live), lines)
    asked = [live[id_] for one in outcome.result["unmatched"] if (id_ := UUID(one["applicant"])) in live]
    served = await placement.holders(tx, programme.id, {one.person for one in asked})
    await _answer(tx, round_, outcome, [one for one in asked if one.person not in served])


def _places(outcome: Outcome, live: Mapping[UUID, Application]) -> list[tuple[UUID, Wish | None]]:
    found: list[tuple[UUID, Wish | None]] = []
    for match in outcome.result["matches"]:
        opening, one = UUID(match["opening"]), live.get(UUID(match["applicant"]))
        wish = Wish(one.id, one.person, (opening,), one.choices) if one else None
        found.append((opening, wish))
    return found


async def _answer(tx: Tx, round_: Round, outcome: Outcome, unplaced: Sequence[Application]) -> None:
    waiting = await placement.waiting(tx, [one.id for one in unplaced])
    told = await _sentences(tx, outcome, unplaced, waiting)
    sequences = await markets.tell(tx, {one.id: (one.person, told[one.id]) for one in unplaced})
    codes = {one["applicant"]: one["reasons"] for one in outcome.result["unmatched"]}
    for one in unplaced:
        numbers = waiting.get(one.id)
        data = (
            MatchWaitlisted(
                application=one.id, person=one.person, programme=one.programme, round=round_.id,
                waiting=numbers,
            )
            if numbers
            else MatchUnplaced(
                application=one.id, person=one.person, programme=one.programme, round=round_.id,
                reasons=sorted({reason["code"] for reason in codes[str(one.id)]}),
            )
        )  # fmt: skip
        tx.publish(
            data, subject=one.id, sequence=sequences[one.id], person=one.person, private=[told[one.id]]
        )


async def _sentences(
    tx: Tx,
    outcome: Outcome,
    unplaced: Sequence[Application],
    waiting: Mapping[UUID, Sequence[WaitingNumber]],
) -> dict[UUID, Explanation]:
    openings = await markets.openings(tx, {opening for one in unplaced for opening in one.choices})
    names = await markets.names(tx, {opening.organisation for opening in openings.values()})
    reasons = {one["applicant"]: one["reasons"] for one in outcome.result["unmatched"]}
    return {
        one.id: not_placed(
            outcome,
            str(one.id),
            reasons[str(one.id)],
            openings,
            names,
            {number.opening: number.number for number in waiting.get(one.id, ())},
            one.choices,
        )
        for one in unplaced
    }
