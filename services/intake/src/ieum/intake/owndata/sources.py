"""Where a person's own data comes from: one function a list of the document, in the document's order.

A feature that holds more of a person adds its list to `OwnData` and its function here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.intake.accesses import actions as accesses
from ieum.intake.appeals import actions as appeals
from ieum.intake.applications import actions as applications
from ieum.intake.applications.domain import present
from ieum.intake.consents import actions as consents
from ieum.intake.documents import actions as documents
from ieum.intake.drafts import actions as drafts
from ieum.intake.owndata import casework, encounters
from ieum.intake.owndata.domain import (
    AccessData,
    AppealData,
    ApplicationData,
    ConsentData,
    DocumentData,
    DraftData,
    HowData,
    RegistrationData,
    StepData,
)
from ieum.intake.people import actions as people
from ieum.intake.people.domain import Representative

if TYPE_CHECKING:
    from ieum.common.events.intake import ApplicationDetails
    from ieum.common.postgres import Tx
    from ieum.intake.applications.domain import Shown

ACCESSES_MAX = 500

Source = Callable[["Tx", Sequence[UUID], str], Awaitable[Sequence[Any]]]
"""Takes the ids of one person and the reason; gives what is held, opened, each access recorded."""


async def _registrations(tx: Tx, ids: Sequence[UUID], reason: str) -> list[RegistrationData]:
    found = []
    for row in await people.rows(tx, ids):  # a person has one, rarely a few
        contact, profile = await people.reveal(tx, row, reason=reason)
        kept = {"contact": contact, "profile": profile, "how": await _how(tx, row.id, reason)}
        plain = {name: getattr(row, name) for name in RegistrationData.model_fields if name not in kept}
        found.append(RegistrationData(**plain, **kept))
    return found


async def _how(tx: Tx, person: UUID, reason: str) -> HowData | None:
    found = await people.registration(tx, person)
    if found is None:
        return None
    who = found.representative
    return HowData(
        channel=found.channel,
        **(vars(found.mandate) if found.mandate else {}),
        representative=await tx.reveal(who, Representative, reason=reason) if who else None,
    )


def _application(shown: Shown, details: ApplicationDetails | None) -> ApplicationData:
    one = shown.application
    codes = [shown.openings[choice].code for choice in one.choices if choice in shown.openings]
    return ApplicationData(
        id=one.id,
        receipt=one.receipt,
        person=one.person,
        programme=one.programme,
        programme_version=one.programme_version,
        channel=one.channel,
        agency=one.agency,
        status=present(shown.timeline).status,
        choices=codes,
        answers=details.answers if details else None,
        timeline=[StepData(status=fact.status, at=fact.at) for fact in shown.timeline],
    )


async def _applications(tx: Tx, ids: Sequence[UUID], reason: str) -> list[ApplicationData]:
    return [_application(*one) for one in await applications.revealed(tx, ids, reason=reason)]


async def _drafts(tx: Tx, ids: Sequence[UUID], reason: str) -> list[DraftData]:
    return [
        DraftData(
            id=one.id,
            programme=one.programme,
            changed_at=one.changed_at,
            expires_at=one.expires_at,
            choices=content.choices if content else None,
            answers=content.answers if content else None,
        )
        for one, content in await drafts.revealed(tx, ids, reason=reason)
    ]


async def _documents(tx: Tx, ids: Sequence[UUID], reason: str) -> list[DocumentData]:
    return [
        DocumentData(
            id=one.id,
            holder=one.folder,
            asked=one.asked,
            name=details.name if details else None,
            media=one.media,
            size_bytes=one.size_bytes,
            attached_at=one.attached_at,
        )
        for one, details in await documents.revealed(tx, ids, reason=reason)
    ]


async def _appeals(tx: Tx, ids: Sequence[UUID], reason: str) -> list[AppealData]:
    found = []
    for one in await appeals.of(tx, ids):  # a person has few
        grounds, reasons = await appeals.reveal(tx, one, reason)
        words = {
            "grounds": grounds.text if grounds else None,
            "reasons_ko": reasons.ko if reasons else None,
            "reasons_en": reasons.en if reasons else None,
        }
        plain = {name: getattr(one, name) for name in AppealData.model_fields if name not in words}
        found.append(AppealData(**plain, **words))
    return found


async def _consents(tx: Tx, ids: Sequence[UUID], reason: str) -> list[ConsentData]:
    return [
        ConsentData(
            id=one.consent.id,
            given_by=one.consent.given_by,
            given_at=one.consent.given_at,
            withdrawn_at=one.consent.withdrawn_at,
            terms=one.terms,
        )
        for one in await consents.of(tx, ids, reason=reason)
    ]


async def _accesses(tx: Tx, ids: Sequence[UUID], _reason: str) -> list[AccessData]:
    found = await accesses.of(tx, ids, ACCESSES_MAX)
    return [AccessData(**{name: getattr(one, name) for name in AccessData.model_fields}) for one in found]


SOURCES: Mapping[str, Source] = {
    "registrations": _registrations,
    "drafts": _drafts,
    "applications": _applications,
    "documents": _documents,
    "appeals": _appeals,
    "consents": _consents,
    "cases": casework.cases_of,
    "referrals": casework.referrals_of,
    "encounters": encounters.encounters_of,
    "accesses": _accesses,
}
