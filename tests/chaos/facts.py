"""What a run left behind, as plain values: what clients were told, Kafka's records, rows, mails.

The checks see nothing but this, so a test can plant a fault into it and see it found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True)
class Record:
    """One record in Kafka. `position` is the relay's `epoch:n`; `cause` is the id of the event behind it."""

    topic: str
    partition: int
    offset: int
    key: str
    id: str
    type: str
    source: str
    subject: str
    sequence: int
    position: tuple[int, int]
    cause: str | None = None
    about: str | None = None
    """The application that the data names, where they do."""

    @property
    def place(self) -> tuple[str, int]:
        """Its topic and partition."""
        return self.topic, self.partition

    @property
    def name(self) -> str:
        """How a finding names it."""
        return f"{self.topic}-{self.partition}@{self.offset}"


@dataclass(frozen=True)
class Message:
    """A row of notify."""

    id: str
    fact: str
    recipient: str
    purpose: str
    application: str
    state: str


@dataclass(frozen=True)
class Leaf:
    """A leaf of the log."""

    index: int
    topic: str
    partition: int
    offset: int
    repeats: bool


@dataclass(frozen=True)
class Facts:
    """Everything the checks look at.

    `people` and `applications` are the ids that clients were answered with a 2xx; `stored_people` and
    `stored_applications` the rows of intake; `ranked` the applications that matching's own rows hold as
    ranked, with repetitions if it has any; `mails` the Message-IDs in the sink, one for each mail taken;
    `logged` the topics that the log must cover; `parked` the dead letters, `waiting` what is on its way.
    """

    people: frozenset[str] = frozenset()
    applications: frozenset[str] = frozenset()
    stored_people: tuple[str, ...] = ()
    stored_applications: tuple[str, ...] = ()
    ranked: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    messages: tuple[Message, ...] = ()
    mails: tuple[str, ...] = ()
    leaves: tuple[Leaf, ...] = ()
    logged: frozenset[str] = frozenset()
    parked: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    sender_kills: int = 0
    """How often notify or its database was killed: each time, what was just mailed may be mailed again."""
    complaints: tuple[str, ...] = ()
    """What the clients and the supervisor found wrong."""

    def but(self, **changes: object) -> Self:
        """The same with other values; for planting faults."""
        return replace(self, **changes)  # type: ignore[arg-type]
