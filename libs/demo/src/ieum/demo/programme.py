"""The programme of a year: the city pack's file, or for later years the last file moved on to that year.

What follows from the year alone is moved (id, names, days); the rules are left as they are, but for a minimum
wage that is not announced yet. A moved programme
is the demonstration's own: it is sent over HTTP and written nowhere.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from ieum.common.events.programme import Programme
from ieum.common.events.programme_file import load_programme

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ieum.common.service.city import City

FAMILY = "yes-matching"
FIRST_YEAR = 2022


def programme_of(year: int, folder: Path, city: City) -> Programme:
    """The YES! Matching of that year; `folder` is the city pack's."""
    path = folder / "programmes" / f"{FAMILY}-{year}.yaml"
    if path.exists():
        return load_programme(path)
    last = max(programme.year for programme in city.programmes if programme.id.startswith(f"{FAMILY}-"))
    moved = moved_on(load_programme(folder / "programmes" / f"{FAMILY}-{last}.yaml"), year)
    return moved if _wage_known(city, year) else without_wage_rule(moved)


def next_year(programmes: Iterable[str]) -> int:
    """The year after the last one that intake has a YES! Matching of; else the first."""
    prefix = f"{FAMILY}-"
    done = [int(id_.removeprefix(prefix)) for id_ in programmes if id_.startswith(prefix)]
    return max(done, default=FIRST_YEAR - 1) + 1


def moved_on(programme: Programme, year: int) -> Programme:
    """The programme with its year, and every day and sentence that names it, moved to another year."""
    document = programme.model_dump(mode="json")
    return Programme.model_validate(_moved(document, programme.year, year) | {"version": 1})


def without_wage_rule(programme: Programme) -> Programme:
    """The programme for a year whose minimum wage nobody has announced yet: it cannot be compared."""
    return programme.model_copy(
        update={"opening": programme.opening.model_copy(update={"minimum_wage": False})}
    )


def _wage_known(city: City, year: int) -> bool:
    return city.minimum_wage_at(date(year, 1, 1)) is not None


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
