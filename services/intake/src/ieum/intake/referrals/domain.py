"""The closed loop of a referral: who may make which step, and until when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from ieum.common.events.intake import LifeStage
from ieum.common.events.intake_referrals import Basis, ReturnReason, Step, Urgency
from ieum.common.events.model import Sealed
from ieum.common.kernel.errors import Refusal

Status = Literal["sent", "received", "accepted", "returned", "served", "closed"]
Verb = Literal["receive", "accept", "return", "serve", "close"]
Party = Literal["sender", "receiver"]
Done = Literal["sent", "received", "accepted", "returned", "served", "closed", "overdue"]
"""What happened: each is an event type of its own."""

TRANSITIONS: Mapping[tuple[Status, Verb], tuple[Party, Status]] = {
    ("sent", "receive"): ("receiver", "received"),
    ("received", "accept"): ("receiver", "accepted"),
    ("received", "return"): ("receiver", "returned"),
    ("accepted", "return"): ("receiver", "returned"),  # only now can it know that nobody answers the phone
    ("accepted", "serve"): ("receiver", "served"),
    ("returned", "close"): ("sender", "closed"),
    ("served", "close"): ("sender", "closed"),
}
"""Every legal step, who makes it, and where it leads. `sent` begins, `closed` ends."""

OWNERS: Mapping[Status, Party] = {
    "sent": "receiver",
    "received": "receiver",
    "accepted": "receiver",
    "returned": "sender",
    "served": "sender",
}
"""Whose turn it is; nobody's once it is closed."""

STEPS: Mapping[Status, Step] = {
    "sent": "receive",
    "received": "answer",
    "accepted": "serve",
    "returned": "close",
    "served": "close",
}
"""What the owner owes."""

TAKING_PLACES: frozenset[Status] = frozenset({"sent", "received", "accepted"})
"""In which the receiving agency's capacity is used."""

REASONS: Mapping[ReturnReason, tuple[str, str]] = {
    "full": ("정원이 찼습니다", "There is no room"),
    "not-eligible": ("자격이 되지 않습니다", "Not eligible"),
    "wrong-agency": ("다른 기관의 업무입니다", "Another agency's task"),
    "cannot-reach-person": ("연락이 닿지 않습니다", "The person cannot be reached"),
    "person-declined": ("본인이 원하지 않습니다", "The person does not want it"),
    "duplicate": ("이미 진행 중인 건입니다", "Already under way"),
    "other": ("그 밖의 사유", "Another reason, in words"),
    "no-answer": ("기한 안에 답이 없었습니다", "No answer in time"),
}
"""Why a referral went back, in Korean and English; `no-answer` is the clock's alone."""


@dataclass(frozen=True)
class Terms:
    """Within which time each step is owed; `answer` counts from the sending, others from the last step."""

    receive: timedelta = timedelta(days=1)
    answer: timedelta = timedelta(days=7)
    serve: timedelta = timedelta(days=30)
    close: timedelta = timedelta(days=7)
    again: timedelta = timedelta(days=7)
    """How long after one reminder the next is due."""
    link: timedelta = timedelta(days=8)
    """How long a signed link holds."""


TERMS = Terms()


@dataclass(frozen=True)
class Referral:
    """A referral as stored; `note` and `answer` are sealed, `owner` and `due_at` None once it is closed."""

    id: UUID
    number: str
    person: UUID
    from_agency: str
    to_agency: str
    need: str
    programme: str | None
    urgency: Urgency
    basis: Basis
    agreement: UUID | None
    district: str
    life_stage: LifeStage
    note: Sealed | None
    answer: Sealed | None
    status: Status
    reason: ReturnReason | None
    version: int
    owner: str | None
    due_at: datetime | None
    sent_at: datetime
    changed_at: datetime

    def party(self, agency: str | None) -> Party | None:
        """Which side an agency is on; None for one that is no party."""
        return {self.from_agency: "sender", self.to_agency: "receiver"}.get(agency or "")  # type: ignore[return-value]

    def agency(self, party: Party) -> str:
        """The agency on that side."""
        return self.from_agency if party == "sender" else self.to_agency


@dataclass(frozen=True)
class Command:
    """A step that an agency wants to make; `reason` and `sentence` belong to `return`."""

    verb: Verb
    agency: str | None
    reason: ReturnReason | None = None
    sentence: str | None = None


def decide(referral: Referral, command: Command, now: datetime, terms: Terms = TERMS) -> Referral:
    """The referral after a step of an agency.

    Raises Refusal 403 `not-your-step`, 409 `step-impossible`, 422 `reason-missing`, `sentence-missing`.
    """
    found = TRANSITIONS.get((referral.status, command.verb))
    if found is None:
        raise _impossible(referral.status)
    party, status = found
    if referral.party(command.agency) != party:
        raise _not_yours()
    if command.verb == "return":
        _check_reason(command)
    return moved(referral, status, now, terms, reason=command.reason)


def lapse(referral: Referral, now: datetime, terms: Terms = TERMS) -> tuple[Referral, Done] | None:
    """What the clock alone makes of a referral whose time has come; None before that.

    Without an answer in time it goes back to the sender; any other owner is reminded, again and again.
    """
    if referral.due_at is None or now < referral.due_at:
        return None
    answer_by = referral.sent_at + terms.answer
    if referral.status in ("sent", "received") and now >= answer_by:
        return moved(referral, "returned", now, terms, reason="no-answer"), "returned"
    next_due = answer_by if referral.status == "sent" else now + terms.again
    return replace(referral, version=referral.version + 1, due_at=next_due, changed_at=now), "overdue"


def moved(
    referral: Referral, status: Status, now: datetime, terms: Terms, *, reason: ReturnReason | None
) -> Referral:
    """The referral in another state, with whose turn it is and until when."""
    owner = OWNERS.get(status)
    return replace(
        referral,
        status=status,
        reason=reason or referral.reason,
        version=referral.version + 1,
        owner=referral.agency(owner) if owner else None,
        due_at=due_at(status, referral.sent_at, now, terms),
        changed_at=now,
    )


def due_at(status: Status, sent_at: datetime, now: datetime, terms: Terms = TERMS) -> datetime | None:
    """Until when the owner of a referral that entered this state now owes the next step."""
    if status == "closed":
        return None
    if status == "received":
        return sent_at + terms.answer
    within: Mapping[str, timedelta] = {"sent": terms.receive, "accepted": terms.serve}
    return now + within.get(status, terms.close)


def may_open(referral: Referral, agency: str | None) -> bool:
    """Whether an agency may see who the person is: the sender, and the receiver while it serves them."""
    party = referral.party(agency)
    return party == "sender" or (party == "receiver" and referral.status in ("accepted", "served"))


def check_parties(from_agency: str | None, to_agency: str) -> str:
    """The sending agency; raises Refusal 403 `agency-missing` or 422 `referral-to-oneself`."""
    if not from_agency:
        raise Refusal(
            "agency-missing",
            ko="소속 기관이 있는 담당자만 할 수 있습니다.",
            en="Only staff of an agency may do this.",
            status=403,
        )
    if from_agency == to_agency:
        raise Refusal(
            "referral-to-oneself",
            ko="소속 기관으로는 의뢰할 수 없습니다.",
            en="A referral goes to another agency.",
            pointer="/to_agency",
        )
    return from_agency


def _check_reason(command: Command) -> None:
    if command.reason is None or command.reason == "no-answer":
        raise Refusal(
            "reason-missing",
            ko="돌려보내는 사유를 골라 주십시오.",
            en="Choose why it goes back.",
            pointer="/reason",
        )
    if (command.reason == "other") != bool(command.sentence):
        raise Refusal(
            "sentence-missing" if command.reason == "other" else "sentence-needless",
            ko="'그 밖의 사유'를 고르신 때에만 사유를 한 문장으로 적어 주십시오.",
            en="Write a sentence with the reason `other`, and only with it.",
            pointer="/sentence",
        )


def _impossible(status: Status) -> Refusal:
    return Refusal(
        "step-impossible",
        ko="지금 단계에서는 할 수 없습니다. 현재 상태를 확인해 주십시오.",
        en=f"This cannot be done now: the referral is {status}.",
        status=409,
    )


def _not_yours() -> Refusal:
    return Refusal(
        "not-your-step",
        ko="이 단계는 상대 기관이 처리합니다.",
        en="This step is the other agency's.",
        status=403,
    )
