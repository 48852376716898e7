"""What intake tells of referrals (의뢰) between agencies, and of the agreements (협약) some of them rest on.

A referral is a closed loop: sent, received, accepted or returned with a reason, served, closed. Every fact
but the last names who owns the next step (`owner`, an agency) and until when it is due (`due_at`).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.intake import LifeStage
from ieum.common.events.model import EventData, PrivateData

Urgency = Literal["normal", "soon", "urgent"]
Basis = Literal["statute", "public-duty", "consent", "contract", "vital-interest", "agreement"]
"""Why the person may be handed on (개인정보 보호법 15, 17, 18); `agreement` needs one that holds that day."""

ReturnReason = Literal[
    "full", "not-eligible", "wrong-agency", "cannot-reach-person", "person-declined", "duplicate",
    "other", "no-answer",
]  # fmt: skip
"""Why a referral went back; `other` has a sentence, `no-answer` is said by the clock alone."""

Step = Literal["receive", "answer", "serve", "close"]


class ReferralNote(PrivateData):
    """Record class `case`: what one agency writes to the other about the person."""

    record_class: ClassVar[str] = "case"
    note: str


class _Fact(EventData):
    """What every fact of a referral says; `owner` and `due_at` are None once it is closed."""

    topic: ClassVar[str] = "intake-referrals"

    person: UUID
    from_agency: str
    to_agency: str
    owner: str | None = None
    due_at: datetime | None = None


class ReferralSent(_Fact):
    """One agency hands a person to another. `note` is sealed; `district` and `life_stage` as on that day."""

    event_type: ClassVar[str] = "kr.ieum.intake.referral.sent.v1"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"case": ReferralNote}

    number: str
    need: str
    programme: str | None = None
    urgency: Urgency
    basis: Basis
    agreement: UUID | None = None
    district: str
    life_stage: LifeStage


class ReferralReceived(_Fact):
    """The receiving agency has seen it; it does not yet see who the person is."""

    event_type: ClassVar[str] = "kr.ieum.intake.referral.received.v1"


class ReferralAccepted(_Fact):
    """The receiving agency takes it on, and may open who the person is from now on."""

    event_type: ClassVar[str] = "kr.ieum.intake.referral.accepted.v1"


class ReferralReturned(_Fact):
    """It goes back to the sender, who owns it again; a sentence written with the reason is sealed."""

    event_type: ClassVar[str] = "kr.ieum.intake.referral.returned.v1"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"case": ReferralNote}

    reason: ReturnReason


class ReferralServed(_Fact):
    """The receiving agency has served the person; the sender closes."""

    event_type: ClassVar[str] = "kr.ieum.intake.referral.served.v1"


class ReferralClosed(_Fact):
    """The sender has closed the loop; nobody owes anything any more."""

    event_type: ClassVar[str] = "kr.ieum.intake.referral.closed.v1"


class ReferralOverdue(_Fact):
    """A step was not done in time: `owner` is reminded, `due_at` is the next time."""

    event_type: ClassVar[str] = "kr.ieum.intake.referral.overdue.v1"

    step: Step
    missed_at: datetime


class AgreementSigned(EventData):
    """One agency may refer to another for these needs, from a day to a day (KST, both included).

    `shares`: what the second agency may see of everybody whom the first one serves; nothing unless said.
    """

    event_type: ClassVar[str] = "kr.ieum.intake.agreement.signed.v1"
    topic: ClassVar[str] = "intake-organisations"

    from_agency: str
    to_agency: str
    needs: list[str]
    purpose: str
    basis: str
    since: date
    until: date
    shares: list[str] = []


class AgreementEnded(EventData):
    """An agreement ends before its time; `last_day` is the last day on which it holds (KST)."""

    event_type: ClassVar[str] = "kr.ieum.intake.agreement.ended.v1"
    topic: ClassVar[str] = "intake-organisations"

    last_day: date
