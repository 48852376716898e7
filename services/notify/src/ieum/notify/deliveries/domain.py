"""Which facts make which messages, and what becomes of a message after an attempt.

States: awaiting_contact → queued → sending (under a lease) → sent | failed | suppressed; an attempt that did
not end well goes back to queued. A lease that ran out means that the fate of the attempt is unknown: the
message is sent again, as the same message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from ieum.common.events.envelope import Event
from ieum.common.events.intake import Hours
from ieum.common.events.matching import (
    MatchAccepted,
    MatchDeclined,
    MatchExpired,
    MatchProposed,
    MatchRanked,
    MatchUnplaced,
    MatchWaitlisted,
)
from ieum.common.events.matching_interviews import (
    InterviewBooked,
    InterviewCalledOff,
    InterviewChanged,
    InterviewDue,
    InterviewInvited,
)
from ieum.common.events.matching_placement import (
    MatchCompleted,
    MatchEndedEarly,
    MatchReportDue,
    MatchStarted,
)
from ieum.common.events.model import Sealed
from ieum.common.events.programme import MessageEvent
from ieum.common.kernel.ids import derived_id
from ieum.notify.channels.domain import Away, Later, Never, Outcome, Sent, Unknown, Untried

RecipientKind = Literal["person", "organisation"]
State = Literal["awaiting_contact", "queued", "sending", "sent", "failed", "suppressed"]

About = (
    MatchRanked
    | MatchProposed
    | MatchAccepted
    | MatchDeclined
    | MatchExpired
    | MatchWaitlisted
    | MatchUnplaced
    | MatchStarted
    | MatchReportDue
    | MatchCompleted
    | MatchEndedEarly
    | InterviewInvited
    | InterviewBooked
    | InterviewChanged
    | InterviewCalledOff
)

_OF_A_PLACE = (
    MatchProposed, MatchAccepted, MatchDeclined, MatchExpired, MatchStarted, MatchReportDue, MatchCompleted,
    MatchEndedEarly, InterviewInvited, InterviewBooked, InterviewChanged, InterviewCalledOff,
)  # fmt: skip

AWAITING_FOR = timedelta(days=30)
"""How long a message waits for a contact or a name before it is given up."""
TRIED_FOR = timedelta(days=4)
"""How long a queued message is tried (RFC 5321, section 4.5.4.1: at least four to five days)."""
RETRY_DELAY_MAX = timedelta(minutes=15)
AWAY_DELAY, AWAY_DELAY_MAX = timedelta(seconds=2), timedelta(seconds=30)

_QUIET = Hours(start=time(21), end=time(8))
_SEOUL = ZoneInfo("Asia/Seoul")


@dataclass(frozen=True)
class Draft:
    """A message that a fact asks for: its recipient, and the public facts its text will mention."""

    fact: UUID
    purpose: MessageEvent
    recipient: UUID
    recipient_kind: RecipientKind
    person: UUID
    application: UUID
    programme: str
    facts: Mapping[str, Any]
    correlation_id: str
    openings: Sequence[UUID] = ()
    explanation: Sealed | None = field(default=None, repr=False)

    @property
    def id(self) -> UUID:
        """The one id of a message to this recipient, for this purpose, about this fact."""
        return derived_id(self.fact, str(self.recipient), self.purpose)


def drafts(events: Iterable[Event]) -> Iterator[Draft]:
    """The messages that facts of matching ask for; whether a programme sends them, its file says."""
    for event in events:
        match event.data:
            case MatchRanked() as data:
                yield _to_person(event, data, "submitted" if data.eligible else "ineligible", _ranked(data))
            case MatchProposed() as data:
                yield _to_person(event, data, "proposed", {"answer_by": data.answer_by.isoformat()})
            case MatchAccepted() as data:
                yield _to_person(event, data, "accepted", {})
                yield _to_workplace(event, data)
            case MatchExpired() as data:
                yield _to_person(event, data, "expired", {"answer_by": event.time.isoformat()})
            case MatchWaitlisted() as data:
                yield _to_person(event, data, "waiting", _waiting(data))
            case _:
                yield from _plain(event)


def _plain(event: Event) -> Iterator[Draft]:
    """What says nothing but that it happened."""
    match event.data:
        case MatchDeclined() as data:
            yield _to_person(event, data, "declined", {})
        case MatchUnplaced() as data:
            yield _to_person(event, data, "not_matched", {})
        case MatchStarted() as data:
            yield _to_person(event, data, "started", {})
        case MatchReportDue() as data:
            yield _to_person(event, data, "report_due", _report(data))
        case MatchCompleted() as data:
            yield _to_person(event, data, "completed", {})
        case MatchEndedEarly() as data:
            yield _to_person(event, data, "ended_early", {})
        case _:
            yield from _interviews(event)


def _interviews(event: Event) -> Iterator[Draft]:
    match event.data:
        case InterviewInvited() as data:
            yield _to_person(event, data, "interview_invited", _invited(data))
        case InterviewChanged() as data:
            yield _to_person(event, data, "interview_changed", _invited(data))
        case InterviewDue() as data:
            yield _to_person(event, data, "interview_due", _booked(data))
        case InterviewBooked() as data:
            yield _to_person(event, data, "interview_booked", _booked(data))
        case InterviewCalledOff() as data:
            yield _to_person(event, data, "interview_called_off", {})
        case _:
            pass


def _report(data: MatchReportDue) -> dict[str, Any]:
    return {"week": data.week.isoformat(), "due_on": data.due_on.isoformat()}


def _invited(data: InterviewInvited | InterviewChanged) -> dict[str, Any]:
    return {"answer_by": data.answer_by.isoformat()}


def _booked(data: InterviewBooked) -> dict[str, Any]:
    return {"starts": data.starts.isoformat(), "where": data.where, "candidate": str(data.candidate)}


def _to_person(event: Event, data: About, purpose: MessageEvent, facts: Mapping[str, Any]) -> Draft:
    return Draft(
        fact=event.id,
        purpose=purpose,
        recipient=data.person,
        recipient_kind="person",
        person=data.person,
        application=data.application,
        programme=data.programme,
        facts={**_common(event, data), **facts},
        correlation_id=event.correlation_id,
        openings=_openings(data),
        explanation=data.private.get("application"),
    )


def _to_workplace(event: Event, data: MatchAccepted) -> Draft:
    """The workplace learns who comes, and nothing of the reasons."""
    return Draft(
        fact=event.id,
        purpose="placed",
        recipient=data.organisation,
        recipient_kind="organisation",
        person=data.person,
        application=data.application,
        programme=data.programme,
        facts=_common(event, data),
        correlation_id=event.correlation_id,
        openings=_openings(data),
    )


def _common(event: Event, data: About) -> dict[str, Any]:
    common: dict[str, Any] = {"at": event.time.isoformat(), "match": event.subject}
    if isinstance(data, _OF_A_PLACE):
        common["opening"] = str(data.opening)
    return common


def _ranked(data: MatchRanked) -> dict[str, Any]:
    by_rank = sorted(data.suggestions, key=lambda suggestion: suggestion.rank)
    return {"suggestions": [str(suggestion.opening) for suggestion in by_rank]}


def _waiting(data: MatchWaitlisted) -> dict[str, Any]:
    return {"waiting": [{"opening": str(one.opening), "number": one.number} for one in data.waiting]}


def _openings(data: About) -> list[UUID]:
    match data:
        case MatchRanked():
            return [suggestion.opening for suggestion in data.suggestions]
        case MatchWaitlisted():
            return [one.opening for one in data.waiting]
        case MatchUnplaced():
            return []
        case _:
            return [data.opening]


@dataclass(frozen=True)
class Verdict:
    """What a message becomes: its state, why, and for `queued` when it is looked at again."""

    state: State
    due_at: datetime
    reason: str | None = None


def on_release(*, erased: bool, mailbox: bool, now: datetime) -> Verdict:
    """What becomes of a message when all it waited for is known; `mailbox`: there may be an address."""
    if erased:
        return Verdict("suppressed", now, "erased")
    if not mailbox:
        return Verdict("suppressed", now, "no-address")
    return Verdict("queued", now)


def on_outcome(outcome: Outcome, *, attempts: int, give_up_at: datetime, now: datetime) -> Verdict:
    """What becomes of a message after an attempt; `attempts` counts this one."""
    match outcome:
        case Sent():
            return Verdict("sent", now)
        case Never(reason):
            return Verdict("failed", now, reason)
        case Later(reason) | Unknown(reason) if now >= give_up_at:
            return Verdict("failed", now, f"gave-up:{reason}")
        case Later(reason) | Unknown(reason):
            return Verdict("queued", now + retry_delay(attempts), reason)
        case Untried():
            return Verdict("queued", now)
        case Away(reason):
            # Never given up for this: nothing was tried, and the fault is not the message's.
            return Verdict("queued", now + AWAY_DELAY, reason)


def retry_delay(attempts: int) -> timedelta:
    """2, 4, 8 … seconds after the first, second, third … attempt, at most a quarter of an hour."""
    return min(timedelta(seconds=2 ** min(attempts, 20)), RETRY_DELAY_MAX)


def away_delay(times: int) -> timedelta:
    """How long to leave a provider alone that was away so often in a row, from 1: 2, 4 … at most 30 s."""
    return min(timedelta(seconds=2 ** min(times, 10)), AWAY_DELAY_MAX)


def quiet_until(now: datetime) -> datetime | None:
    """In quiet hours (21:00 to 08:00, Korean time) their end, else None.

    정보통신망법 50(3) forbids advertising at these hours; a city's notices keep to them by policy.
    """
    return _end_of(_QUIET, now)


def unsafe_until(hours: Sequence[Hours], now: datetime) -> datetime | None:
    """In hours at which a person must not be written to their end, else None.

    Where several follow one another, it is looked at again at the end of the first.
    """
    return next((end for one in hours if (end := _end_of(one, now))), None)


def _end_of(hours: Hours, now: datetime) -> datetime | None:
    """The next moment at which these hours end, None outside them; an end before the start is tomorrow's."""
    here = now.astimezone(_SEOUL)
    at, over_midnight = here.time(), hours.end <= hours.start
    inside = at >= hours.start or at < hours.end if over_midnight else hours.start <= at < hours.end
    if not inside:
        return None
    end = datetime.combine(here.date(), hours.end, _SEOUL)
    return (end if end > here else end + timedelta(days=1)).astimezone(now.tzinfo)
