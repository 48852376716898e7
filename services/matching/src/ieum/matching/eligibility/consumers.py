"""What eligibility reads of intake: referrals, by which somebody gets a service without a place in it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake_referrals import (
    ReferralAccepted,
    ReferralClosed,
    ReferralReturned,
    ReferralSent,
    ReferralServed,
)
from ieum.matching.eligibility import store

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx

_OVER = (ReferralReturned, ReferralServed, ReferralClosed)


async def on_referrals(events: list[Event], tx: Tx) -> None:
    """A programme is held once a referral to it is accepted, until it goes back or the person was served."""
    sent, accepted = {}, {}
    for event in events:
        id_, data = UUID(event.subject), event.data
        if isinstance(data, ReferralSent) and data.programme:
            sent[id_] = (data.person, data.programme)
        elif isinstance(data, (ReferralAccepted, *_OVER)):
            accepted[id_] = isinstance(data, ReferralAccepted)
    await store.refer(tx, sent)
    await store.accept(tx, [id_ for id_, is_so in accepted.items() if is_so])
    await store.drop(tx, [id_ for id_, is_so in accepted.items() if not is_so])


HANDLERS = {"intake-referrals": on_referrals}
