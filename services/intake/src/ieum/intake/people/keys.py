"""Keys to personal data: intake alone issues and destroys them; others read them from `intake-keys`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast
from uuid import UUID

from ieum.common.events.intake import KeyIssued
from ieum.common.privacy.keys import WRAP_ALG, KeyWrapper, kid_of

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    from ieum.common.postgres import Tx

_FETCH = "select kid, wrapped from person_key where kid = any($1)"
_INSERT = """insert into person_key (kid, person, record_class, wrapped)
select * from unnest($1::text[], $2::uuid[], $3::text[], $4::bytea[])"""
_HAS = "select record_class from person_key where person = $1"
_DELETE = "delete from person_key where person = any($1) and record_class = any($2) returning kid"


class IssuedKeys:
    """A KeySource over the table of issued keys; it works in the caller's transaction."""

    def __init__(self, wrapper: KeyWrapper) -> None:
        self._wrapper = wrapper

    async def fetch(self, connection: object, kids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys by kid; what is missing was destroyed or never issued."""
        rows = await cast("Connection[Record]", connection).fetch(_FETCH, list(kids))
        return {row["kid"]: self._wrapper.unwrap(row["wrapped"]) for row in rows}

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
        made = [(kid_of(person, name), person, name, self._wrapper.new()[1]) for person, name in whose]
        await tx.execute(_INSERT, *(list(column) for column in zip(*made, strict=True)))
        for kid, _, _, wrapped in made:
            data = KeyIssued(kid=kid, alg=WRAP_ALG, wrapped=b64encode(wrapped).decode())
            tx.publish(data, subject=kid, sequence=1)

    async def destroy(self, tx: Tx, people: Collection[UUID], record_classes: Collection[str]) -> None:
        """Delete the keys and bury them on `intake-keys`: what they sealed is unreadable everywhere."""
        for row in await tx.fetch(_DELETE, list(people), list(record_classes)):
            tx.bury(KeyIssued.topic, row["kid"])
