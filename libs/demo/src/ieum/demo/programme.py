"""The programme of a year: the city pack's file, or for later years the last file moved on to that year.

What follows from the year alone is moved (id, names, days); the rules are left as they are. A moved programme
is the demonstration's own: it is sent over HTTP and written nowhere.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from ieum.common.events.programme import Programme
from ieum.common.events.programme_file import load_programme

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = "yes-matching"
FIRST_YEAR = 2022


def programme_of(year: int, folder: Path) -> Programme:
    """The YES! Matching of that year; `folder` is a city pack's `programmes`."""
    path = folder / f"{FAMILY}-{year}.yaml"
    if path.exists():
        return load_programme(path)
    last = max(int(file.stem.rpartition("-")[2]) for file in folder.glob(f"{FAMILY}-*.yaml"))
    return moved_on(load_programme(folder / f"{FAMILY}-{last}.yaml"), year)


def moved_on(programme: Programme, year: int) -> Programme:
    """The programme with its year, and every day and sentence that names it, moved to another year."""
    document = programme.model_dump(mode="json")
    return Programme.model_validate(_moved(document, programme.year, year) | {"version": 1})


def _moved(value: Any, old: int, new: int) -> Any:
    if isinstance(value, dict):
        return {key: _moved(item, old, new) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_moved(item, old, new) for item in value]
    if isinstance(value, str):
        return value.replace(str(old), str(new))
    return new if value == old and not isinstance(value, bool) else value


def received_on(programme: Programme) -> date:
    """The day on which the agencies say that they took the applications: the middle of the period."""
    period = programme.period
    return period.opens + (period.closes - period.opens) // 2
