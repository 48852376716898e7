"""The life of a round. Pure.

A round commits to its part of the lottery before anything is known; the market is frozen before any part is
revealed; only a confirmed round makes proposals. What was confirmed or sent back stays so: another attempt
is another round, with its own line on the log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

State = Literal["opened", "closed", "computed", "confirmed", "sent_back", "ended"]
Command = Literal["close", "recommit", "compute", "confirm", "send_back", "end"]

TRANSITIONS: Mapping[tuple[State, Command], State] = {
    ("opened", "close"): "closed",
    ("closed", "recommit"): "opened",
    ("closed", "compute"): "computed",
    ("computed", "confirm"): "confirmed",
    ("computed", "send_back"): "sent_back",
    ("confirmed", "end"): "ended",
}
"""All that can happen to a round; `recommit`: a contributor did not reveal in time."""

REPEATED: Mapping[Command, tuple[State, ...]] = {
    "close": ("closed", "computed", "confirmed", "sent_back", "ended"),
    "recommit": (),
    "compute": ("computed", "confirmed", "sent_back", "ended"),
    "confirm": ("confirmed", "ended"),
    "send_back": ("sent_back",),
    "end": ("ended",),
}
"""Where a command was given before: again it changes nothing and is answered as then."""

_NOT_NOW: Mapping[State, tuple[str, str]] = {
    "opened": ("아직 신청을 받고 있는 회차입니다.", "This round is still open for applications."),
    "closed": ("아직 계산되지 않은 회차입니다.", "This round is not computed yet."),
    "computed": ("이미 계산된 회차입니다.", "This round was computed already."),
    "confirmed": ("이미 확정된 회차입니다.", "This round was confirmed already."),
    "sent_back": ("이미 반려된 회차입니다.", "This round was sent back already."),
    "ended": ("이미 종료된 회차입니다.", "This round has ended already."),
}


@dataclass(frozen=True, slots=True)
class Round:
    """One clearing of a programme's market; its documents lie apart (`Documents`), as they may be large.

    `part` is the platform's contribution to the lottery; `version` counts the facts published; `lines_root`
    is that of the receipts.
    """

    id: UUID
    programme: str
    state: State
    attempt: int
    version: int
    part: bytes
    commitment: str
    seed: bytes | None
    frozen_digest: str | None
    market_digest: str | None
    result_digest: str | None
    lines_root: str | None
    counts: dict[str, int] | None
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


@dataclass(frozen=True, slots=True)
class Contribution:
    """Somebody else's part in the lottery of an attempt; `party` is their name on the log."""

    contributor: str
    party: str
    commitment: str
    part: bytes | None
    committed_at: datetime
    revealed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Refill:
    """One market of what came free after a round; `number` counts from 1."""

    round: UUID
    number: int
    market_digest: str
    result_digest: str
    lines_root: str
    counts: dict[str, int]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Documents:
    """The exact bytes of the market and the result of a computed round, or of a refill."""

    market: bytes
    result: bytes


def decide(state: State, command: Command) -> State:
    """The next state; the same state where the command was given before.

    Raises Refusal 409 `round-state` where it does not fit the state.
    """
    if state in REPEATED[command]:
        return state
    following = TRANSITIONS.get((state, command))
    if following is None:
        ko, en = _NOT_NOW[state]
        raise Refusal("round-state", ko=ko, en=en, status=409)
    return following
