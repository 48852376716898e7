"""What happens to interviews by itself: nobody answers, it is tomorrow, an application or a person goes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ieum.common.events.matching_interviews import InterviewDeclined, InterviewDue
from ieum.matching.interviews import store
from ieum.matching.interviews.actions import DUE_WITHIN, NO_TIME, about, end, keep

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.matching.interviews.domain import Interview

TIMER_MAX = 200


async def expire(tx: Tx) -> int:
    """Whoever chose no time in time takes part no more; gives how many."""
    found = await store.unanswered(tx, TIMER_MAX)
    for one in found:
        await end(tx, one, "expired")
    return len(found)


async def remind(tx: Tx) -> int:
    """Tell of interviews that take place within a day; gives how many."""
    found = await store.coming(tx, tx.now + DUE_WITHIN, TIMER_MAX)
    for one in found:
        told = InterviewDue.model_validate(
            about(one) | {"starts": one.starts_at, "ends": one.ends_at, "where": one.place}
        )
        tx.publish(told, subject=one.id, sequence=one.version, person=one.person)
    return len(found)


async def release_applications(tx: Tx, applications: Sequence[UUID]) -> None:
    """Applications that were withdrawn take part in no interview."""
    await _release(tx, await store.open_of_applications(tx, applications))


async def forget(tx: Tx, people: Sequence[UUID]) -> None:
    """Erased people take part in no interview, and nothing of what was said of them stays."""
    await _release(tx, await store.open_of_people(tx, people))
    await store.forget(tx, people)


async def _release(tx: Tx, open_: Sequence[Interview]) -> None:
    for one in open_:
        new = replace(one, state="declined", reason="withdrawn", answer_by=None, **NO_TIME)
        told = InterviewDeclined(**about(one), reason="withdrawn") if one.version else None
        await keep(tx, new, told)
