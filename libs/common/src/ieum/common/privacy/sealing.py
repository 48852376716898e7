"""The one port through which personal data is sealed and opened.

Public bodies in Korea want validated modules (KCMVP), so the cipher must be exchangeable: each sealed
object names its `alg`, and `SEALERS` finds the implementation. All of them pass one test suite.
"""

from __future__ import annotations

import os
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

KEY_BYTES = 32
NONCE_BYTES = 12


class Sealer(Protocol):
    """Authenticated encryption with associated data under a 32-byte key."""

    alg: str

    def seal(self, key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
        """Nonce, then ciphertext with its tag."""
        ...

    def open(self, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """The plaintext; raises CannotOpen if key, bytes or binding differ."""
        ...


class CannotOpen(Exception):
    """The sealed object is not what it says it is: another key, other bytes or another binding."""


class AesGcmSealer:
    """AES-256 in Galois/Counter Mode (NIST SP 800-38D), a random 96-bit nonce an object."""

    alg = "A256GCM"

    def seal(self, key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
        """Nonce, then ciphertext with its tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, plaintext, bound_to)

    def open(self, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """The plaintext; raises CannotOpen."""
        try:
            return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen(self.alg) from error


class ChaChaSealer:
    """ChaCha20-Poly1305 (RFC 8439), for machines without AES instructions."""

    alg = "C20P"

    def seal(self, key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
        """Nonce, then ciphertext with its tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + ChaCha20Poly1305(key).encrypt(nonce, plaintext, bound_to)

    def open(self, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """The plaintext; raises CannotOpen."""
        try:
            return ChaCha20Poly1305(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError) as error:
            raise CannotOpen(self.alg) from error


DEFAULT: Sealer = AesGcmSealer()
SEALERS: dict[str, Sealer] = {DEFAULT.alg: DEFAULT, ChaChaSealer.alg: ChaChaSealer()}
_chosen = [DEFAULT]


def use(sealer: Sealer) -> None:
    """Seal with this one in this process from now on; what another `alg` sealed still opens by its own."""
    SEALERS[sealer.alg] = sealer
    _chosen[0] = sealer


def present() -> Sealer:
    """The implementation that this process seals with."""
    return _chosen[0]
