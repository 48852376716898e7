"""Private objects and their sealed form: what every record class and every event builds on."""

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
