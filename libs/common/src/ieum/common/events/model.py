"""What every event is made of: public fields in clear, private objects sealed by record class."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ieum.common.privacy.model import PrivateData, Sealed

__all__ = ["AccessRecorded", "Acknowledgement", "EventData", "PrivateData", "Sealed"]


class EventData(BaseModel):
    """The data of one event type; subclasses name the type, the topic and the private models.

    A new optional field keeps the version; anything else is a new type with an upcaster.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_type: ClassVar[str]
    topic: ClassVar[str]
    private_models: ClassVar[dict[str, type[PrivateData]]] = {}

    private: dict[str, Sealed] = Field(default_factory=dict)


class Acknowledgement(EventData):
    """A holder of personal data says that an erasure is done with it, for these record classes.

    Where `consent` is named, it says instead that nothing is done on that withdrawn consent any more.
    """

    person: UUID
    record_classes: list[str]
    consent: UUID | None = None


class AccessRecorded(EventData):
    """Who opened whose sealed data, for which purpose (PIPA 29; standard of safety measures, article 8).

    `person` is None for machine processing, which records one event a batch with the count of objects.
    `urgent`: opened without any other ground, as a life was in danger (PIPA 15(1)5, 18(2)3). `masked`: shown
    only as far as one needs to recognise the person.
    """

    actor: str
    actor_kind: str
    agency: str | None = None
    person: UUID | None = None
    record_classes: list[str]
    objects: int
    purpose: str
    reason: str | None = None
    urgent: bool = False
    masked: bool = False
