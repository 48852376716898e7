"""Gathering what intake holds of a person; each object that is opened is recorded with the reason.

Not yet: appeals, cases and referrals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.applications import actions as applications
from ieum.intake.applications.domain import present
from ieum.intake.consents import actions as consents
from ieum.intake.consents.domain import bases
from ieum.intake.owndata.domain import (
    ApplicationData,
    ConsentData,
    HowData,
    OwnData,
    RegistrationData,
    StepData,
)
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import Representative

if TYPE_CHECKING:
    from ieum.common.events.intake import ApplicationDetails
    from ieum.common.postgres import Tx
    from ieum.intake.applications.domain import Shown


async def gather(tx: Tx, desk: Desk, person: UUID, *, reason: str) -> OwnData:
    """What is held of a person whom the actor may see, under whatever id.

    Raises Refusal 404 `person-unknown`.
    """
    await people.shown(tx, desk, person)
    ids = await people.same(tx, person)
    return OwnData(
        exported_at=tx.now,
        bases=bases(desk.city),
        registrations=await _registrations(tx, ids, reason),
        applications=[_application(*one) for one in await applications.revealed(tx, ids, reason=reason)],
        consents=[
            ConsentData(
                id=one.consent.id,
                given_by=one.consent.given_by,
                given_at=one.consent.given_at,
                withdrawn_at=one.consent.withdrawn_at,
                terms=one.terms,
            )
            for one in await consents.of(tx, ids, reason=reason)
        ],
    )


async def _registrations(tx: Tx, ids: list[UUID], reason: str) -> list[RegistrationData]:
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
