"""People and organisations as intake tells of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from ieum.notify.contacts import actions
from ieum.notify.contacts.domain import Erasure, fold_organisations, fold_people, withdrawals

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx

Forget = Callable[["Tx", Sequence[Erasure]], Awaitable[None]]
Handler = Callable[[list["Event"], "Tx"], Awaitable[None]]


def on_people(forget: Forget) -> Handler:
    """The handler of intake-people; `forget` drops what other features hold before it is acknowledged."""

    async def handle(events: list[Event], tx: Tx) -> None:
        contacts, erasures = fold_people(events)
        await actions.keep_people(tx, contacts)
        await forget(tx, erasures)
        await actions.acknowledge(tx, erasures)
        await actions.acknowledge_withdrawals(tx, withdrawals(events))

    return handle


async def on_organisations(events: list[Event], tx: Tx) -> None:
    """Keep names and mailboxes."""
    await actions.keep_organisations(tx, fold_organisations(events))
