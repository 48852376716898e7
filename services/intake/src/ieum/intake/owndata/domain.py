"""The document of a person's own data (개인정보 보호법 35, 35-2): what is held, and on which basis."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from ieum.common.events.intake import Answer, PersonContact, PersonProfile
from ieum.common.events.intake_people import ConsentTerms
from ieum.intake.consents.domain import Basis
from ieum.intake.owndata.casework import CaseData, ReferralData, Withheld
from ieum.intake.owndata.encounters import EncounterData
from ieum.intake.people.domain import Representative


class HowData(BaseModel):
    """How a person was registered, and who spoke for them."""

    channel: str
    relation: str | None = None
    document: str | None = None
    seen_on: date | None = None
    representative: Representative | None = None


class RegistrationData(BaseModel):
    """One registration; several where staff found that they are one person."""

    id: UUID
    merged_into: UUID | None
    registered_at: datetime
    erased_at: datetime | None
    district: str
    life_stage: str
    language: str
    agency: str
    contact: PersonContact | None
    profile: PersonProfile | None
    how: HowData | None


class StepData(BaseModel):
    """One step of an application."""

    status: str
    at: datetime


class ApplicationData(BaseModel):
    """One application with what was written into it."""

    id: UUID
    receipt: str
    person: UUID
    programme: str
    programme_version: int
    channel: str
    agency: str
    status: str
    choices: list[str]
    answers: dict[str, Answer] | None
    timeline: list[StepData]


class DraftData(BaseModel):
    """An application that is not submitted yet; gone on `expires_at`."""

    id: UUID
    programme: str
    changed_at: datetime
    expires_at: datetime
    choices: list[UUID] | None
    answers: dict[str, Answer] | None


class DocumentData(BaseModel):
    """A file, by its own name; `GET /documents/{id}` gives the file itself."""

    id: UUID
    holder: UUID
    asked: str | None
    name: str | None
    media: str
    size_bytes: int
    attached_at: datetime


class AppealData(BaseModel):
    """One appeal with what was written on both sides."""

    id: UUID
    application: UUID
    filed_at: datetime
    due_at: datetime
    outcome: str | None
    ended_at: datetime | None
    official_name: str | None
    grounds: str | None
    reasons_ko: str | None
    reasons_en: str | None


class AccessData(BaseModel):
    """Somebody looked: where, what kind of actor of which agency, at what, and why."""

    at: datetime
    service: str
    actor_kind: str
    agency: str | None
    record_classes: list[str]
    purpose: str
    reason: str | None


class ConsentData(BaseModel):
    """One consent."""

    id: UUID
    given_by: str
    given_at: datetime
    withdrawn_at: datetime | None
    terms: ConsentTerms | None


class OwnData(BaseModel):
    """All that intake holds of a person; each list has its source in `sources.SOURCES`."""

    exported_at: datetime
    bases: list[Basis]
    withheld: list[Withheld]
    registrations: list[RegistrationData]
    drafts: list[DraftData]
    applications: list[ApplicationData]
    documents: list[DocumentData]
    appeals: list[AppealData]
    consents: list[ConsentData]
    cases: list[CaseData]
    referrals: list[ReferralData]
    encounters: list[EncounterData]
    accesses: list[AccessData]
