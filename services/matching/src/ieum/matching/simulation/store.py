"""The applications of the past, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from ieum.common.postgres import Tx

# One a person: the newest, if there are several.
_SINCE = """
select distinct on (a.person) a.id from application a join person p on p.id = a.person
where a.programme = $1 and a.submitted_at >= $2 and a.state in ('waiting', 'ranked', 'ineligible')
  and p.sealed is not null
order by a.person, a.submitted_at desc, a.id"""


async def since(tx: Tx, programme: str, moment: datetime) -> list[UUID]:
    """The applications to a programme since then, neither withdrawn nor erased."""
    return [row["id"] for row in await tx.fetch(_SINCE, programme, moment)]
