"""What a channel is given and what it can answer: outcomes told apart by what may have happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Letter:
    """One rendered message, in memory only. `written_at` stays the same when it is repeated."""

    id: UUID
    address: str
    subject: str
    text: str
    language: str
    written_at: datetime


@dataclass(frozen=True)
class Sent:
    """The provider answered that it has it."""


@dataclass(frozen=True)
class Later:
    """The provider answered that it does not take it now."""

    reason: str


@dataclass(frozen=True)
class Never:
    """The provider answered that it will not take it: repeating is of no use."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """No answer came once the text was on its way: it may have arrived; a repeat is the same message."""

    reason: str


@dataclass(frozen=True)
class Away:
    """The provider could not be reached, or takes nothing from us at all: this message was not tried."""

    reason: str


@dataclass(frozen=True)
class Untried:
    """Its turn did not come in time."""


Outcome = Sent | Later | Never | Unknown | Away | Untried


@dataclass(frozen=True)
class Limits:
    """No letter is begun after `begin_seconds`, and after `end_seconds` the call is over.

    The first keeps a stop of the service short, the second ends before the lease does.
    """

    begin_seconds: float
    end_seconds: float


def message_id(id_: UUID, city: str) -> str:
    """The Message-ID of a message, from its id alone: a repeat is recognised by whoever receives both."""
    return f"<{id_}@ieum.{city}>"


class Channel(Protocol):
    """A way to send letters; it holds no database connection and knows nothing of states."""

    async def send(self, letters: Sequence[Letter], limits: Limits) -> Mapping[UUID, Outcome]:
        """Try each letter at most once; every letter has an outcome, by its id. Raises nothing of its own."""
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


# RFC 5321, section 4.2.1: 4yz is transient, 5yz is permanent. 552 at RCPT is often a full mailbox or a quota,
# which section 4.5.3.1.10 tells clients to treat as transient.
_TRANSIENT_DESPITE_ITS_DIGIT = {552}


def classify_recipient(code: int) -> Later | Never:
    """An SMTP refusal that is about this recipient or this text."""
    reason = f"smtp-{code}"
    transient = code < 500 or code in _TRANSIENT_DESPITE_ITS_DIGIT  # noqa: PLR2004 - the RFC's own border
    return Later(reason) if transient else Never(reason)


def classify_session(code: int) -> Away:
    """An SMTP refusal of the greeting, the sign-in or our sender: our set-up is wrong, not this message.

    Failing every message for it would turn a wrong password into hundreds of lost notices.
    """
    return Away(f"smtp-session-{code}")
