"""A programme file: YAML that staff write, read into the published model; and its JSON Schema for editors."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ieum.common.events.programme import Programme
from ieum.common.events.programme_check import mistakes
from ieum.common.events.yaml_model import load_model

if TYPE_CHECKING:
    from pathlib import Path


def load_programme(source: Path | str) -> Programme:
    """The programme in a file (a Path) or in YAML text.

    Raises Refusal `file-invalid` with file, line, field and what was expected, in Korean and English.
    """
    return load_model(Programme, source, name="<programme>", check=mistakes)


def programme_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a programme file: as the model, but unknown fields are refused."""
    schema = Programme.model_json_schema()
    for part in (schema, *schema.get("$defs", {}).values()):
        if "properties" in part:
            part["additionalProperties"] = False
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def write_schema(folder: Path) -> Path:
    """Write `programme.schema.json` into the folder of the city packs; gives its path."""
    path = folder / "programme.schema.json"
    path.write_text(json.dumps(programme_schema(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path
