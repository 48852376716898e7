"""Whether and on which number a person may be called, and what came of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Literal
from uuid import UUID

from ieum.common.events.intake import Hours, PersonContact, SafeContact
from ieum.common.events.intake_contacts import ContactOutcome, Direction
from ieum.common.kernel.dates import KST
from ieum.common.kernel.errors import Refusal, Stale

CallState = Literal["begun", "done"]

TRANSITIONS: Mapping[tuple[CallState, ContactOutcome], CallState] = {
    ("begun", "answered"): "done",
    ("begun", "no-answer"): "done",
    ("begun", "wrong-number"): "done",
    ("begun", "call-back"): "done",
}
"""What a call that was begun may come to; what is not here is refused with `call-transition`."""


@dataclass(frozen=True)
class Call:
    """A call as stored; `neutral`: the person asked for no word of what it is about. Numbers are not kept."""

    id: UUID
    person: UUID
    agency: str
    direction: Direction
    neutral: bool
    state: CallState
    call_back_at: datetime | None
    by: str
    begun_at: datetime
    done_at: datetime | None = None
    version: int = 1


def check_safe(contact: PersonContact, number: str | None, now: datetime) -> str:
    """The number (E.164) to call now: the one asked for, or the person's own.

    Raises Refusal 422 `phone-missing`, 409 `call-never`, 409 `call-hours`.
    """
    dialled = number or contact.phone
    if dialled is None:
        raise Refusal(
            "phone-missing",
            ko="등록된 전화번호가 없습니다.",
            en="No phone number is known.",
            pointer="/number",
        )
    rules = contact.safe_contact or SafeContact()
    if dialled in rules.never:
        raise Refusal(
            "call-never",
            ko="이 번호로는 절대 연락하지 말아 달라고 하셨습니다.",
            en="The person asked never to be called on this number.",
            status=409,
        )
    check_hours(rules, now)
    return dialled


def check_hours(rules: SafeContact, at: datetime, *, pointer: str | None = None) -> None:
    """Raises Refusal 409 `call-hours` in hours at which the person asked not to be reached."""
    if any(within(hours, at.astimezone(KST).time()) for hours in rules.not_at):
        raise Refusal(
            "call-hours",
            ko="이 시간에는 연락하지 말아 달라고 하셨습니다.",
            en="The person asked not to be reached at this hour.",
            status=409,
            pointer=pointer,
        )


def within(hours: Hours, moment: time) -> bool:
    """Whether a time of day lies in the hours, which may pass midnight; the end does not belong to them."""
    if hours.start <= hours.end:
        return hours.start <= moment < hours.end
    return moment >= hours.start or moment < hours.end


def done(
    call: Call, outcome: ContactOutcome, now: datetime, *, version: int, call_back_at: datetime | None = None
) -> Call:
    """The call once it is over; raises Stale, Refusal 409 `call-transition`, 422 `call-back-at`."""
    if version != call.version:
        raise Stale
    to = TRANSITIONS.get((call.state, outcome))
    if to is None:
        raise Refusal(
            "call-transition",
            ko="이미 결과를 기록한 통화입니다.",
            en="What came of this call is recorded already.",
            status=409,
        )
    if (outcome == "call-back") != (call_back_at is not None) or (call_back_at and call_back_at <= now):
        raise Refusal(
            "call-back-at",
            ko="다시 전화드리기로 한 때에만, 앞으로의 시각으로 적어 주십시오.",
            en="A time to come is stated with the outcome `call-back`, and only with it.",
            pointer="/call_back_at",
        )
    return replace(call, state=to, done_at=now, call_back_at=call_back_at, version=call.version + 1)
