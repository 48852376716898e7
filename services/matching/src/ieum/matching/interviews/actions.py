"""The use cases of interviews: shortlist, offer times, invite, choose, decline, change, hold, call off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ieum.common.events.matching_interviews import (
    InterviewBooked,
    InterviewCalledOff,
    InterviewChanged,
    InterviewDeclined,
    InterviewHeld,
    InterviewInvited,
    InterviewMissed,
    InterviewScores,
)
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.matching.candidates import actions as candidates
from ieum.matching.interviews import store
from ieum.matching.interviews.domain import (
    OVER,
    Interview,
    Slot,
    answer_by,
    decide,
    priority,
    room,
    total_of,
)
from ieum.matching.markets import actions as markets

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from ieum.common.events.matching_interviews import WhyCalledOff, WhyChanged, WhyDeclined
    from ieum.common.events.model import EventData, PrivateData
    from ieum.common.events.programme import Interviews
    from ieum.common.postgres import Tx
    from ieum.matching.markets.domain import Asking, Opening

DUE_WITHIN = timedelta(hours=24)
"""Before an interview its person is reminded."""
_ABOUT = ("application", "person", "programme", "opening", "organisation", "candidate")
NO_TIME: dict[str, Any] = {"slot": None, "starts_at": None, "ends_at": None, "place": None}
"""Of an interview for which no time is chosen."""


async def rules(tx: Tx, programme: str) -> Interviews:
    """How a programme interviews; raises Refusal 422 `no-interviews`."""
    found = (await markets.programme(tx, programme)).matching.interviews
    if found is None:
        raise Refusal(
            "no-interviews",
            ko="면접을 보지 않는 사업입니다.",
            en="There are no interviews in this programme.",
        )
    return found


async def offer(tx: Tx, opening: Opening, times: Sequence[tuple[datetime, datetime, str]]) -> None:
    """Offer times, of which each candidate who is invited chooses one.

    Raises Refusal 422 `no-interviews` or `slot-past`.
    """
    await rules(tx, opening.programme)
    if any(starts <= tx.now for starts, _, _ in times):
        raise Refusal(
            "slot-past",
            ko="이미 지난 시간은 면접 시간으로 정할 수 없습니다.",
            en="A time that has passed cannot be offered.",
        )
    slots = [Slot(new_id(tx.now), opening.id, starts, ends, place) for starts, ends, place in times]
    await store.add_slots(tx, opening.id, slots)


async def shortlist(tx: Tx, opening: Opening, numbers: Collection[UUID]) -> None:
    """Put candidates on the shortlist; who is on it stays. Nobody is told before the invitation.

    Raises Refusal 404 `unknown-candidate`, 409 `shortlist-full`, 422 `no-interviews`.
    """
    found = await rules(tx, opening.programme)
    await store.lock(tx, opening.id)
    there = {one.candidate: one for one in await store.of_opening(tx, opening.id)}
    listed = [one for one in there.values() if one.state not in OVER]
    new = [one for one in numbers if one not in there or there[one].state == "called_off"]
    live = {one.id: one for one, _ in await candidates.ranked(tx, opening)}
    theirs = await candidates.applications(tx, opening.id, new)
    if any(theirs.get(one) not in live for one in new):
        raise Refusal(
            "unknown-candidate",
            ko="이 자리를 희망하는 후보가 아닙니다.",
            en="Nobody of that number wishes for this opening.",
            status=404,
        )
    room(found, opening.capacity, len(listed), len(new))
    if new:
        added = {new_id(tx.now): (one, theirs[one], live[theirs[one]].person) for one in new}
        await store.shortlist(tx, opening, added)


async def invite(tx: Tx, opening: Opening) -> int:
    """Invite all on the shortlist, and who declined for want of a suitable time; gives how many.

    Raises Refusal 409 `too-few-slots` where fewer times are free than people choose among them.
    """
    found = await rules(tx, opening.programme)
    await store.lock(tx, opening.id)
    there = await store.of_opening(tx, opening.id)
    asked = [
        one
        for one in there
        if one.state == "shortlisted" or (one.state == "declined" and one.reason == "no-suitable-time")
    ]
    free = [one for one, taken in await store.slots(tx, opening.id) if not taken and one.starts_at > tx.now]
    if asked and len(free) < len(asked) + sum(one.state == "invited" for one in there):
        raise Refusal(
            "too-few-slots",
            ko=f"초대하실 분보다 면접 시간이 적습니다({len(free)}개). 시간을 더 정해 주십시오.",
            en=f"There are fewer free times ({len(free)}) than candidates to invite. Please offer more.",
            status=409,
        )
    until = answer_by(tx.now, found)
    for one in asked:
        new = replace(one, state=decide(one, "invite", tx.now), reason=None, answer_by=until)
        await keep(tx, new, InterviewInvited(**about(one), answer_by=until))
    return len(asked)


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Interview:
    """One interview; raises Refusal 404 `unknown-interview`."""
    found = await store.find(tx, id_, lock=lock)
    if found is None:
        raise Refusal(
            "unknown-interview",
            ko="해당 면접을 찾을 수 없습니다.",
            en="There is no such interview.",
            status=404,
        )
    return found


async def book(tx: Tx, id_: UUID, slot: UUID) -> None:
    """Choose a time, or another one; the same again changes nothing.

    Raises Refusal 404 `unknown-interview` or `unknown-slot`, 409 `interview-state`, `too-late`,
    `begun-already`, `slot-taken`, `other-interview`.
    """
    one = await find(tx, id_, lock=True)
    if one.state == "booked" and one.slot == slot:
        return
    state = decide(one, "book", tx.now)
    found = await store.lock_slot(tx, slot, one.opening)
    if found is None or found.starts_at <= tx.now:
        raise Refusal(
            "unknown-slot", ko="고르실 수 없는 시간입니다.", en="That time cannot be chosen.", status=404
        )
    times: dict[str, Any] = {name: getattr(found, name) for name in ("starts_at", "ends_at", "place")}
    await keep(tx, replace(one, state=state, reason=None, slot=slot, **times), _booked(one, found))


def _booked(one: Interview, slot: Slot) -> InterviewBooked:
    return InterviewBooked(**about(one), starts=slot.starts_at, ends=slot.ends_at, where=slot.place)


async def decline(tx: Tx, id_: UUID, reason: WhyDeclined) -> None:
    """The person does not come; their time is free again. Again, it changes nothing.

    Raises Refusal 404 `unknown-interview`, 409 `interview-state` or `begun-already`.
    """
    one = await find(tx, id_, lock=True)
    if one.state != "declined":
        await end(tx, one, reason)


async def end(tx: Tx, one: Interview, reason: WhyDeclined) -> None:
    """There will be no interview, as far as the person goes; raises what `domain.decide` raises."""
    new = replace(one, state=decide(one, "decline", tx.now), reason=reason, answer_by=None, **NO_TIME)
    await keep(tx, new, InterviewDeclined(**about(one), reason=reason))


async def change(tx: Tx, id_: UUID, reason: WhyChanged) -> None:
    """The workplace cannot keep the time: another one is to be chosen.

    Raises Refusal 404 `unknown-interview`, 409 `interview-state` or `begun-already`.
    """
    one = await find(tx, id_, lock=True)
    until = answer_by(tx.now, await rules(tx, one.programme))
    new = replace(one, state=decide(one, "change", tx.now), reason=reason, answer_by=until, **NO_TIME)
    await keep(tx, new, InterviewChanged(**about(one), reason=reason, answer_by=until))


async def call_off(tx: Tx, id_: UUID, reason: WhyCalledOff) -> None:
    """The workplace interviews the person no more; who was not invited yet is told nothing.

    Raises Refusal 404 `unknown-interview`, 409 `interview-state` or `begun-already`.
    """
    one = await find(tx, id_, lock=True)
    new = replace(one, state=decide(one, "call_off", tx.now), reason=reason, answer_by=None, **NO_TIME)
    told = None if one.state == "shortlisted" else InterviewCalledOff(**about(one), reason=reason)
    await keep(tx, new, told)


async def hold(tx: Tx, id_: UUID, points: Mapping[str, int]) -> None:
    """Keep the points of an interview that took place; given again, they are corrected.

    Raises Refusal 404 `unknown-interview`, 409 `interview-state` or `not-begun`, 422 `scores-incomplete`,
    `points-out-of-range`.
    """
    one = await find(tx, id_, lock=True)
    state = decide(one, "hold", tx.now)
    total, most = total_of(points, await rules(tx, one.programme))
    scores = InterviewScores(points=dict(points), total=total, of=most)
    sealed = await tx.seal(one.person, scores, one.id)
    new = replace(one, state=state, reason=None, total=total, most=most, scores=sealed)
    await keep(tx, new, InterviewHeld(**about(one)), [scores])


async def miss(tx: Tx, id_: UUID) -> None:
    """The person did not come; said again, it changes nothing.

    Raises Refusal 404 `unknown-interview`, 409 `interview-state` or `not-begun`.
    """
    one = await find(tx, id_, lock=True)
    if one.state != "missed":
        new = replace(one, state=decide(one, "miss", tx.now))
        await keep(tx, new, InterviewMissed(**about(one)))


def about(one: Interview) -> dict[str, Any]:
    """What every fact about an interview says."""
    return {name: getattr(one, name) for name in _ABOUT}


async def keep(tx: Tx, new: Interview, fact: EventData | None, private: Sequence[PrivateData] = ()) -> None:
    """Keep what an interview has become, and tell of it; raises what `store.change` raises."""
    kept = await store.change(tx, new, tx.now + DUE_WITHIN)  # who just chose it knows
    if fact is not None:
        tx.publish(fact, subject=kept.id, sequence=kept.version, person=kept.person, private=private)


async def of_opening(tx: Tx, opening: UUID) -> tuple[list[Interview], list[tuple[Slot, bool]]]:
    """The interviews of an opening, and the times offered with whether each is taken."""
    return await store.of_opening(tx, opening), await store.slots(tx, opening)


async def of_application(tx: Tx, application: UUID) -> list[Interview]:
    """Those that a person was invited to."""
    found = await store.of_application(tx, application)
    return [one for one in found if one.version > 0]


async def free_slots(tx: Tx, opening: UUID) -> list[Slot]:
    """The times that can be chosen now."""
    return [one for one, taken in await store.slots(tx, opening) if not taken and one.starts_at > tx.now]


async def weighed(tx: Tx, programme: str, asking: Sequence[Asking]) -> list[Asking]:
    """These applications with the priorities that interviews make of their points, where a programme has any.

    A score of None: not acceptable to that opening (`domain.priority`).
    """
    found = (await markets.programme(tx, programme)).matching.interviews
    if found is None:
        return list(asking)
    held = {(one.application, one.opening): one for one in await store.of_programme(tx, programme)}
    return [
        replace(
            one,
            scores=tuple(
                None if points is None else priority(points, held.get((one.id, opening)), found)
                for opening, points in zip(one.choices, one.scores, strict=True)
            ),
        )
        for one in asking
    ]
