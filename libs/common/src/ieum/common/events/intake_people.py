"""What intake tells of a person after they registered."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from ieum.common.events.intake import LifeStage, PersonContact, PersonProfile
from ieum.common.events.model import EventData, PrivateData


class PersonChanged(EventData):
    """What is known of a person was corrected or completed: the whole of it anew, as it holds from now on.

    `changed` names the fields, never a value. Subject: person.
    """

    event_type: ClassVar[str] = "kr.ieum.intake.person.changed.v1"
    topic: ClassVar[str] = "intake-people"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {
        "contact": PersonContact,
        "profile": PersonProfile,
    }

    district: str
    life_stage: LifeStage
    language: Literal["ko", "en"] = "ko"
    agency: str
    basis: str
    changed: list[str] = []


class PersonMerged(EventData):
    """Staff found that this person is the same as `into`, under which all is found from now on.

    Facts under the old id stay true; its `person.changed` carries what is known of the other. Subject: the
    person who was merged.
    """

    event_type: ClassVar[str] = "kr.ieum.intake.person.merged.v1"
    topic: ClassVar[str] = "intake-people"

    into: UUID
    agency: str


class PersonUnmerged(EventData):
    """The merging into `was` is undone: two people after all. Subject: the person who had been merged."""

    event_type: ClassVar[str] = "kr.ieum.intake.person.unmerged.v1"
    topic: ClassVar[str] = "intake-people"

    was: UUID
    agency: str


class ConsentTerms(PrivateData):
    """Record class `profile`: what a person consents to. `until` is the last day; `fields` are those named.

    `purpose` is a code, `recipients` are agencies. After erasure only that it was given can be read.
    """

    record_class: ClassVar[str] = "profile"
    purpose: str
    recipients: list[str]
    fields: list[str]
    until: date


class PersonConsentGiven(EventData):
    """A person consents to a use of their data that rests on nothing else. Subject: person."""

    event_type: ClassVar[str] = "kr.ieum.intake.person.consent_given.v1"
    topic: ClassVar[str] = "intake-people"
    private_models: ClassVar[dict[str, type[PrivateData]]] = {"profile": ConsentTerms}

    consent: UUID
    given_by: Literal["person", "guardian"]


class PersonConsentWithdrawn(EventData):
    """A consent is taken back: nothing is done on it from now on; holders acknowledge. Subject: person."""

    event_type: ClassVar[str] = "kr.ieum.intake.person.consent_withdrawn.v1"
    topic: ClassVar[str] = "intake-people"

    consent: UUID
