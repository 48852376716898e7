"""What every event is made of: public fields in clear, private objects sealed by record class."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Base64Bytes, BaseModel, ConfigDict


class PrivateData(BaseModel):
    """Personal data of one record class; outside memory it exists only sealed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    record_class: ClassVar[str]


class Sealed(BaseModel):
    """A private object as ciphertext.

    `kid` names the key: `<person uuid>/<record class>/<generation>`. `context` is the id of the event
    or row it is bound to: elsewhere it does not open. `ciphertext` is nonce, then AEAD output, in base64.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    alg: str
    kid: str
    context: UUID
    ciphertext: Base64Bytes

    @property
    def person(self) -> UUID:
        """Whose data it is."""
        return UUID(self.kid.split("/", 1)[0])

    @property
    def record_class(self) -> str:
        """Of which record class it is."""
        return self.kid.split("/", 2)[1]


class EventData(BaseModel):
    """The data of one event type; subclasses name the type, the topic and the private models.

    A new optional field keeps the version; anything else is a new type with an upcaster.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    event_type: ClassVar[str]
    topic: ClassVar[str]
    private_models: ClassVar[dict[str, type[PrivateData]]] = {}

    private: dict[str, Sealed] = {}


class Acknowledgement(EventData):
    """A holder of personal data says that an erasure is done with it, for these record classes."""

    person: UUID
    record_classes: list[str]


class AccessRecorded(EventData):
    """Who opened whose sealed data, for which purpose (PIPA 29; standard of safety measures, article 8).

    `person` is None for machine processing, which records one event a batch with the count of objects.
    """

    actor: str
    actor_kind: str
    agency: str | None = None
    person: UUID | None = None
    record_classes: list[str]
    objects: int
    purpose: str
    reason: str | None = None
