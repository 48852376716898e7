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
from ieum.common.events.matching_placement import MatchCompleted, MatchEndedEarly, MatchNote, MatchStarted
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.matching.markets import actions as markets
from ieum.matching.placement import store
from ieum.matching.placement.domain import (
    OCCUPYING,
    Change,
    Command,
    Match,
    Wish,
    check_day,
    check_free,
    decide,
)
from ieum.matching.placement.followups import owing
from ieum.matching.placement.proposing import propose, refill_places
from ieum.matching.placement.reasons import DECLINING, ENDING, cools_until

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from ieum.common.events.model import EventData, Sealed
    from ieum.common.events.programme import Programme
    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Application
    from ieum.matching.placement.domain import State
    from ieum.matching.placement.reasons import Label

EXPIRED_MAX = 200
"""Proposals that expire in one transaction, so that none runs long."""

_EVENTS: Mapping[str, type[EventData]] = {
    "accepted": MatchAccepted,
    "declined": MatchDeclined,
    "expired": MatchExpired,
    "started": MatchStarted,
    "completed": MatchCompleted,
    "ended_early": MatchEndedEarly,
}


async def _turn(tx: Tx, programmes: Iterable[str]) -> None:
    await store.lock(tx, (f"placement/{programme}" for programme in programmes))


async def offer_on_arrival(tx: Tx, programme: Programme, applications: Sequence[Application]) -> None:
    """Rolling: propose the best free choice at once; who gets none waits at each choice, first come first."""
    if not applications:
        return
    await _turn(tx, [programme.id])
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

    `places` are openings with whom they go to; None where the applicant has gone since. What nobody takes
    goes at once to who follows.
    """
    await _turn(tx, [programme.id])
    await store.clear_waiting(tx, programme.id)
    got = await propose(tx, programme, [wish for _, wish in places if wish], round_)
    if programme.matching.waiting_list:
        entries = [
            (opening, application, position)
            for opening, line in lines.items()
            for position, application in enumerate(line)
        ]
        await store.wait(tx, programme.id, round_, entries)
        left = Counter(opening for opening, wish in places if wish is None or wish.application not in got)
        await refill_places(tx, programme, left, round_)


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


def about(match: Match) -> dict[str, Any]:
    """What every fact about a match says."""
    return {name: getattr(match, name) for name in _ABOUT}


_ABOUT = ("application", "person", "programme", "opening", "organisation")


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
    await _turn(tx, {match.programme, *(other.programme for other in others)})
    match = (await store.lock_matches(tx, [id_]))[0]
    following = decide(match.state, command, by=tx.actor.kind, answer_by=match.answer_by, now=tx.now)
    if following == match.state:
        return match
    if following == "declined":
        await _refill(tx, await _end(tx, {match: await _declined(tx, match, reason, note)}))
        return await find(tx, id_)
    today = korean_date(tx.now)
    check_free(match.exclusive and await store.is_bound(tx, match, today, None))
    await _end(tx, {match: Change(following, held_from=today)})
    await _refill(tx, await _release(tx, [other.id for other in others], "accepted-elsewhere"))
    return await find(tx, id_)


def _collide(match: Match, other: Match) -> bool:
    return other.id != match.id and match.exclusive and other.exclusive


async def _declined(tx: Tx, match: Match, reason: str | None, note: str | None) -> Change:
    cool = await _cools(tx, match, DECLINING, reason)
    return Change("declined", reason, cools_until=cool, note=await _seal(tx, match, note))


async def _cools(tx: Tx, match: Match, reasons: Mapping[Any, Label], reason: str | None) -> date | None:
    days = (await markets.programme(tx, match.programme)).matching.cooling_off_days
    return cools_until(reasons, reason, days=days, today=korean_date(tx.now))


async def _seal(tx: Tx, match: Match, note: str | None) -> Sealed | None:
    return await tx.seal(match.person, MatchNote(text=note), match.id) if note else None


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
    await _end(tx, {match: Change(following, held_from=on, held_until=until)})
    await owing.after(tx, match, "started", on)
    return await find(tx, id_)


async def complete(tx: Tx, id_: UUID, on: date) -> Match:
    """It ended as agreed, on a day; raises what `start` raises."""
    match, following = await _step(tx, id_, "complete")
    if following == match.state:
        return match
    await _check_last(tx, match, on)
    await _end(tx, {match: Change(following, held_from=match.held_from, held_until=on)})
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
    programme = (await markets.programme(tx, match.programme)).matching
    began = match.state == "started"
    change = Change(
        following,
        reason,
        held_from=match.held_from if began else None,
        held_until=on if began else None,
        cools_until=await _cools(tx, match, ENDING, reason),
        keeps_seat=began and not programme.pass_on_after_start,
        note=await _seal(tx, match, note),
    )
    await owing.drop(tx, match)
    await _refill(tx, await _end(tx, {match: change}))
    return await find(tx, id_)


async def _check_last(tx: Tx, match: Match, on: date) -> None:
    """The last day came, and on it and before it the person held no other place that excludes this one."""
    first = match.held_from or on
    check_day(on, earliest=first, today=korean_date(tx.now))
    check_free(match.exclusive and match.state == "started" and await store.is_bound(tx, match, first, on))


async def _step(tx: Tx, id_: UUID, command: Command) -> tuple[Match, State]:
    """The match, locked as accepting locks, and what the command makes of it."""
    match = await find(tx, id_)
    await store.lock(tx, [f"person/{match.person}"])
    await _turn(tx, [match.programme])
    match = (await store.lock_matches(tx, [id_]))[0]
    by = tx.actor.kind
    return match, decide(match.state, command, by=by, answer_by=match.answer_by, now=tx.now)


async def release_applications(tx: Tx, applications: Sequence[UUID]) -> None:
    """Give up the open proposals of withdrawn applications."""
    if applications:
        await _give_up(tx, await store.open_of_applications(tx, applications), "withdrawn")


async def release_people(tx: Tx, people: Sequence[UUID]) -> None:
    """Give up the open proposals of erased people, and drop what they wrote where that is forgotten."""
    if people:
        await store.forget(tx, people)
        await _give_up(tx, await store.open_of_people(tx, people), "erased")


async def _give_up(tx: Tx, open_: Sequence[Match], reason: str) -> None:
    if open_:
        await _turn(tx, {match.programme for match in open_})
        await _refill(tx, await _release(tx, [match.id for match in open_], reason))


async def due_programmes(tx: Tx) -> list[str]:
    """Programmes with proposals whose time is over."""
    return await store.due_programmes(tx)


async def expire(tx: Tx, programme: str) -> int:
    """End a programme's proposals that are over and pass the places on; gives how many ended.

    Unanswered in time, or made in the very moment in which the person accepted another place.
    """
    await _turn(tx, [programme])
    due = await store.due(tx, programme, EXPIRED_MAX)
    ends = {match: _over(match, tx.now) for match in due}
    await _refill(tx, await _end(tx, ends))
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
    return await _end(tx, ends)


async def _end(tx: Tx, ends: Mapping[Match, Change]) -> list[Match]:
    """Change states and publish; gives those that freed a place, the ledger already changed."""
    if not ends:
        return []
    ended = await store.change(tx, {match.id: change for match, change in ends.items()})
    for match in ended:
        _publish(tx, match)
    freed = [match for match in ended if match.state not in OCCUPYING and not match.keeps_seat]
    places = Counter(match.opening for match in freed)
    await store.take(tx, {opening: -number for opening, number in places.items()})
    return freed


def _publish(tx: Tx, match: Match) -> None:
    said = {**about(match), "reason": match.reason, "cools_until": match.cools_until}
    match match.state:  # what the state alone has
        case "started":
            said |= {"on": match.held_from, "until": match.held_until}
        case "completed":
            said["on"] = match.held_until
        case "ended_early":
            said |= {"on": match.held_until or korean_date(tx.now), "passed_on": not match.keeps_seat}
            said["before_start"] = match.held_from is None
    data = _EVENTS[match.state].model_validate(said)
    tx.publish(data, subject=match.id, sequence=match.version, person=match.person)


async def _refill(tx: Tx, freed: Sequence[Match]) -> None:
    """Pass freed places on, programme by programme."""
    for programme_id in sorted({match.programme for match in freed}):
        programme = await markets.programme(tx, programme_id)
        of_it = [match for match in freed if match.programme == programme_id]
        rounds = {match.round for match in of_it}
        places = Counter(match.opening for match in of_it)
        await refill_places(tx, programme, places, rounds.pop() if len(rounds) == 1 else None)


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


async def matches_of(tx: Tx, application: UUID) -> list[Match]:
    """An application's matches, oldest first."""
    return await store.of_application(tx, application)
