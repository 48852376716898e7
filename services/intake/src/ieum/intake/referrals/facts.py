"""Which event tells of a fact, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ieum.common.events.intake_referrals import (
    ReferralAccepted,
    ReferralClosed,
    ReferralNote,
    ReferralOverdue,
    ReferralReceived,
    ReferralReturned,
    ReferralSent,
    ReferralServed,
)
from ieum.common.events.model import EventData
from ieum.intake.referrals.domain import STEPS, Done, Referral

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_EVENTS: Mapping[Done, type[EventData]] = {
    "sent": ReferralSent,
    "received": ReferralReceived,
    "accepted": ReferralAccepted,
    "returned": ReferralReturned,
    "served": ReferralServed,
    "closed": ReferralClosed,
    "overdue": ReferralOverdue,
}
_SENT = ("number", "need", "programme", "urgency", "basis", "agreement", "district", "life_stage")


def publish(
    tx: Tx, referral: Referral, fact: Done, *, note: str | None = None, before: Referral | None = None
) -> None:
    """Publish a fact of a referral as it is after it; what was written is sealed with it."""
    private = [ReferralNote(note=note)] if note else []
    data = _EVENTS[fact](
        person=referral.person,
        from_agency=referral.from_agency,
        to_agency=referral.to_agency,
        owner=referral.owner,
        due_at=referral.due_at,
        **_more(referral, fact, before),
    )
    tx.publish(data, subject=referral.id, sequence=referral.version, person=referral.person, private=private)


def _more(referral: Referral, fact: Done, before: Referral | None) -> dict[str, Any]:
    if fact == "sent":
        return {name: getattr(referral, name) for name in _SENT}
    if fact == "returned":
        return {"reason": referral.reason}
    if fact == "overdue" and before is not None and before.status != "closed":
        return {"step": STEPS[before.status], "missed_at": before.due_at}
    return {}
