"""What notify tells: the fate of each message. The text itself travels nowhere."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.model import AccessRecorded, Acknowledgement, EventData


class _Message(EventData):
    """One message for one fact, recipient and purpose (a template's id)."""

    fact: UUID
    recipient: UUID
    recipient_kind: Literal["person", "organisation"]
    purpose: str
    channel: Literal["email"] = "email"


class MessageQueued(_Message):
    """A message will be sent."""

    event_type: ClassVar[str] = "kr.ieum.notify.message.queued.v1"
    topic: ClassVar[str] = "notify-messages"


class MessageSent(_Message):
    """The provider took the message; `message_id` is its RFC 5322 Message-ID."""

    event_type: ClassVar[str] = "kr.ieum.notify.message.sent.v1"
    topic: ClassVar[str] = "notify-messages"

    message_id: str
    attempts: int


class MessageFailed(_Message):
    """The provider will not take it, or did not for too long; `reason` is a code."""

    event_type: ClassVar[str] = "kr.ieum.notify.message.failed.v1"
    topic: ClassVar[str] = "notify-messages"

    reason: str
    attempts: int


class MessageSuppressed(_Message):
    """Not sent on purpose; `reason` is a code such as erased or no-address."""

    event_type: ClassVar[str] = "kr.ieum.notify.message.suppressed.v1"
    topic: ClassVar[str] = "notify-messages"

    reason: str


class NotifyErasureAcknowledged(Acknowledgement):
    """Notify holds nothing readable of these record classes any more."""

    event_type: ClassVar[str] = "kr.ieum.notify.erasure.acknowledged.v1"
    topic: ClassVar[str] = "notify-acknowledgements"


class NotifyAccessRecorded(AccessRecorded):
    """Sealed data was opened in notify."""

    event_type: ClassVar[str] = "kr.ieum.notify.access.recorded.v1"
    topic: ClassVar[str] = "notify-access"
