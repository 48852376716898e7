"""Keys to personal data: intake alone issues and destroys them; others read them from `intake-keys`."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping
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
_DELETE = "delete from person_key where person = any($1) and record_class = any($2) returning kid"


class IssuedKeys:
    """A KeySource over the table of issued keys; it works in the caller's transaction."""

    def __init__(self, wrapper: KeyWrapper) -> None:
        self._wrapper = wrapper

    async def fetch(self, connection: object, kids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys by kid; what is missing was destroyed or never issued."""
        rows = await cast("Connection[Record]", connection).fetch(_FETCH, list(kids))
        return {row["kid"]: self._wrapper.unwrap(row["wrapped"]) for row in rows}

    async def issue(self, tx: Tx, people: Collection[UUID], record_classes: Collection[str]) -> None:
        """A new key for each of these people and classes, told on `intake-keys`."""
        made = [
            (kid_of(person, name), person, name, self._wrapper.new()[1])
            for person in people
            for name in record_classes
        ]
        await tx.execute(_INSERT, *(list(column) for column in zip(*made, strict=True)))
        for kid, _, _, wrapped in made:
            data = KeyIssued(kid=kid, alg=WRAP_ALG, wrapped=b64encode(wrapped).decode())
            tx.publish(data, subject=kid, sequence=1)

    async def ensure(self, tx: Tx, person: UUID, record_class: str) -> None:
        """Issue a person's key for a class unless there is one; the caller has the person locked."""
        kid = kid_of(person, record_class)
        if not await tx.fetch_keys([kid]):
            await self.issue(tx, [person], [record_class])

    async def destroy(self, tx: Tx, people: Collection[UUID], record_classes: Collection[str]) -> None:
        """Delete the keys and bury them on `intake-keys`: what they sealed is unreadable everywhere."""
        for row in await tx.fetch(_DELETE, list(people), list(record_classes)):
            tx.bury(KeyIssued.topic, row["kid"])
