"""Answering requests for erasure, and destroying what was kept when its day comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import KeptRecord, PersonErased
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.intake.accesses import actions as accesses
from ieum.intake.applications import actions as applications
from ieum.intake.consents import actions as consents
from ieum.intake.erasures import domain, store
from ieum.intake.erasures.store import Acknowledged, Erasure
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import RECORD_CLASSES

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

DUE_MAX = 100


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
    decided = [day for one in everybody if (day := await applications.close(tx, one))]
    rules = [desk.city.retention_of(name) for name in RECORD_CLASSES]
    outcome = domain.decide(rules, max(decided, default=None), korean_date(tx.now))
    for one in everybody:
        await store.insert(tx, one, outcome)
        await _erase(tx, desk, one, outcome.gone, outcome.kept)
    return person


async def destroy_due(tx: Tx, desk: Desk) -> int:
    """Destroy what was kept until today or earlier; gives how many people it was about."""
    found = await store.due(tx, korean_date(tx.now), DUE_MAX)
    for person, record_classes in found.items():
        await _erase(tx, desk, person, record_classes, ())
        await store.destroyed(tx, person, record_classes)
    return len(found)


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
    sequence = await people.erase(tx, desk, person, record_classes)
    if "application" in record_classes:
        await applications.forget(tx, person)
    if "profile" in record_classes:
        await consents.forget(tx, person)
    data = PersonErased(record_classes=list(record_classes), kept=list(kept))
    tx.publish(data, subject=person, sequence=sequence)


def _already() -> Refusal:
    return Refusal(
        "already-erased",
        ko="이미 파기를 요청하셨습니다. 처리 상황을 확인해 주십시오.",
        en="Erasure was asked for already; see how far it is.",
        status=409,
    )
