"""What a round takes and shows over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, StringConstraints

from ieum.common.events.programme import Name
from ieum.common.postgres import Tx
from ieum.common.web import Body, example
from ieum.matching.rounds import actions, contributing, refilling


class OpenRound(Body):
    """Which programme's places are given."""

    model_config = example({"programme": "city-walks-2022"})

    programme: Name


class SendBack(Body):
    """Why the computation is not confirmed; it stands on the log, so it names nobody."""

    model_config = example({"reason": "지역 배분을 다시 확인해야 합니다."})

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500)]


class Commit(Body):
    """Taking part in the lottery: the name on the log, and SHA-256 of 16 to 64 secret bytes, in hex."""

    model_config = example(
        {
            "party": "대구참여연대(가상)",
            "commitment": "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925",
        }
    )

    party: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    commitment: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Reveal(Body):
    """The bytes that were committed to, in lower-case hex."""

    model_config = example({"part": "00" * 32})

    part: Annotated[str, StringConstraints(pattern=r"^(?:[0-9a-f]{2}){16,64}$")]


class ContributionView(BaseModel):
    """What a party contributes to the lottery; `part` once it is revealed."""

    party: str
    commitment: str
    part: str | None
    committed_at: datetime
    revealed_at: datetime | None


class RefillView(BaseModel):
    """What came free after the round, given by a market of its own; `number` from 1."""

    number: int
    market_digest: str
    result_digest: str
    lines_root: str
    counts: dict[str, int]
    made_at: datetime


class Receipt(BaseModel):
    """A person's line of a result, and the proof that it is among those on the log (`ieum match receipt`).

    `line` is JSON in RFC 8785 bytes, leaf `index` (from 0) of `size` in the tree with this `root`.
    """

    format: str
    round: UUID
    line: str
    index: int
    size: int
    proof: list[str]
    root: str
    market: str
    result: str


class RoundView(BaseModel):
    """A round; `seed` is shown once it is computed. Digests are SHA-256 in hex.

    `commitment` is that of the platform's own part in the lottery, `contributions` are those of others in the
    present `attempt`. `frozen_digest` is that of the market without its seed, `result_digest` that of the
    outcome, as in the result's certificate and on the log, `lines_root` that of the receipts.
    """

    id: UUID
    programme: str
    state: str
    attempt: int
    commitment: str
    contributions: list[ContributionView]
    seed: str | None
    frozen_digest: str | None
    market_digest: str | None
    result_digest: str | None
    lines_root: str | None
    counts: dict[str, int] | None
    refills: list[RefillView]
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    reveal_by: datetime | None
    computed_at: datetime | None
    decided_by: str | None
    decided_name: str | None
    decided_at: datetime | None
    reason: str | None
    ended_at: datetime | None


async def shown(tx: Tx, id_: UUID) -> RoundView:
    """A round as it stands; raises Refusal 404 `unknown-round`."""
    round_ = await actions.find(tx, id_)
    values: dict[str, Any] = {name: getattr(round_, name, None) for name in RoundView.model_fields}
    values["seed"] = round_.seed.hex() if round_.seed else None
    values["contributions"] = [
        ContributionView(
            party=one.party,
            commitment=one.commitment,
            part=one.part.hex() if one.part else None,
            committed_at=one.committed_at,
            revealed_at=one.revealed_at,
        )
        for one in await contributing.contributions(tx, id_)
    ]
    values["refills"] = [
        RefillView(**{name: getattr(one, name) for name in RefillView.model_fields})
        for one in await refilling.refills(tx, id_)
    ]
    return RoundView(**values)
