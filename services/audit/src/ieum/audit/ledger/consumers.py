"""What the log does on records: every one of every logged topic becomes a leaf."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ieum.audit.ledger import actions

if TYPE_CHECKING:
    from ieum.common.events.registry import Registry
    from ieum.common.kafka.records import RawRecord
    from ieum.common.postgres import Tx

GROUP: Final = "audit-ledger"


def logged_topics(registry: Registry) -> list[str]:
    """The topics that the register says are logged, by name."""
    return sorted(topic.name for topic in registry.topics.values() if topic.logged)


async def on_records(records: list[RawRecord], tx: Tx) -> None:
    """Append the records: repeats, unreadable and unregistered ones too."""
    await actions.append(tx, records)
