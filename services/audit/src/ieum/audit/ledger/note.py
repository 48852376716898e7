"""Signed notes and checkpoints: c2sp.org/signed-note and c2sp.org/tlog-checkpoint, with Ed25519 (RFC 8032).

A note is text, an empty line, and signature lines. A key is named by a name and the first four bytes of
SHA-256(name, newline, 0x01, public key); the text form of its public half is the vkey. A checkpoint is a
note of three lines: origin, size, root. It says of no event and no person anything.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ieum.audit.ledger.merkle import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTE_BYTES_MAX: Final = 1_000_000
SIGNATURES_MAX: Final = 100
_ED25519 = b"\x01"
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_CHECKPOINT_LINES = 3


class NoteError(ValueError):
    """A note, key or checkpoint that is malformed, or not signed by a key that is trusted."""


def _unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise NoteError("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise NoteError("base64 with loose ends")
    return data


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _named(name: str) -> str:
    if not name or re.search(r"[\s+]", name):
        raise NoteError(f"a key's name has no spaces and no plus sign: {name!r}")
    return name


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half of a log's key."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Read `name+hex(id)+base64(0x01, public key)`; NoteError where it does not agree with itself."""
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = _unbase64(encoded)
        if len(data) != 1 + HASH_BYTES or data[:1] != _ED25519:
            raise NoteError("not an Ed25519 verifier key")
        verifier = cls(_named(name), data[1:])
        if verifier.key_id.hex() != key_id:
            raise NoteError("the verifier key's id does not fit its name and key")
        return verifier

    @property
    def key_id(self) -> bytes:
        """The four bytes that, with the name, tell this key from others."""
        return _key_id(self.name, self.public)

    @property
    def vkey(self) -> str:
        """The text form, to be handed to whoever wants to check the log."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Whether this key signed the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


class Signer:
    """The private half of a log's key."""

    def __init__(self, name: str, seed: bytes) -> None:
        """Take the key's name and its 32 secret bytes."""
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(_named(name), self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The signed note over a text, which must end in a newline."""
        if not text.endswith("\n") or _CONTROL.search(text):
            raise NoteError("a note's text ends in a newline and has no control characters")
        signature = base64.b64encode(self.verifier.key_id + self._key.sign(text.encode())).decode()
        return f"{text}\n— {self.verifier.name} {signature}\n"


def open_note(note: str, verifiers: Iterable[Verifier]) -> str:
    """The text of a note that at least one of the keys signed and none of them is misquoted in.

    Signatures by other keys are ignored; a wrong signature by a known key spoils the note (NoteError).
    """
    text, lines = _parts(note)
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    good = False
    for line in lines:
        name, key_id, signature = _signature(line)
        verifier = known.get((name, key_id))
        if verifier is None:
            continue
        if not verifier.verify(text.encode(), signature):
            raise NoteError(f"the signature of {name} does not fit the text")
        good = True
    if not good:
        raise NoteError("no signature by a known key")
    return text


def _parts(note: str) -> tuple[str, list[str]]:
    if len(note) > NOTE_BYTES_MAX or _CONTROL.search(note):
        raise NoteError("the note is too long or has control characters")
    text, blank, signatures = note.rpartition("\n\n")
    lines = signatures.split("\n")
    if not blank or lines.pop() or not 0 < len(lines) <= SIGNATURES_MAX:
        raise NoteError("not a signed note")
    return text + "\n", lines


def _signature(line: str) -> tuple[str, bytes, bytes]:
    match = _SIGNATURE_LINE.fullmatch(line)
    data = _unbase64(match[2]) if match else b""
    if match is None or len(data) <= len(_ED25519) + 3:
        raise NoteError("not a signature line")
    return match[1], data[:4], data[4:]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log stands for at one moment: its origin, its size in leaves and its root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The three lines that are signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a note's text; extension lines after the third are left alone. NoteError if malformed."""
        lines = text.split("\n")[:-1]
        if not text.endswith("\n") or len(lines) < _CHECKPOINT_LINES or not all(lines):
            raise NoteError("a checkpoint has three lines")
        root = _unbase64(lines[2])
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1], re.ASCII) or len(root) != HASH_BYTES:
            raise NoteError("a checkpoint has a decimal size and a root of 32 bytes")
        return cls(lines[0], int(lines[1]), root)
