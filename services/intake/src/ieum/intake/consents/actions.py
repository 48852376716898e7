"""Giving, showing and withdrawing consents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake_people import ConsentTerms, PersonConsentGiven, PersonConsentWithdrawn
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.intake.consents import domain, store
from ieum.intake.consents.domain import Acknowledged, Consent, GivenBy
from ieum.intake.people import actions as people
from ieum.intake.people import correcting
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


@dataclass(frozen=True)
class Shown:
    """A consent with what it says, None while sealed or once erased, and who acknowledged its withdrawal."""

    consent: Consent
    terms: ConsentTerms | None
    acknowledged: Sequence[Acknowledged]


async def give(tx: Tx, desk: Desk, person: UUID, terms: ConsentTerms, given_by: GivenBy) -> UUID:
    """Keep a consent and tell it; gives its id. Raises Refusal with the field it is about."""
    today = korean_date(tx.now)
    domain.check_terms(desk.city, terms, today)
    # Whoever is at the window and consents to what its agency may see gives the ground themselves.
    row = await people.lock_live(tx, desk, person, met=tx.actor.agency in terms.recipients)
    born = (await correcting.opened(tx, row)).profile.birth_date
    domain.check_giver(born, today, given_by, at_window=tx.actor.kind == "staff")
    id_ = new_id(tx.now)
    sealed = await tx.seal(row.id, terms, id_)
    kept = Consent(id_, row.id, sealed, given_by, tx.actor.kind, tx.actor.agency, tx.now)
    await store.insert(tx, kept)
    await store.entitle(tx, kept, terms)
    data = PersonConsentGiven(consent=id_, given_by=given_by)
    sequence = await people.next_sequence(tx, row.id)
    tx.publish(data, subject=row.id, sequence=sequence, person=row.id, private=[terms])
    return id_


async def withdraw(tx: Tx, desk: Desk, person: UUID, id_: UUID) -> UUID:
    """Take a consent back, at any time (개인정보 보호법 37); raises Refusal 404, 409 `consent-withdrawn`."""
    await people.shown(tx, desk, person, whole=False)
    found = await store.lock(tx, id_, await people.same(tx, person))
    if found is None:
        raise Refusal(
            "consent-unknown", ko="동의 내역을 찾을 수 없습니다.", en="There is no such consent.", status=404
        )
    if found.withdrawn_at:
        raise Refusal(
            "consent-withdrawn",
            ko="이미 철회하신 동의입니다.",
            en="The consent was withdrawn already.",
            status=409,
        )
    await people.meet(tx, person)  # it may have been this agency's only ground
    await store.withdraw(tx, id_)
    sequence = await people.next_sequence(tx, found.person)
    tx.publish(PersonConsentWithdrawn(consent=id_), subject=found.person, sequence=sequence)
    return id_


async def shown(tx: Tx, desk: Desk, person: UUID, *, reason: str | None) -> list[Shown]:
    """All consents of a person whom the actor may see; opened, and the access recorded, for a reason."""
    await people.shown(tx, desk, person, whole=False)
    return await of(tx, await people.same(tx, person), reason=reason)


async def of(tx: Tx, ids: Collection[UUID], *, reason: str | None) -> list[Shown]:
    """All consents of these people, as `shown`."""
    found = await store.of(tx, ids)
    said = await store.acknowledged(tx, [one.id for one in found])
    return [
        Shown(one, await _terms(tx, one, reason), [word for word in said if word.consent == one.id])
        for one in found
    ]


async def forget(tx: Tx, person: UUID) -> None:
    """Drop what was consented to; the key is destroyed by who decides on erasure."""
    await store.forget(tx, person)


async def acknowledge(tx: Tx, words: Sequence[Acknowledged]) -> None:
    """Keep what holders said."""
    if words:
        await store.acknowledge(tx, words)


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """When these people consented, and took it back."""
    return await store.moments(tx, people)


async def _terms(tx: Tx, one: Consent, reason: str | None) -> ConsentTerms | None:
    if one.terms is None or reason is None:
        return None
    return await tx.reveal(one.terms, ConsentTerms, reason=reason)
