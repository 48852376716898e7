"""The use cases of placement: offering, answering, expiring, releasing, and what a person sees of it.

Whoever gives or frees places of a programme holds its lock, taken before any row (`_turn`), so that the
ledger, the matches and the waiting lists of a programme change one transaction at a time.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ieum.common.events.matching import (
    MatchAccepted,
    MatchDeclined,
    MatchExpired,
    WaitingNumber,
)
from ieum.common.kernel.errors import Refusal
from ieum.matching.markets import actions as markets
from ieum.matching.placement import store
from ieum.matching.placement.domain import Command, Match, Wish, decide
from ieum.matching.placement.proposing import propose, refill_places

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from uuid import UUID

    from ieum.common.events.model import EventData
    from ieum.common.events.programme import Programme
    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Application

EXPIRED_MAX = 200
"""Proposals that expire in one transaction, so that none runs long."""

_EVENTS: Mapping[str, type[EventData]] = {
    "accepted": MatchAccepted,
    "declined": MatchDeclined,
    "expired": MatchExpired,
}


async def _turn(tx: Tx, programmes: Iterable[str]) -> None:
    await store.lock(tx, (f"placement/{programme}" for programme in programmes))


async def offer_on_arrival(tx: Tx, programme: Programme, applications: Sequence[Application]) -> None:
    """Rolling: propose the best free choice at once; who gets none waits at each choice, first come first."""
    if not applications:
        return
    await _turn(tx, [programme.id])
    ordered = sorted(applications, key=lambda one: (one.submitted_at, one.id))
    wishes = [Wish(one.id, one.person, one.choices, one.choices) for one in ordered]
    got = await propose(tx, programme, wishes)
    if programme.matching.waiting_list:
        entries = [
            (opening, one.id, int(one.submitted_at.timestamp() * 1_000_000))
            for one in ordered
            if one.id not in got
            for opening in one.choices
        ]
        await store.wait(tx, programme.id, None, entries)


async def place_round(
    tx: Tx,
    programme: Programme,
    round_: UUID,
    places: Sequence[tuple[UUID, Wish | None]],
    lines: Mapping[UUID, Sequence[UUID]],
) -> None:
    """Propose what a confirmed round gave, and keep its waiting lists (applications in order, by opening).

    `places` are openings with whom they go to; None where the applicant has gone since: what they leave is
    passed on by a refill.
    """
    await _turn(tx, [programme.id])
    got = await propose(tx, programme, [wish for _, wish in places if wish], round_)
    await _wait(tx, programme, round_, lines)
    if programme.matching.waiting_list and len(got) < len(places):
        await store.due_refill(tx, programme.id)


async def refill_round(
    tx: Tx,
    programme: Programme,
    round_: UUID,
    wishes: Sequence[Wish],
    lines: Mapping[UUID, Sequence[UUID]],
) -> None:
    """Propose what a refill gave; its waiting lists replace those before. The caller has the turn."""
    await propose(tx, programme, wishes, round_)
    await _wait(tx, programme, round_, lines)
    await store.refilled(tx, programme.id)


async def _wait(tx: Tx, programme: Programme, round_: UUID, lines: Mapping[UUID, Sequence[UUID]]) -> None:
    await store.clear_waiting(tx, programme.id)
    if programme.matching.waiting_list:
        entries = [
            (opening, application, position)
            for opening, line in lines.items()
            for position, application in enumerate(line)
        ]
        await store.wait(tx, programme.id, round_, entries)


async def stop_waiting(tx: Tx, programme: str) -> None:
    """Nobody waits at a programme any more, and nothing is passed on."""
    await _turn(tx, [programme])
    await store.clear_waiting(tx, programme)
    await store.refilled(tx, programme)


async def turn(tx: Tx, programme: str) -> None:
    """Take turns with everybody who gives or frees places of a programme, until commit."""
    await _turn(tx, [programme])


async def due_refills(tx: Tx) -> list[str]:
    """Programmes by rounds at which something came free, the oldest first."""
    return await store.due_refills(tx)


async def refilled(tx: Tx, programme: str) -> None:
    """What came free at a programme was looked at."""
    await store.refilled(tx, programme)


async def holding(tx: Tx, programme: str) -> list[tuple[UUID, UUID, str | None]]:
    """(application, opening, kind of place) of all who hold a proposed or accepted place of a programme."""
    return await store.holding(tx, programme)


async def find(tx: Tx, id_: UUID) -> Match:
    """One match; raises Refusal 404 `unknown-match`."""
    found = await store.match(tx, id_)
    if found is None:
        raise Refusal(
            "unknown-match",
            ko="해당 제안을 찾을 수 없습니다.",
            en="There is no such proposal.",
            status=404,
        )
    return found


async def answer(tx: Tx, id_: UUID, command: Command, reason: str | None = None) -> Match:
    """Accept or decline; again, it answers the same.

    Accepting releases the person's other open proposals, everywhere; what comes free goes to who follows.
    Raises Refusal 404 `unknown-match`, 409 `match-not-open` or `answer-too-late`.
    """
    match = await find(tx, id_)
    await store.lock(tx, [f"person/{match.person}"])
    others = await store.open_of_people(tx, [match.person])
    await _turn(tx, {match.programme, *(other.programme for other in others)})
    match = (await store.lock_matches(tx, [id_]))[0]
    following = decide(match.state, command, answer_by=match.answer_by, now=tx.now)
    if following == match.state:
        return match
    freed = await _end(tx, {match: (following, reason)})
    if following == "accepted":
        freed += await _release(tx, [other.id for other in others if other.id != id_], "accepted-elsewhere")
    await _refill(tx, freed)
    return await find(tx, id_)


async def release_applications(tx: Tx, applications: Sequence[UUID]) -> None:
    """Give up the open proposals of withdrawn applications."""
    if applications:
        await _give_up(tx, await store.open_of_applications(tx, applications), "withdrawn")


async def release_people(tx: Tx, people: Sequence[UUID]) -> None:
    """Give up the open proposals of erased people."""
    if people:
        await _give_up(tx, await store.open_of_people(tx, people), "erased")


async def _give_up(tx: Tx, open_: Sequence[Match], reason: str) -> None:
    if open_:
        await _turn(tx, {match.programme for match in open_})
        await _refill(tx, await _release(tx, [match.id for match in open_], reason))


async def due_programmes(tx: Tx) -> list[str]:
    """Programmes with proposals whose time is over."""
    return await store.due_programmes(tx)


async def expire(tx: Tx, programme: str) -> int:
    """End a programme's unanswered proposals and pass the places on; gives how many ended."""
    await _turn(tx, [programme])
    due = await store.due(tx, programme, EXPIRED_MAX)
    ends = {
        match: (decide(match.state, "expire", answer_by=match.answer_by, now=tx.now), None) for match in due
    }
    await _refill(tx, await _end(tx, ends))
    return len(due)


async def _release(tx: Tx, ids: Collection[UUID], reason: str) -> list[Match]:
    """Decline on the person's behalf what is still open of these; gives those that freed a place."""
    matches = await store.lock_matches(tx, ids) if ids else []
    ends = {
        match: (decide(match.state, "release", answer_by=match.answer_by, now=tx.now), reason)
        for match in matches
        if match.state == "proposed"
    }
    return await _end(tx, ends)


async def _end(tx: Tx, ends: Mapping[Match, tuple[str, str | None]]) -> list[Match]:
    """Change states and publish; gives those that freed a place, the ledger already changed."""
    if not ends:
        return []
    ended = await store.end(tx, {match.id: end for match, end in ends.items()})
    for match in ended:
        _publish(tx, match)
    freed = [match for match in ended if match.state != "accepted"]
    places = Counter(match.opening for match in freed)
    await store.take(tx, {opening: -number for opening, number in places.items()})
    return freed


def _publish(tx: Tx, match: Match) -> None:
    about: dict[str, Any] = {
        "application": match.application,
        "person": match.person,
        "programme": match.programme,
        "opening": match.opening,
        "organisation": match.organisation,
    }
    if match.state == "declined":
        about["reason"] = match.reason
    data = _EVENTS[match.state].model_validate(about)
    tx.publish(data, subject=match.id, sequence=match.version, person=match.person)


async def _refill(tx: Tx, freed: Sequence[Match]) -> None:
    """Pass freed places on, programme by programme; by rounds, a market of its own will do it (`rounds`)."""
    for programme_id in sorted({match.programme for match in freed}):
        programme = await markets.programme(tx, programme_id)
        if programme.matching.policy == "rounds":
            await store.due_refill(tx, programme_id)
        else:
            places = Counter(match.opening for match in freed if match.programme == programme_id)
            await refill_places(tx, programme, places)


async def free_places(tx: Tx, openings: Collection[UUID]) -> dict[UUID, int]:
    """The free places of these openings."""
    return await store.seats(tx, openings)


async def holders(tx: Tx, programme: str, people: Collection[UUID]) -> set[UUID]:
    """Those of these people who hold a proposed or accepted place of the programme."""
    return await store.holders(tx, programme, people)


async def offered(tx: Tx, programme: str) -> set[tuple[UUID, UUID]]:
    """Pairs of application and opening that were matched before, whatever became of it."""
    return await store.offered(tx, programme)


async def waiting(tx: Tx, applications: Collection[UUID]) -> dict[UUID, list[WaitingNumber]]:
    """The present waiting numbers, by application; who is in no line is left out."""
    found: dict[UUID, list[WaitingNumber]] = {}
    for application, opening, number in await store.numbers(tx, applications):
        found.setdefault(application, []).append(WaitingNumber(opening=opening, number=number))
    return found


async def matches_of(tx: Tx, application: UUID) -> list[Match]:
    """An application's matches, oldest first."""
    return await store.of_application(tx, application)
