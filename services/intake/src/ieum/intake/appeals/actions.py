"""Filing, deciding and taking back appeals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake_appeals import (
    AppealDecided,
    AppealFiled,
    AppealGrounds,
    AppealOverdue,
    AppealReasons,
    Outcome,
)
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.intake.appeals import domain, store
from ieum.intake.appeals.domain import Appeal
from ieum.intake.applications import actions as applications
from ieum.intake.applications.domain import Application, Fact
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

LISTED_MAX = 200
OVERDUE_MAX = 500


async def file(tx: Tx, desk: Desk, application: UUID, grounds: str) -> Appeal:
    """Appeal against the newest decision about an application.

    Raises Refusal 404 `application-unknown`, 409 `nothing-to-appeal` or `appeal-exists`, 422
    `appeal-too-late` or `person-erased`.
    """
    shown = await applications.shown(tx, desk, application)
    fact = domain.decision(shown.timeline, tx.now)
    appeal = await _file(tx, desk, shown.application, fact, grounds)
    if appeal is None:
        raise Refusal(
            "appeal-exists",
            ko="이 결정에는 이미 이의를 신청하셨습니다.",
            en="There is an appeal against this decision already.",
            status=409,
        )
    return appeal


async def take_up(tx: Tx, desk: Desk, application: UUID) -> Appeal | None:
    """Make an appeal of a request for a human review; None where that decision has one already.

    Raises Refusal 404 `application-unknown`, 409 `nothing-to-appeal`, 422 `person-erased`.
    """
    shown = await applications.shown(tx, desk, application)
    return await _file(tx, desk, shown.application, domain.reviewed(shown.timeline), domain.REVIEW_GROUNDS)


async def _file(tx: Tx, desk: Desk, about: Application, fact: Fact, grounds: str) -> Appeal | None:
    id_ = new_id(tx.now)
    await people.lock_live(tx, desk, about.person)  # who asked to be forgotten has nothing more decided
    private = AppealGrounds(text=grounds)
    appeal = Appeal(
        id=id_,
        application=about.id,
        person=about.person,
        programme=about.programme,
        fact=fact.event,
        agency=about.agency,
        channel="counter" if tx.actor.kind == "staff" else "web",
        grounds=await tx.seal(about.person, private, id_),
        filed_at=tx.now,
        due_at=domain.answer_due(tx.now),
        overdue_at=None, outcome=None, official=None, official_name=None, reasons=None, ended_at=None,
        version=1,
    )  # fmt: skip
    if not await store.insert(tx, appeal):
        return None
    data = AppealFiled(**_about(appeal), agency=appeal.agency)
    tx.publish(data, subject=id_, sequence=1, person=appeal.person, private=[private])
    return appeal


async def decide(
    tx: Tx, id_: UUID, outcome: Outcome, reasons: AppealReasons, official_name: str | None
) -> UUID:
    """A named official who did not decide first answers, with reasons.

    Raises Refusal 404 `appeal-unknown`, 409 `appeal-ended` or `first-decider-unknown`, 403 `official-unnamed`
    or `own-decision`.
    """
    appeal = await _found(tx, id_, lock=True)
    if appeal.agency != tx.actor.agency:
        raise _unknown()
    domain.check_open(appeal)
    rounds = await applications.rounds_of(tx, appeal.application, appeal.fact)
    domain.check_decider(tx.actor.id, official_name, await store.deciders(tx, rounds))
    by = (tx.actor.id, official_name or "")
    sealed = await tx.seal(appeal.person, reasons, id_)
    sequence = await store.end(tx, id_, outcome, by, sealed)
    data = AppealDecided(**_about(appeal), outcome=outcome, official=by[0], official_name=by[1])
    tx.publish(data, subject=id_, sequence=sequence, person=appeal.person, private=[reasons])
    return id_


async def withdraw(tx: Tx, desk: Desk, id_: UUID) -> UUID:
    """The person takes an appeal back; raises Refusal 404 `appeal-unknown`, 409 `appeal-ended`."""
    appeal = await visible(tx, desk, id_, lock=True)
    domain.check_open(appeal)
    await _withdraw(tx, appeal)
    return id_


async def visible(tx: Tx, desk: Desk, id_: UUID, *, lock: bool = False) -> Appeal:
    """An appeal that the actor may see: who may see the application; raises Refusal 404 `appeal-unknown`."""
    appeal = await _found(tx, id_, lock=lock)
    try:
        await applications.shown(tx, desk, appeal.application)
    except Refusal:
        raise _unknown() from None
    return appeal


async def reveal(tx: Tx, appeal: Appeal, reason: str) -> tuple[AppealGrounds | None, AppealReasons | None]:
    """Open what was written for a person's eyes; each access is recorded in this transaction."""
    grounds = await tx.reveal(appeal.grounds, AppealGrounds, reason=reason) if appeal.grounds else None
    reasons = await tx.reveal(appeal.reasons, AppealReasons, reason=reason) if appeal.reasons else None
    return grounds, reasons


async def of(tx: Tx, people: Sequence[UUID]) -> list[Appeal]:
    """All appeals of these people, the oldest first."""
    return await store.of(tx, people)


async def owed(tx: Tx, agency: str) -> list[Appeal]:
    """The open appeals that an agency must answer, the most urgent first."""
    return await store.open_of(tx, agency, LISTED_MAX)


async def tell_overdue(tx: Tx) -> int:
    """Tell of each appeal once that nobody answered in time; gives how many."""
    late = await store.overdue(tx, OVERDUE_MAX)
    for one in late:
        data = AppealOverdue(**_about(one), agency=one.agency)
        tx.publish(data, subject=one.id, sequence=one.version)
    return len(late)


async def keep_deciders(tx: Tx, officials: Mapping[UUID, str]) -> None:
    """Remember who confirmed which round."""
    if officials:
        await store.keep_deciders(tx, officials)


async def close(tx: Tx, person: UUID) -> date | None:
    """Take open appeals back, as the person leaves; gives the day (KST) on which the last one ended."""
    for appeal in await store.open_of_person(tx, person):  # a person has few
        await _withdraw(tx, appeal)
    ended = await store.last_ended(tx, person)
    return korean_date(ended) if ended else None


async def forget(tx: Tx, person: UUID) -> None:
    """Drop what was written; the key is destroyed by who decides on erasure."""
    await store.forget(tx, person)


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """What became of the appeals of these people; `about` is the programme."""
    return await store.moments(tx, people)


async def _withdraw(tx: Tx, appeal: Appeal) -> None:
    sequence = await store.end(tx, appeal.id, "withdrawn", None, None)
    data = AppealDecided(**_about(appeal), outcome="withdrawn")
    tx.publish(data, subject=appeal.id, sequence=sequence)


async def _found(tx: Tx, id_: UUID, *, lock: bool) -> Appeal:
    appeal = await store.find(tx, id_, lock=lock)
    if appeal is None:
        raise _unknown()
    return appeal


def _about(appeal: Appeal) -> dict[str, Any]:
    return {name: getattr(appeal, name) for name in _ABOUT}


_ABOUT: Sequence[str] = ("application", "person", "programme", "fact")


def _unknown() -> Refusal:
    return Refusal(
        "appeal-unknown", ko="이의신청을 찾을 수 없습니다.", en="There is no such appeal.", status=404
    )
