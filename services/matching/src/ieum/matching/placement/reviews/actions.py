"""Asking for a human review, and keeping the number under which intake decides it.

Whoever was decided upon by a machine may have a human being look at it (개인정보 보호법 37조의2). One click
is enough, and it counts once: intake makes an appeal of it, decided by somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake_appeals import AppealDecided, AppealFiled
from ieum.common.events.matching_placement import MatchReviewRequested
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.matching.markets import actions as markets
from ieum.matching.placement import actions as placement
from ieum.matching.placement.reviews import store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx


@dataclass(frozen=True, slots=True)
class Review:
    """Whether a review was asked for, and the appeals by number with their outcome (None: open)."""

    asked: bool
    appeals: tuple[tuple[UUID, str | None], ...]

    @property
    def open(self) -> bool:
        """Whether somebody is to look at it: asked and not taken up yet, or not decided."""
        return (self.asked and not self.appeals) or any(outcome is None for _, outcome in self.appeals)


async def of_match(tx: Tx, id_: UUID) -> None:
    """Have a human being look at a match; again, it changes nothing. Raises Refusal 404 `unknown-match`."""
    match = await placement.locked(tx, id_)
    if await store.insert(tx, new_id(tx.now), match.application, match.id, match.person):
        data = MatchReviewRequested(
            application=match.application, person=match.person, programme=match.programme, match=match.id
        )
        tx.publish(data, subject=match.id, sequence=await placement.count(tx, match.id), person=match.person)


async def of_application(tx: Tx, id_: UUID) -> None:
    """The same without a match; raises Refusal 404 `unknown-application`, 409 `undecided`."""
    application = await markets.application(tx, id_)
    if application.state not in ("ranked", "ineligible"):
        raise Refusal(
            "undecided",
            ko="아직 결정된 내용이 없습니다.",
            en="Nothing has been decided yet.",
            status=409,
        )
    number = await markets.count(tx, id_)  # the row is locked now: two clicks come one after the other
    if await store.insert(tx, new_id(tx.now), id_, None, application.person):
        data = MatchReviewRequested(
            application=id_, person=application.person, programme=application.programme
        )
        tx.publish(data, subject=id_, sequence=number, person=application.person)


async def shown(tx: Tx, application: UUID, match: UUID | None = None) -> Review:
    """What became of a person's asking; `asked`: about this match, or the application as a whole."""
    return Review(await store.asked(tx, application, match), tuple(await store.appeals(tx, application)))


async def on_applications(tx: Tx, events: Sequence[Event]) -> None:
    """Keep the appeals that intake tells of."""
    filed = [
        {
            "id": event.subject,
            "application": str(event.data.application),
            "person": str(event.data.person),
            "filed_at": event.time.isoformat(),
        }
        for event in events
        if isinstance(event.data, AppealFiled)
    ]
    ended = {
        UUID(event.subject): event.data.outcome for event in events if isinstance(event.data, AppealDecided)
    }
    if filed:
        await store.keep(tx, filed)
    if ended:
        await store.end(tx, ended)
