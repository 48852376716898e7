"""What matching does on intake's facts: keep them, and tell the features above what they may act on now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.matching.markets import actions
from ieum.matching.markets.domain import (
    fold_applications,
    fold_openings,
    fold_organisations,
    fold_people,
    fold_programmes,
    withdrawals,
)

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Erasure

Handler = Callable[[list["Event"], "Tx"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Reactions:
    """What other features do about news of the market, in the same transaction.

    arrived: rank those of these applications of which all is known, telling the fact that each came with;
    withdrawn: give up what these applications hold; erased: give up what these people hold; appealed: keep
    what intake tells of appeals; acknowledge: say that erasures are done and that nothing rests on consents
    taken back.
    """

    arrived: Callable[[Tx, Sequence[UUID], Mapping[UUID, Event]], Awaitable[None]]
    withdrawn: Callable[[Tx, Sequence[UUID]], Awaitable[None]]
    erased: Callable[[Tx, Sequence[UUID]], Awaitable[None]]
    appealed: Callable[[Tx, Sequence[Event]], Awaitable[None]]
    acknowledge: Callable[[Tx, Sequence[Erasure], Sequence[tuple[UUID, UUID]]], Awaitable[None]] = (
        actions.acknowledge
    )


@dataclass(frozen=True, slots=True)
class Markets:
    """The handlers of the group `matching-markets`."""

    reactions: Reactions

    def handlers(self) -> dict[str, Handler]:
        """By topic."""
        return {
            "intake-people": self.on_people,
            "intake-organisations": on_organisations,
            "intake-programmes": self.on_programmes,
            "intake-openings": self.on_openings,
            "intake-applications": self.on_applications,
        }

    async def on_people(self, events: list[Event], tx: Tx) -> None:
        """Keep profiles, sealed as they came; forget whom intake erased, and acknowledge it."""
        people, erasures = fold_people(events)
        waiting = await actions.keep_people(tx, people)
        await actions.forget(tx, erasures)
        await self.reactions.erased(tx, [erasure.person for erasure in erasures])
        await self.reactions.acknowledge(tx, erasures, withdrawals(events))
        await self.reactions.arrived(tx, waiting, {})

    async def on_programmes(self, events: list[Event], tx: Tx) -> None:
        """Keep definitions, each version for ever."""
        await self.reactions.arrived(tx, await actions.keep_programmes(tx, fold_programmes(events)), {})

    async def on_openings(self, events: list[Event], tx: Tx) -> None:
        """Keep openings."""
        await self.reactions.arrived(tx, await actions.keep_openings(tx, fold_openings(events)), {})

    async def on_applications(self, events: list[Event], tx: Tx) -> None:
        """Keep applications and rank them at once; what lacks a fact waits for it."""
        submitted, changed, withdrawn = fold_applications(events)
        arrived = await actions.keep_applications(tx, submitted, changed, withdrawn)
        await self.reactions.arrived(tx, arrived, {UUID(event.subject): event for event in events})
        await self.reactions.withdrawn(tx, withdrawn)
        await self.reactions.appealed(tx, events)


async def on_organisations(events: list[Event], tx: Tx) -> None:
    """Keep names."""
    await actions.keep_organisations(tx, fold_organisations(events))
