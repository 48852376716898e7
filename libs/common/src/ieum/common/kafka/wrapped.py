"""Wrapped keys in memory, packed: all of a person's lie in one bytes object, 93 bytes a key."""

from __future__ import annotations

from collections.abc import Iterator

CODES_MAX = 256
UUID_CHARACTERS = 36


class WrappedKeys:
    """Kid → wrapped key. A person has a handful, which are looked through one after another.

    An entry is a byte for what follows the person in the kid (record class and generation), a byte for the
    length, and the wrapped key.
    """

    def __init__(self) -> None:
        self._packed: dict[bytes, bytes] = {}
        self._codes: dict[str, int] = {}
        self._rests: list[str] = []

    def put(self, kid: str, wrapped: bytes) -> None:
        """Keep a key, in the place of one of the same kid; raises ValueError for more than 255 bytes."""
        person, code = self._place(kid)
        others = _without(self._packed.get(person, b""), code)
        self._packed[person] = others + bytes((code, len(wrapped))) + wrapped

    def get(self, kid: str) -> bytes | None:
        """The wrapped key; None where there is none."""
        person, code = self._place(kid)
        packed = self._packed.get(person, b"")
        return next((packed[start:end] for found, start, end in _entries(packed) if found == code), None)

    def newest(self, name: str) -> tuple[str, bytes] | None:
        """The kid and wrapped key of the highest generation of a key name; None where there is none."""
        person, _, record_class = name.partition("/")
        packed = self._packed.get(_packed_name(person), b"")
        entries = ((self._rests[code], packed[start:end]) for code, start, end in _entries(packed))
        mine = [entry for entry in entries if entry[0].rpartition("/")[0] == record_class]
        if not mine:
            return None
        rest, wrapped = max(mine, key=lambda entry: int(entry[0].rpartition("/")[2]))
        return f"{person}/{rest}", wrapped

    def drop(self, kid: str) -> None:
        """Forget a key, if it is there."""
        person, code = self._place(kid)
        if left := _without(self._packed.get(person, b""), code):
            self._packed[person] = left
        else:
            self._packed.pop(person, None)

    def __contains__(self, kid: str) -> bool:
        return self.get(kid) is not None

    def _place(self, kid: str) -> tuple[bytes, int]:
        """Whose key it is, and the code of the rest; raises ValueError for the 257th kind of key."""
        person, _, rest = kid.partition("/")
        if rest not in self._codes:
            if len(self._rests) >= CODES_MAX:
                raise ValueError("more kinds of keys than a byte can name")
            self._codes[rest] = len(self._rests)
            self._rests.append(rest)
        return _packed_name(person), self._codes[rest]


def _packed_name(person: str) -> bytes:
    """A UUID in 16 bytes; what is none, as it is."""
    if len(person) == UUID_CHARACTERS:
        try:
            return bytes.fromhex(person.replace("-", ""))
        except ValueError:
            pass
    return person.encode()


def _without(packed: bytes, code: int) -> bytes:
    """The entries but that of this code."""
    for found, start, end in _entries(packed):
        if found == code:
            return packed[: start - 2] + packed[end:]
    return packed


def _entries(packed: bytes) -> Iterator[tuple[int, int, int]]:
    """Code, start and end of each key."""
    at = 0
    while at < len(packed):
        start = at + 2
        at = start + packed[at + 1]
        yield packed[start - 2], start, at
