"""The use cases of placement: offering, answering, expiring, releasing, and what a person sees of it.

Whoever gives or frees places of a programme holds its lock, taken before any row (`changing.turn`), so that
the ledger, the matches and the waiting lists of a programme change one transaction at a time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ieum.common.events.matching import (
    WaitingNumber,
)
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.matching.markets import actions as markets
from ieum.matching.placement import changing, store
from ieum.matching.placement.domain import (
    Change,
    Command,
    Match,
    Wish,
    check_day,
    check_free,
    decide,
)
from ieum.matching.placement.followups import owing
from ieum.matching.placement.proposing import propose
from ieum.matching.placement.reasons import DECLINING, ENDING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from ieum.common.events.programme import Programme
    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Application
    from ieum.matching.placement.domain import State

EXPIRED_MAX = 200
"""Proposals that expire in one transaction, so that none runs long."""


async def offer_on_arrival(tx: Tx, programme: Programme, applications: Sequence[Application]) -> None:
    """Rolling: propose the best free choice at once; who gets none waits at each choice, first come first."""
    if not applications:
        return
    await changing.turn(tx, [programme.id])
    ordered = sorted(applications, key=lambda one: (one.submitted_at, one.id))
    cool = await cooling(tx, programme.id, {one.person for one in ordered})
    wishes = [Wish(one.id, one.person, one.choices, one.choices) for one in ordered if one.person not in cool]
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
    await changing.turn(tx, [programme.id])
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
    await changing.turn(tx, [programme])
    await store.clear_waiting(tx, programme)
    await store.refilled(tx, programme)


async def turn(tx: Tx, programme: str) -> None:
    """Take turns with everybody who gives or frees places of a programme, until commit."""
    await changing.turn(tx, [programme])


async def due_refills(tx: Tx) -> list[str]:
    """Programmes by rounds at which something came free, the oldest first."""
    return await store.due_refills(tx)


async def refilled(tx: Tx, programme: str) -> None:
    """What came free at a programme was looked at."""
    await store.refilled(tx, programme)


async def holding(tx: Tx, programme: str) -> list[tuple[UUID, UUID, str | None]]:
    """(application, opening, kind of place) of all by whom a place of a programme is taken."""
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


async def locked(tx: Tx, id_: UUID) -> Match:
    """One match, locked until commit; raises Refusal 404 `unknown-match`."""
    await find(tx, id_)
    return (await store.lock_matches(tx, [id_]))[0]


async def lock_all(tx: Tx, ids: Collection[UUID]) -> list[Match]:
    """These matches, locked until commit in the order of their ids."""
    return await store.lock_matches(tx, ids) if ids else []


async def count(tx: Tx, id_: UUID) -> int:
    """Count a fact of a locked match; gives its sequence."""
    return (await store.count(tx, [id_]))[id_]


async def answer(
    tx: Tx, id_: UUID, command: Command, reason: str | None = None, note: str | None = None
) -> Match:
    """Accept or decline; again, it answers the same.

    Accepting releases the person's other open proposals, everywhere (of programmes that go together with
    others, where this one does, none); what comes free goes to who follows. `note`: in the person's words.
    Raises Refusal 404 `unknown-match`, 409 `match-not-open`, `answer-too-late` or `place-held`.
    """
    match = await find(tx, id_)
    await store.lock(tx, [f"person/{match.person}"])
    others = [one for one in await store.open_of_people(tx, [match.person]) if _collide(match, one)]
    await changing.turn(tx, {match.programme, *(other.programme for other in others)})
    match = (await store.lock_matches(tx, [id_]))[0]
    following = decide(match.state, command, by=tx.actor.kind, answer_by=match.answer_by, now=tx.now)
    if following == match.state:
        return match
    if following == "declined":
        await changing.pass_on(
            tx, await changing.apply(tx, {match: await _declined(tx, match, reason, note)})
        )
        return await find(tx, id_)
    today = korean_date(tx.now)
    check_free(match.exclusive and await store.is_bound(tx, match, today, None))
    await changing.apply(tx, {match: Change(following, held_from=today)})
    await changing.pass_on(tx, await _release(tx, [other.id for other in others], "accepted-elsewhere"))
    return await find(tx, id_)


def _collide(match: Match, other: Match) -> bool:
    return other.id != match.id and match.exclusive and other.exclusive


async def _declined(tx: Tx, match: Match, reason: str | None, note: str | None) -> Change:
    cool = await changing.cools(tx, match, DECLINING, reason)
    return Change("declined", reason, cools_until=cool, note=await changing.seal(tx, match, note))


async def start(tx: Tx, id_: UUID, on: date, until: date | None = None) -> Match:
    """The person began on a day; `until`: the last day agreed, where there is one.

    Raises Refusal 404 `unknown-match`, 403 `match-not-yours`, 409 `match-not-open` or `place-held`, 422
    `day-impossible`.
    """
    match, following = await _step(tx, id_, "start")
    if following == match.state:
        return match
    check_day(on, earliest=match.held_from or on, today=korean_date(tx.now))
    if until is not None:
        check_day(on, earliest=on, today=until)
    check_free(match.exclusive and await store.is_bound(tx, match, on, until))
    await changing.apply(tx, {match: Change(following, held_from=on, held_until=until)})
    await owing.after(tx, match, "started", on)
    return await find(tx, id_)


async def complete(tx: Tx, id_: UUID, on: date) -> Match:
    """It ended as agreed, on a day; raises what `start` raises."""
    match, following = await _step(tx, id_, "complete")
    if following == match.state:
        return match
    await _check_last(tx, match, on)
    await changing.apply(tx, {match: Change(following, held_from=match.held_from, held_until=on)})
    await owing.after(tx, match, "completed", on)
    return await find(tx, id_)


async def end_early(tx: Tx, id_: UUID, on: date, reason: str, note: str | None = None) -> Match:
    """It ended before its time, for a reason of `reasons.ENDING`; before the start, an acceptance withdrawn.

    The place goes on to who follows, after the start only where the programme passes it on. Raises what
    `start` raises.
    """
    match, following = await _step(tx, id_, "end")
    if following == match.state:
        return match
    await _check_last(tx, match, on)
    change = replace(await _ended(tx, match, on, reason), note=await changing.seal(tx, match, note))
    await changing.pass_on(tx, await changing.apply(tx, {match: change}))
    return await find(tx, id_)


async def _ended(tx: Tx, match: Match, on: date, reason: str | None) -> Change:
    programme = (await markets.programme(tx, match.programme)).matching
    began = match.state == "started"
    await owing.drop(tx, match)
    return Change(
        "ended_early",
        reason,
        held_from=match.held_from if began else None,
        held_until=on if began else None,
        cools_until=await changing.cools(tx, match, ENDING, reason),
        keeps_seat=began and not programme.pass_on_after_start,
    )


async def _check_last(tx: Tx, match: Match, on: date) -> None:
    """The last day came, and on it and before it the person held no other place that excludes this one."""
    first = match.held_from or on
    check_day(on, earliest=first, today=korean_date(tx.now))
    check_free(match.exclusive and match.state == "started" and await store.is_bound(tx, match, first, on))


async def _step(tx: Tx, id_: UUID, command: Command) -> tuple[Match, State]:
    """The match, locked as accepting locks, and what the command makes of it."""
    match = await find(tx, id_)
    await store.lock(tx, [f"person/{match.person}"])
    await changing.turn(tx, [match.programme])
    match = (await store.lock_matches(tx, [id_]))[0]
    by = tx.actor.kind
    return match, decide(match.state, command, by=by, answer_by=match.answer_by, now=tx.now)


async def release_applications(tx: Tx, applications: Sequence[UUID]) -> None:
    """Give up all that withdrawn applications have: open proposals, and places accepted or begun.

    A place ends today. As after leaving it for no good cause, the programme cools off.
    """
    found = await store.open_of_applications(tx, applications) if applications else []
    if not found:
        return
    await store.lock(tx, {f"person/{match.person}" for match in found})
    await changing.turn(tx, {match.programme for match in found})
    today = korean_date(tx.now)
    ends = {}
    for match in await store.lock_matches(tx, [match.id for match in found]):
        if match.state == "proposed":
            ends[match] = Change("declined", "withdrawn")
        elif match.state in ("accepted", "started"):  # as it may have come to an end meanwhile
            ends[match] = replace(await _ended(tx, match, today, None), reason="withdrawn")
    await changing.pass_on(tx, await changing.apply(tx, ends))


async def release_people(tx: Tx, people: Sequence[UUID]) -> None:
    """Give up the open proposals of erased people, and drop what they wrote where that is forgotten."""
    if people:
        await store.forget(tx, people)
        await _give_up(tx, await store.open_of_people(tx, people), "erased")


async def _give_up(tx: Tx, open_: Sequence[Match], reason: str) -> None:
    if open_:
        await changing.turn(tx, {match.programme for match in open_})
        await changing.pass_on(tx, await _release(tx, [match.id for match in open_], reason))


async def due_programmes(tx: Tx) -> list[str]:
    """Programmes with proposals whose time is over."""
    return await store.due_programmes(tx)


async def expire(tx: Tx, programme: str) -> int:
    """End a programme's proposals that are over and pass the places on; gives how many ended.

    Unanswered in time, or made in the very moment in which the person accepted another place.
    """
    await changing.turn(tx, [programme])
    due = await store.due(tx, programme, EXPIRED_MAX)
    ends = {match: _over(match, tx.now) for match in due}
    await changing.pass_on(tx, await changing.apply(tx, ends))
    return len(due)


def _over(match: Match, now: datetime) -> Change:
    late = match.answer_by < now
    following = decide(
        match.state, "expire" if late else "release", by="service", answer_by=match.answer_by, now=now
    )
    return Change(following, None if late else "accepted-elsewhere")


async def _release(tx: Tx, ids: Collection[UUID], reason: str) -> list[Match]:
    """Decline on the person's behalf what is still open of these; gives those that freed a place."""
    matches = await store.lock_matches(tx, ids) if ids else []
    ends = {
        match: Change(
            decide(match.state, "release", by="service", answer_by=match.answer_by, now=tx.now), reason
        )
        for match in matches
        if match.state == "proposed"
    }
    return await changing.apply(tx, ends)


async def free_places(tx: Tx, openings: Collection[UUID]) -> dict[UUID, int]:
    """The free places of these openings."""
    return await store.seats(tx, openings)


async def holders(tx: Tx, programme: str, people: Collection[UUID]) -> set[UUID]:
    """Those of these people who hold a place of the programme, or one elsewhere that goes with none of it."""
    return await store.holders(tx, programme, people)


async def cooling(tx: Tx, programme: str, people: Collection[UUID]) -> set[UUID]:
    """Those of these people who declined or left without good cause and are not offered the programme yet."""
    return set(await store.cooling(tx, programme, people))


async def offered(tx: Tx, programme: str) -> set[tuple[UUID, UUID]]:
    """Pairs of application and opening that were matched before, whatever became of it."""
    return await store.offered(tx, programme)


async def waiting(tx: Tx, applications: Collection[UUID]) -> dict[UUID, list[WaitingNumber]]:
    """The present waiting numbers, by application; who is in no line is left out."""
    found: dict[UUID, list[WaitingNumber]] = {}
    for application, opening, number in await store.numbers(tx, applications):
        found.setdefault(application, []).append(WaitingNumber(opening=opening, number=number))
    return found


async def rounds_of(tx: Tx, application: UUID) -> list[UUID]:
    """The rounds that led to an application's matches or put it onto a waiting list."""
    return await store.rounds_of(tx, application)


async def matches_of(tx: Tx, application: UUID) -> list[Match]:
    """An application's matches, oldest first."""
    return await store.of_application(tx, application)
