"""What every change of matches has in common: turns, the ledger, the facts told, and what is passed on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from ieum.common.events.matching import MatchAccepted, MatchDeclined, MatchExpired
from ieum.common.events.matching_placement import MatchCompleted, MatchEndedEarly, MatchNote, MatchStarted
from ieum.common.kernel.dates import korean_date
from ieum.matching.markets import actions as markets
from ieum.matching.placement import store
from ieum.matching.placement.domain import OCCUPYING, Change, Match
from ieum.matching.placement.proposing import refill_places
from ieum.matching.placement.reasons import cools_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from ieum.common.events.model import EventData, Sealed
    from ieum.common.postgres import Tx
    from ieum.matching.placement.reasons import Label

_EVENTS: Mapping[str, type[EventData]] = {
    "accepted": MatchAccepted,
    "declined": MatchDeclined,
    "expired": MatchExpired,
    "started": MatchStarted,
    "completed": MatchCompleted,
    "ended_early": MatchEndedEarly,
}


async def turn(tx: Tx, programmes: Iterable[str]) -> None:
    """Take turns with everybody who gives or frees places of these programmes, until commit."""
    await store.lock(tx, (f"placement/{programme}" for programme in programmes))


def about(match: Match) -> dict[str, Any]:
    """What every fact about a match says."""
    return {name: getattr(match, name) for name in _ABOUT}


_ABOUT = ("application", "person", "programme", "opening", "organisation")


async def cools(tx: Tx, match: Match, reasons: Mapping[Any, Label], reason: str | None) -> date | None:
    """The day before which the programme is not offered again, by its newest version."""
    days = (await markets.programme(tx, match.programme)).matching.cooling_off_days
    return cools_until(reasons, reason, days=days, today=korean_date(tx.now))


async def seal(tx: Tx, match: Match, note: str | None) -> Sealed | None:
    """What the person said in their own words, under their key."""
    return await tx.seal(match.person, MatchNote(text=note), match.id) if note else None


async def apply(tx: Tx, ends: Mapping[Match, Change]) -> list[Match]:
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


async def pass_on(tx: Tx, freed: Sequence[Match]) -> None:
    """Pass freed places on, programme by programme; by rounds, a market of its own will do it (`rounds`)."""
    for programme_id in sorted({match.programme for match in freed}):
        programme = await markets.programme(tx, programme_id)
        if programme.matching.policy == "rounds":
            await store.due_refill(tx, programme_id)
        else:
            places = Counter(match.opening for match in freed if match.programme == programme_id)
            await refill_places(tx, programme, places)
