"""Answering requests for erasure, and destroying what was kept when its day comes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import KeptRecord, PersonErased
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.intake.accesses import actions as accesses
from ieum.intake.appeals import actions as appeals
from ieum.intake.applications import actions as applications
from ieum.intake.cases import actions as cases
from ieum.intake.citizens import actions as citizens
from ieum.intake.consents import actions as consents
from ieum.intake.contacts import actions as contacts
from ieum.intake.documents import actions as documents
from ieum.intake.drafts import actions as drafts
from ieum.intake.erasures import domain, store
from ieum.intake.erasures.domain import Outcome
from ieum.intake.erasures.store import Acknowledged, Erasure
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import RECORD_CLASSES, Moment
from ieum.intake.referrals import actions as referrals
from ieum.intake.representatives import actions as representatives
from ieum.intake.reviews import actions as reviews

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

DUE_MAX = 100
CASE = "case"


async def request(tx: Tx, desk: Desk, person: UUID) -> UUID:
    """Forget a person by class: open applications are withdrawn first, then what may go goes at once.

    Raises Refusal 404 `person-unknown`, 409 `already-erased`.
    """
    await people.shown(tx, desk, person)
    try:
        await people.lock_live(tx, desk, person)
    except Refusal as refused:
        raise _already() from refused
    everybody = await people.same(tx, person)  # merged registrations are the same person's
    today = korean_date(tx.now)
    decided = [day for one in everybody for day in await _close(tx, one) if day]
    rules = [desk.city.retention_of(name) for name in RECORD_CLASSES]
    outcome = domain.decide(rules, max(decided, default=None), today)
    managed = [day for one in everybody for day in await _managed(tx, one) if day]
    if managed:
        rules = [desk.city.retention_of(name) for name in cases.RECORD_CLASSES]
        of_cases = domain.decide(rules, max(managed), today)
        outcome = Outcome([*outcome.gone, *of_cases.gone], [*outcome.kept, *of_cases.kept])
    for one in everybody:
        await store.insert(tx, one, outcome)
        await _erase(tx, desk, one, outcome.gone, outcome.kept)
    return person


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """When these people asked to be forgotten."""
    return await store.moments(tx, people)


async def _close(tx: Tx, person: UUID) -> tuple[date | None, date | None]:
    """End what is open; gives the days of the last answers to appeals and applications."""
    return await appeals.close(tx, person), await applications.close(tx, person)


async def _managed(tx: Tx, person: UUID) -> tuple[date | None, ...]:
    """The days from which cases, referrals and contacts count; today while one is open, None: none."""
    features = (cases, referrals, contacts)
    return tuple([await feature.since(tx, person) for feature in features])


async def destroy_due(tx: Tx, desk: Desk) -> int:
    """Destroy what was kept until today or earlier; gives how many people it was about."""
    found = await store.due(tx, korean_date(tx.now), DUE_MAX)
    for person, record_classes in found.items():
        due = await _put_off(tx, desk, person, record_classes)
        if due:
            await _erase(tx, desk, person, due, ())
            await store.destroyed(tx, person, due)
    return len(found)


async def _put_off(tx: Tx, desk: Desk, person: UUID, record_classes: Sequence[str]) -> list[str]:
    """What is due for good: the period of a case that was still open at the request began only later."""
    due = list(record_classes)
    for name in [one for one in cases.RECORD_CLASSES if one in record_classes]:
        closed = max((day for day in await _managed(tx, person) if day), default=None)
        until = desk.city.retention_of(name).ends(closed) if closed else None
        if until and until > korean_date(tx.now):
            await store.put_off(tx, person, name, until)
            due.remove(name)
    return due


async def destroy_freed(tx: Tx, desk: Desk) -> int:
    """Destroy unasked the keys of class `case` under which nothing is open and every day has come.

    Cases, referrals and contacts of a person share that key: the latest of all their days is the key's.
    """
    today = korean_date(tx.now)
    found = await store.freed(tx, today, DUE_MAX)
    if not found:
        return 0
    await people.lock(tx, found)  # who attaches something to a person locks their row first
    await cases.lock_of(tx, found)
    freed = await store.still_freed(tx, today, found)
    for person in freed:
        await cases.forget(tx, person, [CASE])
        await referrals.forget(tx, person, [CASE])
    await contacts.drop(tx, freed, [CASE])
    await desk.keys.destroy(tx, freed, [CASE])
    return len(freed)


async def shown(tx: Tx, desk: Desk, person: UUID) -> Erasure:
    """The request of a person whom the actor may see; raises Refusal 404 `erasure-unknown`."""
    await people.shown(tx, desk, person)
    found = await store.find(tx, person)
    if found is None:
        raise Refusal(
            "erasure-unknown",
            ko="파기를 요청하신 기록이 없습니다.",
            en="No erasure was asked for.",
            status=404,
        )
    return found


async def acknowledge(tx: Tx, words: Sequence[Acknowledged]) -> None:
    """Keep what holders said."""
    if words:
        await store.acknowledge(tx, words)


async def _erase(
    tx: Tx, desk: Desk, person: UUID, record_classes: Sequence[str], kept: Sequence[KeptRecord]
) -> None:
    await accesses.forget(tx, person)
    await drafts.forget(tx, person)
    sequence = await people.erase(tx, desk, person, record_classes)
    if "application" in record_classes:
        await applications.forget(tx, person)
        await appeals.forget(tx, person)
        await documents.forget(tx, person)
        await reviews.forget(tx, person)
    await cases.forget(tx, person, record_classes)
    await referrals.forget(tx, person, record_classes)
    await contacts.forget(tx, desk, person, record_classes)
    if "profile" in record_classes:
        await consents.forget(tx, person)
    await representatives.forget(tx, person)
    await citizens.forget(tx, person)
    data = PersonErased(record_classes=list(record_classes), kept=list(kept))
    tx.publish(data, subject=person, sequence=sequence)


def _already() -> Refusal:
    return Refusal(
        "already-erased",
        ko="이미 파기를 요청하셨습니다. 처리 상황을 확인해 주십시오.",
        en="Erasure was asked for already; see how far it is.",
        status=409,
    )
