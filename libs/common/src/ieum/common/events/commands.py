"""`ieum schemas`: the golden JSON Schemas, written anew from the models."""

from __future__ import annotations

from pathlib import Path

from ieum.common.events.registry import SCHEMAS, Registry
from ieum.common.events.schemas import write


def schemas(*, folder: Path = SCHEMAS) -> None:
    """Write the golden JSON Schemas of all events anew from the models.

    Args:
        folder: where they lie.
    """
    changed = write(Registry.load(), folder)
    for path in changed:
        print(path.name)
    print(f"바뀐 스키마 {len(changed)}개 · {len(changed)} schemas changed")
