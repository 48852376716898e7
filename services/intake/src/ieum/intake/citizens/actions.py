"""A citizen's subject is the id of the person they will be: kept from the first sign-in until they register.

So a session speaks for the person as soon as there is one, in every service, and no token need change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.kernel.ids import new_id
from ieum.common.privacy.search import SearchKey
from ieum.intake.citizens import store

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def subject_of(tx: Tx, search: SearchKey, login: str) -> UUID:
    """Whom somebody speaks for who signs in so: `login` names the provider and its subject."""
    return await store.subject(tx, new_id(tx.now), search.of("citizen-login", login))


async def claim(tx: Tx) -> UUID | None:
    """The id kept for the citizen who acts, once, as they register; None for everybody else."""
    if tx.actor.kind != "person":
        return None
    try:
        kept = UUID(tx.actor.id)
    except ValueError:
        return None
    return await store.claim(tx, kept)


async def forget(tx: Tx, person: UUID) -> None:
    """The person asked to be forgotten: who signs in so again begins anew."""
    await store.forget(tx, person)
