"""Keys to personal data: intake alone issues and destroys them; others read them from `intake-keys`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from uuid import UUID

from ieum.common.events.intake import KeyIssued
from ieum.common.privacy.keys import WRAP_ALG, PresentKey, Wrapper, key_name

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    from ieum.common.postgres import Tx

_FETCH = "select kid, wrapped from person_key where kid = any($1)"
# The limit keeps each a look-up of its own: planned while the table is small, a join would read all of it.
_PRESENT = """select found.* from unnest($1::uuid[], $2::text[]) as asked (person, record_class)
cross join lateral (select kid, person, record_class, wrapped from person_key k
  where k.person = asked.person and k.record_class = asked.record_class limit 1) found"""
# The generation after those that were destroyed: a kid never names a second key.
_INSERT = """insert into person_key (kid, person, record_class, wrapped, kek)
select person || '/' || record_class || '/' || (select coalesce(max(split_part(b.kid, '/', 3)::int), 0) + 1
    from key_burial b where b.person = new.person and split_part(b.kid, '/', 2) = new.record_class),
  person, record_class, wrapped, $4
from unnest($1::uuid[], $2::text[], $3::bytea[]) as new (person, record_class, wrapped)
returning kid, wrapped"""
_HAS = "select record_class from person_key where person = $1"
_DELETE = """with gone as (delete from person_key where {} returning kid, person),
buried as (insert into key_burial (kid, person, destroyed_at) select kid, person, $1 from gone
  on conflict do nothing)
select kid from gone"""
_DELETE_OF = _DELETE.format("person = any($2) and record_class = any($3)")
_DELETE_KIDS = _DELETE.format("kid = any($2)")
_KIDS = "select kid from person_key where kid > $1 order by kid limit $2"
_UNTOLD = "select key from outbox where topic = $1"
_PAGE = """select kid, wrapped, version from person_key where kid > $1 and kek <> $2
order by kid limit $3 for update"""
_REWRAP = """update person_key set wrapped = new.wrapped, kek = $1, version = new.version
from unnest($2::text[], $3::bytea[], $4::int[]) as new (kid, wrapped, version)
where person_key.kid = new.kid"""


@dataclass(frozen=True)
class Told:
    """Kids of a batch that were told, and the last that was looked at: None where none was left."""

    kids: Sequence[str]
    last: str | None


class IssuedKeys:
    """A KeySource over the table of issued keys; it works in the caller's transaction."""

    def __init__(self, wrapper: Wrapper) -> None:
        self._wrapper = wrapper

    async def fetch(self, connection: object, kids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys by kid; what is missing was destroyed or never issued."""
        rows = await cast("Connection[Record]", connection).fetch(_FETCH, list(kids))
        return {row["kid"]: self._wrapper.unwrap(row["wrapped"]) for row in rows}

    async def present(self, connection: object, names: Iterable[str]) -> Mapping[str, PresentKey]:
        """The keys to seal under, by key name: of each there is one at most."""
        parts = [name.partition("/") for name in names]
        people, classes = [UUID(person) for person, _, _ in parts], [name for _, _, name in parts]
        rows = await cast("Connection[Record]", connection).fetch(_PRESENT, people, classes)
        return {
            key_name(row["person"], row["record_class"]): PresentKey(
                row["kid"], self._wrapper.unwrap(row["wrapped"])
            )
            for row in rows
        }

    def new(self) -> tuple[bytes, bytes]:
        """A key that is nobody's and is told nowhere, with its wrapping, for what passes through intake."""
        return self._wrapper.new()

    def unwrap(self, wrapped: bytes) -> bytes:
        """Such a key again."""
        return self._wrapper.unwrap(wrapped)

    async def issue(self, tx: Tx, people: Collection[UUID], record_classes: Collection[str]) -> None:
        """A new key for each of these people and classes, told on `intake-keys`."""
        await self._issue(tx, [(person, name) for person in people for name in record_classes])

    async def ensure(self, tx: Tx, person: UUID, record_classes: Collection[str]) -> None:
        """A new key for each of these classes for which the person, locked by the caller, has none now."""
        there = {row["record_class"] for row in await tx.fetch(_HAS, person)}
        if lacking := [(person, name) for name in record_classes if name not in there]:
            await self._issue(tx, lacking)

    async def _issue(self, tx: Tx, whose: Sequence[tuple[UUID, str]]) -> None:
        people, classes = [person for person, _ in whose], [name for _, name in whose]
        wrapped = [self._wrapper.new()[1] for _ in whose]
        for row in await tx.fetch(_INSERT, people, classes, wrapped, self._wrapper.name):
            _tell(tx, row["kid"], row["wrapped"], 1)

    async def destroy(self, tx: Tx, people: Collection[UUID], record_classes: Collection[str]) -> None:
        """Delete the keys and bury them on `intake-keys`: what they sealed is unreadable everywhere."""
        _bury(tx, await tx.fetch(_DELETE_OF, tx.now, list(people), list(record_classes)))

    async def told(self, tx: Tx, after: str, limit: int) -> Told:
        """The keys after a kid that were told on `intake-keys`: none of them waits in the outbox."""
        kids = [row["kid"] for row in await tx.fetch(_KIDS, after, limit)]
        waiting = {row["key"] for row in await tx.fetch(_UNTOLD, KeyIssued.topic)}
        return Told([kid for kid in kids if kid not in waiting], kids[-1] if kids else None)

    async def destroy_again(self, tx: Tx, kids: Collection[str]) -> None:
        """Destroy keys by kid: other generations stay."""
        _bury(tx, await tx.fetch(_DELETE_KIDS, tx.now, list(kids)))

    @property
    def kek(self) -> str:
        """The name of the key-encryption key that wraps now."""
        return self._wrapper.name

    async def rewrap(self, tx: Tx, after: str, limit: int) -> Sequence[str]:
        """Wrap keys anew that lie under another key-encryption key, in the order of kids; gives the kids."""
        rows = await tx.fetch(_PAGE, after, self.kek, limit)
        made = [
            (row["kid"], self._wrapper.wrap(self._wrapper.unwrap(row["wrapped"])), row["version"] + 1)
            for row in rows
        ]
        if made:
            await tx.execute(_REWRAP, self.kek, *(list(column) for column in zip(*made, strict=True)))
        for kid, wrapped, version in made:
            _tell(tx, kid, wrapped, version)
        return [kid for kid, _, _ in made]


def _bury(tx: Tx, gone: Sequence[Record]) -> None:
    for row in gone:
        tx.bury(KeyIssued.topic, row["kid"])


def _tell(tx: Tx, kid: str, wrapped: bytes, version: int) -> None:
    data = KeyIssued(kid=kid, alg=WRAP_ALG, wrapped=b64encode(wrapped).decode())
    tx.publish(data, subject=kid, sequence=version)
