"""Private objects to sealed ones and back, bound to their key and context."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from ieum.common.privacy.model import PrivateData, Sealed
from ieum.common.privacy.sealing import SEALERS, CannotOpen, Sealer, present

P = TypeVar("P", bound=PrivateData)


def seal(private: PrivateData, key: bytes, kid: str, context: UUID, sealer: Sealer | None = None) -> Sealed:
    """Seal under `key` (named `kid`), bound to `context`: the id of the event or row it goes into."""
    sealer = sealer or present()
    ciphertext = sealer.seal(key, private.model_dump_json().encode(), _bound_to(sealer.alg, kid, context))
    return Sealed.model_construct(alg=sealer.alg, kid=kid, context=context, ciphertext=ciphertext)


def open_sealed(sealed: Sealed, key: bytes, model: type[P]) -> P:
    """Open a sealed object; raises CannotOpen when it was tampered with, moved, or of an unknown `alg`."""
    sealer = SEALERS.get(sealed.alg)
    if sealer is None:
        raise CannotOpen(f"unknown alg {sealed.alg}")
    bound_to = _bound_to(sealed.alg, sealed.kid, sealed.context)
    return model.model_validate_json(sealer.open(key, sealed.ciphertext, bound_to))


def _bound_to(alg: str, kid: str, context: UUID) -> bytes:
    return f"{alg}|{kid}|{context}".encode()
