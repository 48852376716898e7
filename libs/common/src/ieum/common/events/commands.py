"""`ieum schemas`: the golden JSON Schemas, written anew from the models."""

from __future__ import annotations

from pathlib import Path

from ieum.common.events.programme_file import write_schema
from ieum.common.events.registry import COMMON, SCHEMAS, Registry
from ieum.common.events.schemas import write

CITIES = COMMON.parents[1] / "deploy" / "cities"


def schemas(*, folder: Path = SCHEMAS, cities: Path = CITIES) -> None:
    """Write the golden JSON Schemas of all events, and that of programme files, anew from the models.

    Args:
        folder: where those of the events lie.
        cities: the folder of the city packs, where that of programme files lies.
    """
    changed = write(Registry.load(), folder)
    write_schema(cities)
    for path in changed:
        print(path.name)
    print(f"바뀐 스키마 {len(changed)}개 · {len(changed)} schemas changed")
