"""What the log says of a record, and what it keeps to itself.

A leaf (public), in bytes, numbers big-endian:

    0x01 | repeat: 0 or 1 | uint16 length of topic | topic, UTF-8 | uint32 partition | uint64 offset
         | 32 bytes of commitment

The commitment is SHA-256(32 random bytes, framed record). The framed record is

    0x01 | field(key) | uint32 number of headers | for each: field(name, UTF-8), field(value) | field(value)

where field(x) is an int32 length and the bytes, and the length -1 alone for null, as Kafka itself has it.
Both encodings are unambiguous: two different records never share a frame, nor two places a leaf. The
opening is the random bytes and the framed record; without the random bytes nobody can guess a record from
its commitment, so deleting the opening erases the record from the log while every proof still holds.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Final

from ieum.audit.ledger.merkle import HASH_BYTES

NONCE_BYTES: Final = 32
_VERSION = b"\x01"
_HEAD = struct.Struct(">ccH")
_PLACE = struct.Struct(">IQ")
_LENGTH = struct.Struct(">i")
_COUNT = struct.Struct(">I")
_NULL = _LENGTH.pack(-1)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf: where a record stood, whether it repeats an event, and the commitment to its content."""

    topic: str
    partition: int
    offset: int
    repeat: bool
    commitment: bytes

    @property
    def data(self) -> bytes:
        """The canonical bytes."""
        topic = self.topic.encode()
        head = _HEAD.pack(_VERSION, b"\x01" if self.repeat else b"\x00", len(topic))
        return head + topic + _PLACE.pack(self.partition, self.offset) + self.commitment

    @classmethod
    def parse(cls, data: bytes) -> Leaf:
        """Read canonical bytes; ValueError for any others."""
        try:
            version, repeat, length = _HEAD.unpack_from(data)
            topic = data[_HEAD.size : _HEAD.size + length].decode()
            partition, offset = _PLACE.unpack_from(data, _HEAD.size + length)
        except (struct.error, UnicodeDecodeError) as error:
            raise ValueError("not a leaf of this log") from error
        commitment = data[_HEAD.size + length + _PLACE.size :]
        if version != _VERSION or repeat not in (b"\x00", b"\x01") or len(commitment) != HASH_BYTES:
            raise ValueError("not a leaf of this log")
        return cls(topic, partition, offset, repeat == b"\x01", commitment)


@dataclass(frozen=True, slots=True)
class Record:
    """A record's content as Kafka carried it."""

    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None

    @property
    def framed(self) -> bytes:
        """The bytes that are committed to."""
        fields = [_VERSION, _field(self.key), _COUNT.pack(len(self.headers))]
        for name, value in self.headers:
            fields += (_name(name), _field(value))
        fields.append(_field(self.value))
        return b"".join(fields)

    @classmethod
    def parse(cls, framed: bytes) -> Record:
        """Read framed bytes; ValueError for any others."""
        reader = _Reader(framed)
        key = reader.field()
        headers = tuple((reader.name(), reader.field()) for _ in range(reader.count()))
        record = cls(key, headers, reader.field())
        if reader.at != len(framed):
            raise ValueError("a framed record has no more than its value")
        return record


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a commitment: the random bytes and the framed record."""

    nonce: bytes
    framed: bytes

    @property
    def commitment(self) -> bytes:
        """The commitment it opens."""
        return commitment(self.nonce, self.framed)

    def opens(self, leaf: Leaf) -> bool:
        """Whether this is what the leaf was made of."""
        return len(self.nonce) == NONCE_BYTES and self.commitment == leaf.commitment


def commitment(nonce: bytes, framed: bytes) -> bytes:
    """SHA-256(32 random bytes, framed record)."""
    return sha256(nonce + framed).digest()


def _field(data: bytes | None) -> bytes:
    return _NULL if data is None else _LENGTH.pack(len(data)) + data


@lru_cache(maxsize=1024)  # names are few and come with every record
def _name(name: str) -> bytes:
    return _field(name.encode("utf-8", "surrogateescape"))


class _Reader:
    """Reads frames from left to right; ValueError where they end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = len(_VERSION)
        if data[: self.at] != _VERSION:
            raise ValueError("not a framed record")

    def _take(self, size: int) -> bytes:
        taken = self._data[self.at : self.at + size]
        self.at += size
        if size < 0 or len(taken) != size:
            raise ValueError("a framed record is cut short")
        return taken

    def field(self) -> bytes | None:
        length: int = _LENGTH.unpack(self._take(_LENGTH.size))[0]
        return None if length == -1 else self._take(length)

    def name(self) -> str:
        name = self.field()
        if name is None:
            raise ValueError("a header has a name")
        return name.decode("utf-8", "surrogateescape")

    def count(self) -> int:
        count: int = _COUNT.unpack(self._take(_COUNT.size))[0]
        return count
