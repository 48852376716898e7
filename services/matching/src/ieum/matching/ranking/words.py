"""The words of a person and of an opening as they are compared: by the classification's names. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ieum.common.classification import classification, fold

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Said:
    """What a person wrote, by the name that it is compared by; of two that mean the same the first."""

    skills: Mapping[str, str]
    fields: Mapping[str, str]


NOTHING_SAID = Said({}, {})


def skill_of(text: str) -> str:
    """A skill as it is compared: by the name that the classification has for it, or else as it is written."""
    known = classification().skill(text)
    return fold(known.ko if known else text)


def field_of(text: str) -> tuple[str, str | None, bool]:
    """A field of work as it is compared, like a skill; its field of NCS; whether it is all of that one."""
    known = classification().field(text)
    return (fold(known.ko), known.ncs, known.whole) if known else (fold(text), None, False)
