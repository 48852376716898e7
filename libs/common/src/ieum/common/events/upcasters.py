"""Older versions of events, brought to the newest one when they are read.

`UPCASTERS` maps an old type to its successor and a pure function from the old data to the new.
Retention is for ever, so an upcaster stays for ever, and so do the examples of its old type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Data = dict[str, Any]
Upcaster = tuple[str, Callable[[Data], Data]]

UPCASTERS: Mapping[str, Upcaster] = {}


def upcast(type_: str, data: Data, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> tuple[str, Data]:
    """Walk from a type to its newest version; a type with no successor comes back as it is."""
    while step := upcasters.get(type_):
        type_, change = step
        data = change(data)
    return type_, data
