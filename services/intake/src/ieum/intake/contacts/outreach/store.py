"""Routes and stops in SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.contacts.outreach.domain import Route, Stop

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_ROUTE = ", ".join(field.name for field in fields(Route))
_STOP = tuple(field.name for field in fields(Stop))
_STOPS = ", ".join(_STOP)
# The row that is there is locked even where it stays as it is: stops are added under it.
_TAKE = f"""insert into outreach_route as held (id, agency, worker, day, planned_by)
values ($1, $2, $3, $4, $5)
on conflict (agency, worker, day) do update set planned_by = held.planned_by returning {_ROUTE}"""
_FIND = f"select {_ROUTE} from outreach_route where id = $1"
_LISTED = f"""select {_ROUTE} from outreach_route
where agency = $1 and day >= $2 and ($3::text is null or worker = $3) order by day, worker limit $4"""
_ADD = f"""insert into outreach_stop ({_STOPS})
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::uuid[], $6::text[], $7::text[],
  $8::uuid[], $9::bool[])"""
_OF_ROUTE = f"select {_STOPS} from outreach_stop where route = any($1) order by place, id"
_OF = f"select {_STOPS} from outreach_stop where person = any($1) order by id"
_FIND_STOP = f"select {_STOPS} from outreach_stop where id = $1"
_PLACES = """update outreach_stop set place = new.place
from unnest($1::uuid[], $2::int[]) as new (id, place) where outreach_stop.id = new.id"""


async def take(tx: Tx, route: Route) -> Route:
    """The route of the worker's day, made where there is none yet, locked until commit."""
    row = await tx.fetchrow(_TAKE, route.id, route.agency, route.worker, route.day, route.planned_by)
    return Route(**dict(row or {}))


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Route | None:
    """The route if it is the actor's agency's, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_)
    return Route(**dict(row)) if row else None


async def listed(tx: Tx, agency: str, since: date, worker: str | None, limit: int) -> list[Route]:
    """An agency's routes from a day on."""
    return [Route(**dict(row)) for row in await tx.fetch(_LISTED, agency, since, worker, limit)]


async def add(tx: Tx, stops: Sequence[Stop]) -> None:
    """Add stops."""
    await tx.execute(_ADD, *([getattr(one, name) for one in stops] for name in _STOP))


async def stops(tx: Tx, routes: Collection[UUID]) -> list[Stop]:
    """The stops of these routes in their order."""
    return [Stop(**dict(row)) for row in await tx.fetch(_OF_ROUTE, list(routes))]


async def of(tx: Tx, people: Collection[UUID]) -> list[Stop]:
    """The stops at these people's that the actor may see."""
    return [Stop(**dict(row)) for row in await tx.fetch(_OF, list(people))]


async def find_stop(tx: Tx, id_: UUID, *, lock: bool = False) -> Stop | None:
    """The stop if it is the actor's agency's, locked until commit if asked."""
    row = await tx.fetchrow(_FIND_STOP + (" for update" if lock else ""), id_)
    return Stop(**dict(row)) if row else None


async def set_state(tx: Tx, id_: UUID, state: str) -> None:
    """Write what became of a stop."""
    await tx.execute("update outreach_stop set state = $2 where id = $1", id_, state)


async def set_order(tx: Tx, route: UUID, stops: Sequence[UUID]) -> None:
    """Put a route's stops into this order, and count the change."""
    await tx.execute(_PLACES, list(stops), list(range(1, len(stops) + 1)))
    await bump(tx, route)


async def bump(tx: Tx, route: UUID) -> None:
    """Count a change of a route."""
    await tx.execute("update outreach_route set version = version + 1 where id = $1", route)


async def drop_planned(tx: Tx, person: UUID) -> None:
    """Drop what is planned at somebody's who is forgotten."""
    await tx.execute(
        "update outreach_stop set state = 'dropped' where person = $1 and state = 'planned'", person
    )
