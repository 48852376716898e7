"""A place in a JSON document that knows its own JSON Pointer, so that every defect can say where it is."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Any, NoReturn

import orjson

from ieum.common.kernel.errors import Refusal
from ieum.matching.clearing.canonical import LARGEST, is_exactly
from ieum.matching.clearing.refusals import refusal

if TYPE_CHECKING:
    from collections.abc import Sequence


def load(data: bytes) -> tuple[Node, str | None]:
    """Read JSON strictly; with it the digest of its RFC 8785 bytes where `data` are those.

    Raises:
        Refusal: `bad-json`, or `duplicate-key`, which a lenient reader would drop without a word.
    """
    try:
        value = orjson.loads(data)
        # No key stands twice then, and the strict reader would give the same. A market has no fractions.
        if is_exactly(data, value):
            return Node(value), sha256(data).hexdigest()
    except (TypeError, ValueError):
        pass  # the strict reader says what is wrong
    try:
        return Node(json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)), None
    except (ValueError, RecursionError) as error:
        raise refusal("bad-json", "", str(error)) from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise refusal("duplicate-key", "", _shown(twice))
    return found


def _shown(text: str) -> str:
    return text.encode(errors="backslashreplace").decode()[:80]


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text)


def are_plain(lists: Sequence[Any]) -> bool:
    """A quick look at lists of texts: nothing twice in one, nothing empty, nothing odd."""
    if not set(map(type, lists)) <= {list}:
        return False
    values = list(chain.from_iterable(lists))
    try:
        text, different = "".join(values), sum(map(len, map(set, lists)))
    except TypeError:
        return False
    return text.isascii() and all(values) and different == len(values)


@dataclass(slots=True, eq=False)
class Node:
    """A value and where it stands; each reader gives the value in its type or raises a `Refusal`."""

    value: Any
    parent: Node | None = None
    step: str | int = ""

    @property
    def pointer(self) -> str:
        """The JSON Pointer (RFC 6901) of this place."""
        if self.parent is None:
            return ""
        return f"{self.parent.pointer}/{str(self.step).replace('~', '~0').replace('/', '~1')}"

    def refuse(self, code: str, what: str = "") -> Refusal:
        """Make the refusal of this place."""
        return refusal(code, self.pointer, _shown(what))

    def object(self) -> dict[str, Node]:
        """Any object, its members by name."""
        if not isinstance(self.value, dict):
            raise self.refuse("wrong-type", "object")
        return {name: Node(value, self, name) for name, value in self.value.items()}

    def fields(self, *required: str, optional: tuple[str, ...] = ()) -> dict[str, Node]:
        """An object with these fields and no others."""
        found = self.object()
        for name in found:
            if name not in required and name not in optional:
                raise found[name].refuse("unknown-field", name)
        for name in required:
            if name not in found:
                raise self.refuse("missing-field", name)
        return found

    def items(self) -> list[Node]:
        """A list, item by item."""
        if not isinstance(self.value, list):
            raise self.refuse("wrong-type", "list")
        return [Node(value, self, index) for index, value in enumerate(self.value)]

    def text(self) -> str:
        """Text that is not empty."""
        if not isinstance(self.value, str):
            raise self.refuse("wrong-type", "text")
        if not self.value or not _is_unicode(self.value):
            raise self.refuse("bad-text")
        return self.value

    def texts(self, twice: str) -> tuple[str, ...]:
        """A list of texts; one that stands twice is refused under the code `twice`."""
        if are_plain([self.value]):
            return tuple(self.value)
        seen: dict[str, None] = {}
        for item in self.items():
            text = item.text()
            if text in seen:
                raise item.refuse(twice, text)
            seen[text] = None
        return tuple(seen)

    def integers(self) -> dict[str, int]:
        """An object of integers."""
        values = self.value.values() if isinstance(self.value, dict) else (None,)
        if set(map(type, values)) <= {int} and max(map(abs, values), default=0) <= LARGEST:
            found: dict[str, int] = self.value
            return found
        return {name: node.integer() for name, node in self.object().items()}

    def integer(self) -> int:
        """An integer that survives RFC 8785; 1.0 and true are none."""
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.refuse("wrong-type", "integer")
        if abs(self.value) > LARGEST:
            raise self.refuse("number-out-of-range")
        return self.value

    def count(self, negative: str) -> int:
        """An integer of 0 or more; one below is refused under the code `negative`."""
        number = self.integer()
        if number < 0:
            raise self.refuse(negative, str(number))
        return number
