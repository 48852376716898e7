"""Keys and ciphers in a validated module (KCMVP, FIPS 140) over PKCS#11, through python-pkcs11.

The module holds the key-encryption key, which never leaves it, and may seal as well. Which cipher it seals
with is a number: Korean modules give ARIA, SEED and LEA in GCM numbers of their own (CKM_VENDOR_DEFINED).
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from threading import Lock
from typing import Any, Final

import pkcs11
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from ieum.common.privacy.sealing import KEY_BYTES, NONCE_BYTES, CannotOpen

AES_GCM: Final = int(Mechanism.AES_GCM)
AES: Final = int(KeyType.AES)
TAG_BITS = 128

_IN_MEMORY = {Attribute.TOKEN: False, Attribute.EXTRACTABLE: True, Attribute.SENSITIVE: False}


class GcmParameters(ctypes.Structure):
    """CK_GCM_PARAMS (PKCS#11 2.40, section 2.12.3), which ciphers other than AES take as well."""

    _fields_ = (
        ("iv", ctypes.c_char_p), ("iv_bytes", ctypes.c_ulong), ("iv_bits", ctypes.c_ulong),
        ("aad", ctypes.c_char_p), ("aad_bytes", ctypes.c_ulong), ("tag_bits", ctypes.c_ulong),
    )  # fmt: skip


class Token:
    """A signed-in session with a module's token; calls come one after another."""

    def __init__(self, module: Path, label: str, pin: str) -> None:
        """Open the shared library `module`; raises pkcs11.exceptions.PKCS11Error where that fails."""
        self.label = label
        self.session: Any = pkcs11.lib(str(module)).get_token(token_label=label).open(user_pin=pin, rw=True)
        self.lock = Lock()

    def make_kek(self, key: str) -> None:
        """Make a KEK that never leaves the token; raises ValueError where one of this label is there."""
        there = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: key}
        with self.lock:
            if list(self.session.get_objects(there)):
                raise ValueError(f"the token has a key {key} already")
            template = {
                Attribute.EXTRACTABLE: False, Attribute.SENSITIVE: True, Attribute.WRAP: True,
                Attribute.UNWRAP: True,
            }  # fmt: skip
            self.session.generate_key(KeyType.AES, 256, store=True, label=key, template=template)

    def hold(self, key: bytes, key_type: int) -> Any:
        """A key of ours as an object of the session: it is gone with it, or destroyed at once."""
        use = {
            Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType(key_type),
            Attribute.VALUE: key, Attribute.ENCRYPT: True, Attribute.DECRYPT: True,
        }  # fmt: skip
        return self.session.create_object(_IN_MEMORY | use)


class ModuleWrapper:
    """Wraps keys under a KEK that lies in a token (CKM_AES_KEY_WRAP, RFC 3394)."""

    def __init__(self, token: Token, key: str) -> None:
        """`key`: the KEK's label; raises pkcs11.exceptions.NoSuchKey where there is none."""
        self._token = token
        self._kek = token.session.get_key(object_class=ObjectClass.SECRET_KEY, label=key)
        self.name = f"pkcs11:{token.label}/{key}"

    def new(self) -> tuple[bytes, bytes]:
        """A fresh key and its wrapping."""
        key = os.urandom(KEY_BYTES)
        return key, self.wrap(key)

    def wrap(self, key: bytes) -> bytes:
        """The wrapping of a key that is there already."""
        with self._token.lock:
            held = self._token.hold(key, AES)
            try:
                return bytes(self._kek.wrap_key(held, mechanism=Mechanism.AES_KEY_WRAP))
            finally:
                held.destroy()

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key; raises InvalidUnwrap under a foreign key-encryption key."""
        with self._token.lock:
            try:
                held = self._kek.unwrap_key(
                    ObjectClass.SECRET_KEY, KeyType.AES, wrapped,
                    mechanism=Mechanism.AES_KEY_WRAP, template=_IN_MEMORY,
                )  # fmt: skip
            except pkcs11.exceptions.PKCS11Error as error:
                raise InvalidUnwrap from error
            try:
                return bytes(held[Attribute.VALUE])
            finally:
                held.destroy()


class ModuleSealer:
    """Seals inside the module in Galois/Counter Mode, with the cipher that `mechanism` numbers.

    With AES it is the same format as AesGcmSealer's: either opens what the other sealed.
    """

    def __init__(
        self, token: Token, *, alg: str = "A256GCM", mechanism: int = AES_GCM, key_type: int = AES
    ) -> None:
        self.alg = alg
        self._token = token
        self._mechanism = _numbered(mechanism)
        self._key_type = key_type

    def seal(self, key: bytes, plaintext: bytes, bound_to: bytes) -> bytes:
        """Nonce, then ciphertext with its tag."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._run("encrypt", key, plaintext, nonce, bound_to)

    def open(self, key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
        """The plaintext; raises CannotOpen."""
        nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        if len(nonce) < NONCE_BYTES or len(ciphertext) < TAG_BITS // 8:
            raise CannotOpen(self.alg)
        try:
            return self._run("decrypt", key, ciphertext, nonce, bound_to)
        except pkcs11.exceptions.PKCS11Error as error:
            raise CannotOpen(self.alg) from error

    def _run(self, what: str, key: bytes, text: bytes, nonce: bytes, bound_to: bytes) -> bytes:
        given = GcmParameters(nonce, len(nonce), len(nonce) * 8, bound_to, len(bound_to), TAG_BITS)
        with self._token.lock:
            held = self._token.hold(key, self._key_type)
            try:
                run = getattr(held, what)
                return bytes(run(text, mechanism=self._mechanism, mechanism_param=bytes(given)))
            finally:
                held.destroy()


def _numbered(mechanism: int) -> Mechanism:
    """A mechanism by its number, a vendor's own as well, which the library does not list."""
    try:
        return Mechanism(mechanism)
    except ValueError:
        made = int.__new__(Mechanism, mechanism)
        made._name_, made._value_ = f"VENDOR_{mechanism:#x}", mechanism
        return made
