"""The numbers under which workplaces know candidates, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.kernel.ids import random_id

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from ieum.common.postgres import Tx

_NUMBER = """
insert into candidate (id, opening, application) select id, $2, application
from unnest($1::uuid[], $3::uuid[]) as new (id, application) on conflict do nothing"""
_NUMBERS = "select id, application from candidate where opening = $1 and application = any($2)"
_APPLICATIONS = "select id, application from candidate where opening = $1 and id = any($2)"


async def numbers(tx: Tx, opening: UUID, applications: Collection[UUID]) -> dict[UUID, UUID]:
    """The numbers of these applications at an opening, given out where there was none: at random."""
    found = {row["application"]: row["id"] for row in await tx.fetch(_NUMBERS, opening, list(applications))}
    if missing := [one for one in applications if one not in found]:
        await tx.execute(_NUMBER, [random_id() for _ in missing], opening, missing)
        rows = await tx.fetch(_NUMBERS, opening, missing)  # somebody else may have been first
        found |= {row["application"]: row["id"] for row in rows}
    return found


async def applications(tx: Tx, opening: UUID, numbers: Collection[UUID]) -> dict[UUID, UUID]:
    """Whose these numbers are at an opening; another opening's are nobody's."""
    return {row["id"]: row["application"] for row in await tx.fetch(_APPLICATIONS, opening, list(numbers))}
