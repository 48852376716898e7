"""Golden schemas: what an event's value looks like, for readers in any language.

They are generated from the models and committed, so that a change of the language shows in review.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ieum.common.events.envelope import SCHEMA_BASE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ieum.common.events.model import EventData
    from ieum.common.events.registry import Registry

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(model: type[EventData]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the event's value; `topic` beside it says where the event travels.

    It is open, as readers are: unknown fields of a later publisher are to be ignored.
    """
    schema = model.model_json_schema()
    properties = dict(schema.pop("properties"))
    private = properties.pop("private")
    if model.private_models:
        properties["private"] = _private(model, private)
    else:
        schema.get("$defs", {}).pop("Sealed", None)
    head = {
        "$schema": DIALECT,
        "$id": f"{SCHEMA_BASE}{model.event_type}.json",
        "title": schema.pop("title"),
        "description": schema.pop("description", ""),
        "topic": model.topic,
    }
    definitions = schema.pop("$defs", {})
    return head | schema | {"properties": properties} | ({"$defs": definitions} if definitions else {})


def _private(model: type[EventData], schema: dict[str, Any]) -> dict[str, Any]:
    classes = ", ".join(sorted(model.private_models))
    return schema | {"description": f"Sealed objects by record class: {classes}."}


def files(registry: Registry, folder: Path) -> Iterator[tuple[Path, str]]:
    """The golden file of each registered type with the text it should have."""
    for type_, model in registry.models.items():
        text = json.dumps(schema_of(model), ensure_ascii=False, indent=2)
        yield folder / f"{type_}.json", text + "\n"


def write(registry: Registry, folder: Path) -> list[Path]:
    """Write all golden files and delete those of no type; returns what was changed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = dict(files(registry, folder))
    orphans = [path for path in folder.glob("*.json") if path not in wanted]
    for path in orphans:
        path.unlink()
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    for path in changed:
        path.write_text(wanted[path], encoding="utf-8")
    return orphans + changed
