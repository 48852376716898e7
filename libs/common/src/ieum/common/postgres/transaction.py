"""One unit of work: a transaction with an actor, a purpose, a moment, and what it will publish."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from ieum.common.events.envelope import Attributes, Event
from ieum.common.events.model import EventData, PrivateData, Sealed
from ieum.common.events.registry import Registry
from ieum.common.kernel.ids import new_id
from ieum.common.postgres import accesses, outbox, publishing
from ieum.common.privacy.keys import KeySource, PresentKey, key_name
from ieum.common.privacy.objects import open_sealed, seal

if TYPE_CHECKING:
    from asyncpg import Connection, Record

P = TypeVar("P", bound=PrivateData)
Q = TypeVar("Q", bound=PrivateData)
R = TypeVar("R", bound=PrivateData)


@dataclass(slots=True, frozen=True)
class Actor:
    """Who acts: `kind` is person, staff, workplace, service or public; the rest is for row-level security.

    `owner`: the keyed hash (hex) of a citizen's subject, by which their own registrations are known.
    """

    kind: str
    id: str
    agency: str | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    owner: str = ""


@dataclass(slots=True, frozen=True)
class Context:
    """What a unit of work knows of its service and its occasion."""

    service: str
    source: str
    registry: Registry
    keys: KeySource
    actor: Actor
    purpose: str
    now: datetime
    correlation_id: str


class Tx:
    """The caller's transaction. Handlers and actions use it; only the unit of work commits it."""

    def __init__(self, connection: Connection[Record], context: Context) -> None:
        self.connection = connection
        self.context = context
        self.fetch = connection.fetch
        self.fetchrow = connection.fetchrow
        self.fetchval = connection.fetchval
        self.execute = connection.execute
        self.executemany = connection.executemany
        self._pending: list[publishing.Pending | outbox.OutboxRow] = []
        self._opened: list[tuple[Tx, str]] = []
        self._keys: dict[str, bytes] = {}
        self._present: dict[str, PresentKey] = {}
        self._published = False

    @property
    def actor(self) -> Actor:
        """Who acts."""
        return self.context.actor

    @property
    def purpose(self) -> str:
        """What for."""
        return self.context.purpose

    @property
    def now(self) -> datetime:
        """The one moment of this unit of work, aware, in UTC."""
        return self.context.now

    @property
    def correlation_id(self) -> str:
        """What ties this work to the request that began it all."""
        return self.context.correlation_id

    def acting_for(self, actor: Actor, correlation_id: str) -> Tx:
        """This transaction in the name of one for whom it works together with others.

        What they do, see, publish and open is theirs; row-level security goes on by the kind, agency and
        roles that the transaction was begun with, so theirs must be the same: raises ValueError.
        """
        mine = self.actor
        if (actor.kind, actor.agency, actor.roles) != (mine.kind, mine.agency, mine.roles):
            raise ValueError("another kind, agency or role needs a transaction of its own")
        own = copy(self)  # one connection, one list of what is published and opened, one set of keys
        own.context = replace(self.context, actor=actor, correlation_id=correlation_id)
        return own

    def publish(
        self,
        data: EventData,
        *,
        subject: UUID | str,
        sequence: int,
        person: UUID | None = None,
        private: Sequence[PrivateData] = (),
        cause: Event | None = None,
        correlation_id: str | None = None,
        id: UUID | None = None,  # noqa: A002 - the CloudEvents attribute
    ) -> UUID:
        """Publish at commit: sealed under `person`'s keys, keyed by `subject`; the event's id is returned.

        `sequence` is the aggregate's version from 1. The story it belongs to is its cause's, else the one of
        `correlation_id`, else this unit of work's. Raises CannotPublish where the register forbids it.
        """
        topic = publishing.check(self.context.registry, self.context.service, data, private)
        attributes = Attributes(
            id=id or new_id(self.now),
            source=self.context.source,
            time=self.now,
            subject=str(subject),
            sequence=sequence,
            correlation_id=cause.correlation_id if cause else correlation_id or self.correlation_id,
            causation_id=str(cause.id) if cause else None,
            replay=cause.replay if cause else None,
        )
        self._pending.append(
            publishing.Pending(data, attributes, topic, person, private)
            if private
            else publishing.plain_row(data, attributes, topic)
        )
        return attributes.id

    def bury(self, topic: str, key: str) -> None:
        """Publish a tombstone for a key of a compacted topic; nothing more is sealed or opened with it."""
        self._keys.pop(key, None)
        self._present.pop(key.rpartition("/")[0], None)
        self._pending.append(publishing.tombstone(topic, key, self.now))

    async def seal(self, person: UUID, private: PrivateData, context: UUID) -> Sealed:
        """Seal for a row of one's own, bound to `context`; raises LookupError if the key was destroyed."""
        name = key_name(person, private.record_class)
        present = (await self.present_keys([name]))[name]
        return seal(private, present.key, present.kid, context)

    async def present_keys(self, names: Iterable[str]) -> Mapping[str, PresentKey]:
        """The keys to seal under, by key name; what is missing was destroyed."""
        wanted = set(names)
        if missing := wanted - self._present.keys():
            found = await self.context.keys.present(self.connection, missing)
            self._present |= found
            self._keys |= {one.kid: one.key for one in found.values()}
        return {name: self._present[name] for name in wanted & self._present.keys()}

    async def fetch_keys(self, kids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys by kid; what is missing was destroyed. Each is looked up once in a unit of work."""
        # One by one: set arithmetic would go through all that was looked up so far, each time.
        wanted, known = set(kids), self._keys
        if missing := [kid for kid in wanted if kid not in known]:
            known |= await self.context.keys.fetch(self.connection, missing)
        return {kid: known[kid] for kid in wanted if kid in known}

    async def open_all(self, sealed: Sequence[Sealed], model: type[P]) -> list[P | None]:
        """Open for a machine's work, in the order given; None where the key was destroyed.

        The unit of work records one access event for all that it opened, with the count.
        """
        keys = await self.fetch_keys({item.kid for item in sealed})
        self._opened += [(self, item.record_class) for item in sealed]
        return [open_sealed(item, key, model) if (key := keys.get(item.kid)) else None for item in sealed]

    async def reveal(self, sealed: Sealed, model: type[P], *, reason: str) -> P | None:
        """Open for a person's eyes: by construction, the access is recorded in this transaction."""
        keys = await self.fetch_keys([sealed.kid])
        accesses.record(self, sealed.person, [sealed.record_class], 1, reason)
        return open_sealed(sealed, keys[sealed.kid], model) if sealed.kid in keys else None

    async def reveal_masked(
        self, person: UUID, found: Sequence[tuple[Sealed, type[P]]], *, reason: str
    ) -> list[P | None]:
        """Open what will be shown masked; recorded once for the person, as such, in this transaction."""
        keys = await self.fetch_keys([sealed.kid for sealed, _ in found])
        classes = [sealed.record_class for sealed, _ in found]
        accesses.record(self, person, classes, len(found), reason, masked=True)
        return [
            open_sealed(sealed, key, model) if (key := keys.get(sealed.kid)) else None
            for sealed, model in found
        ]

    async def reveal_together(
        self,
        person: UUID,
        first: tuple[Sealed | None, type[P]],
        second: tuple[Sealed | None, type[Q]],
        third: tuple[Sealed | None, type[R]],
        *,
        reason: str,
    ) -> tuple[P | None, Q | None, R | None]:
        """Open what is sealed of one person for a person's eyes: one access is recorded for all of it."""
        there = [sealed for sealed, _ in (first, second, third) if sealed]
        keys = await self.fetch_keys([sealed.kid for sealed in there])
        classes = sorted({sealed.record_class for sealed in there})
        accesses.record(self, person, classes, len(there), reason)
        return _open(first, keys), _open(second, keys), _open(third, keys)

    def look(self, person: UUID | None, record_classes: Sequence[str], *, reason: str) -> None:
        """Record that somebody's data was looked at or taken away, though nothing was opened for it."""
        accesses.record(self, person, record_classes, 0, reason)

    async def flush(self) -> bool:
        """Write what is to be published into the outbox; True if there ever was anything.

        The unit of work does so at its end; one that publishes much may do so between, to hold less of it.
        """
        for one in dict.fromkeys(tx for tx, _ in self._opened):
            classes = [name for tx, name in self._opened if tx is one]
            accesses.record(one, None, sorted(set(classes)), len(classes), None)
        self._opened.clear()
        sealing = [item for item in self._pending if isinstance(item, publishing.Pending)]
        names = {name for item in sealing for name in item.key_names}
        keys = await self.present_keys(names) if names else {}
        rows = [
            item if isinstance(item, outbox.OutboxRow) else publishing.sealed_row(item, keys)
            for item in self._pending
        ]
        self._pending.clear()
        if rows:
            await outbox.append(self.connection, rows)
            self._published = True
        return self._published


def _open(item: tuple[Sealed | None, type[P]], keys: Mapping[str, bytes]) -> P | None:
    sealed, model = item
    return open_sealed(sealed, keys[sealed.kid], model) if sealed and sealed.kid in keys else None
