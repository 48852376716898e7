"""Faults that a test puts between Kafka and the code: delivery twice, failure at a step.

A `kill -9` needs nothing of the kind: `Platform.kill` does it to the process itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.kafka.applying import Applier

if TYPE_CHECKING:
    from aiokafka.structs import TopicPartition

    from ieum.common.events.envelope import Event
    from ieum.common.kafka.applying import Handler
    from ieum.common.kafka.fence import Batches
    from ieum.common.postgres.transaction import Tx


class _Twice(Applier):
    """Applies each batch, and then the very same batch again, as after a lost acknowledgement."""

    async def apply(self, batches: Batches, known_gaps: frozenset[tuple[TopicPartition, int]]) -> None:
        await super().apply(batches, known_gaps)
        await super().apply(batches, known_gaps)


def deliver_twice(applier: Applier) -> Applier:
    """The applier as a consumer without memory would drive it: every record is read twice."""
    return _Twice(applier.database, applier.group, applier.purpose, applier.handlers)


class Failure(Exception):
    """What a failing step raises: no kind that the code under test knows, so it counts as retryable."""


def fail_at(step: int, handler: Handler, *, after: bool = True) -> Handler:
    """The handler, raising Failure at its call number `step` (from 1): after its work, or instead of it."""
    calls = 0

    async def failing(events: list[Event], tx: Tx) -> None:
        nonlocal calls
        calls += 1
        due = calls == step
        if due and not after:
            raise Failure
        await handler(events, tx)
        if due:
            raise Failure

    return failing
