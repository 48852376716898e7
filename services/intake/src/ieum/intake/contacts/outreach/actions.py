"""Planning a worker's day, recording its stops from the field, and carrying over who was not at home."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from ieum.common.events.intake_contacts import ContactOutcome
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal, Stale
from ieum.common.kernel.ids import new_id
from ieum.intake.contacts import notes, recording
from ieum.intake.contacts.domain import Contact
from ieum.intake.contacts.notes import StopNote, Whose
from ieum.intake.contacts.outreach import domain, store
from ieum.intake.contacts.outreach.domain import Order, Place, Route, Stop
from ieum.intake.contacts.recording import Said, own_agency
from ieum.intake.people import actions as people
from ieum.intake.people import domain as people_domain
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

LIST_MAX = 200


@dataclass(frozen=True)
class NewStop:
    """Where to go: to a registered person, or to an address in a district; `note` is sealed."""

    person: UUID | None
    district: str | None
    note: StopNote | None


@dataclass(frozen=True)
class Result:
    """What came of a stop, at a time that the worker's device states."""

    outcome: ContactOutcome
    at: datetime
    said: Said | None = None
    again_on: date | None = None


class Located(NamedTuple):
    """Whom and which district a stop is at; `entitles`: the agency goes on to see all of the person."""

    person: UUID | None
    district: str
    entitles: bool = False


async def plan(
    tx: Tx, desk: Desk, worker: str, day: date, stops: Sequence[NewStop], *, order: Order = "given"
) -> UUID:
    """Plan stops of a worker's day, after those that are planned already; gives the route's id.

    Raises Refusal `route-day`, `stops-many`, `person-unknown`, `person-erased`, `district-unknown`, 403
    `stop-without-ground`.
    """
    domain.check_day(day, tx.now)
    route = await _route(tx, worker, day)
    there = await store.stops(tx, [route.id])
    await _add(tx, desk, route, stops, order, after=len(there))
    return route.id


async def add(tx: Tx, desk: Desk, id_: UUID, stop: NewStop) -> UUID:
    """Add a stop at the end of a route, such as somebody met on the way; gives the stop's id."""
    route = await shown(tx, id_, lock=True)
    [made] = await _add(tx, desk, route, [stop], "given", after=len(await store.stops(tx, [id_])))
    return made.id


async def reorder(tx: Tx, id_: UUID, stops: Sequence[UUID], *, version: int) -> Route:
    """Put the stops of a day into another order; raises Stale, Refusal 422 `stops-all`."""
    route = await shown(tx, id_, lock=True)
    if route.version != version:
        raise Stale
    there = await store.stops(tx, [id_])
    if sorted(stops) != sorted(one.id for one in there):
        raise Refusal(
            "stops-all",
            ko="방문지를 빠짐없이 한 번씩 적어 주십시오.",
            en="Please name each stop of the route, once.",
            pointer="/stops",
        )
    await store.set_order(tx, id_, stops)
    return await shown(tx, id_)


async def record(tx: Tx, desk: Desk, id_: UUID, result: Result) -> UUID:
    """Record what came of a stop; said again in the same words it adds nothing. Gives the stop's id.

    Raises Refusal 404 `stop-unknown`, or as `domain.check_record` and `domain.check_again`.
    """
    person = (await find_stop(tx, id_)).person
    if person:  # locked first: so does who forgets somebody
        await people.shown(tx, desk, person, lock=True, whole=False)
    stop = await find_stop(tx, id_, lock=True)
    if stop.state == "done":
        known = await recording.visible(tx, id_)
        if (known.outcome, known.at) == (result.outcome, result.at):
            return id_
    route = await shown(tx, stop.route)
    domain.check_record(stop, route, result.at, tx.now)
    if result.again_on:
        domain.check_again(result.again_on, result.outcome, route, tx.now)
    await store.set_state(tx, id_, "done")
    contact = Contact(
        id=stop.id,
        kind="outreach",
        person=stop.person,
        agency=stop.agency,
        district=stop.district,
        at=result.at,
        outcome=result.outcome,
        field=None,
        direction=None,
        part_of=route.id,
        by=tx.actor.id,
        recorded_at=tx.now,
    )
    await recording.record(tx, desk, contact, result.said)
    await notes.end(tx, [id_], desk.city.retention_of("case").ends(korean_date(result.at)))
    if result.again_on:
        await _carry(tx, desk, stop, await _route(tx, route.worker, result.again_on))
    return id_


async def shown(tx: Tx, id_: UUID, *, lock: bool = False) -> Route:
    """A route of the actor's agency; raises Refusal 404 `route-unknown`."""
    found = await store.find(tx, id_, lock=lock)
    if found is None:
        raise Refusal(
            "route-unknown", ko="방문 계획을 찾을 수 없습니다.", en="There is no such route.", status=404
        )
    return found


async def find_stop(tx: Tx, id_: UUID, *, lock: bool = False) -> Stop:
    """A stop of the actor's agency; raises Refusal 404 `stop-unknown`."""
    found = await store.find_stop(tx, id_, lock=lock)
    if found is None:
        raise Refusal(
            "stop-unknown", ko="방문지를 찾을 수 없습니다.", en="There is no such stop.", status=404
        )
    return found


async def stops(tx: Tx, routes: Collection[UUID]) -> list[Stop]:
    """The stops of these routes in their order."""
    return await store.stops(tx, routes)


async def listed(tx: Tx, since: date, worker: str | None) -> list[Route]:
    """The routes of the actor's agency from a day on, at most LIST_MAX."""
    return await store.listed(tx, own_agency(tx), since, worker, LIST_MAX)


async def of(tx: Tx, people_: Collection[UUID]) -> list[Stop]:
    """The stops at these people's."""
    return await store.of(tx, people_)


async def forget(tx: Tx, person: UUID) -> None:
    """Nobody goes to somebody who is forgotten."""
    await store.drop_planned(tx, person)


async def _route(tx: Tx, worker: str, day: date) -> Route:
    return await store.take(tx, Route(new_id(tx.now), own_agency(tx), worker, day, tx.actor.id))


async def _add(
    tx: Tx, desk: Desk, route: Route, new: Sequence[NewStop], order: Order, *, after: int
) -> list[Stop]:
    domain.check_stops(after + len(new))
    located = [await _located(tx, desk, one) for one in new]
    places = [
        Place(district, one.note.latitude if one.note else None, one.note.longitude if one.note else None)
        for one, (_, district, _) in zip(new, located, strict=True)
    ]
    made = []
    for place, index in enumerate(domain.ordered(places, order), start=after + 1):
        person, district, entitles = located[index]
        stop = Stop(
            new_id(tx.now), route.id, route.agency, place, person, district, "planned", entitles=entitles
        )
        made.append((stop, index))
    await store.add(tx, [stop for stop, _ in made])
    for stop, index in made:
        if private := new[index].note:
            whose = Whose(stop.person, stop.id)
            await notes.write(tx, desk, stop.id, whose, private, agencies=[route.agency])
    await store.bump(tx, route.id)
    return [stop for stop, _ in made]


async def _located(tx: Tx, desk: Desk, new: NewStop) -> Located:
    """Where a stop is; to plan one opens nobody, so the agency has a ground to see the person before."""
    if new.person:
        row = await people.lock_live(tx, desk, new.person, met=True)
        fields = await people.fields_seen(tx, row)
        if fields == []:
            raise domain.without_ground()
        return Located(row.id, new.district or row.district, entitles=fields is None)
    if new.district is None:
        raise Refusal(
            "stop-nowhere",
            ko="방문하실 분이나 구·군을 적어 주십시오.",
            en="Please say whom to visit, or in which district.",
            pointer="/stops",
        )
    people_domain.check_district(desk.city, new.district, korean_date(tx.now))
    return Located(None, new.district)


async def _carry(tx: Tx, desk: Desk, stop: Stop, route: Route) -> None:
    """The same stop on another day, with what was written about it; nobody goes to who is forgotten."""
    place = len(await store.stops(tx, [route.id])) + 1
    domain.check_stops(place)
    person = (await people.lock_live(tx, desk, stop.person, met=True)).id if stop.person else None
    carried = Stop(
        new_id(tx.now), route.id, route.agency, place, person, stop.district, "planned",
        carried_from=stop.id, entitles=stop.entitles,
    )  # fmt: skip
    await store.add(tx, [carried])
    await notes.copy(tx, desk, stop.id, carried.id, Whose(person, carried.id))
    await store.bump(tx, route.id)
