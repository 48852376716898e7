"""What agencies call is in files that are compared, so that no HTTP change passes unseen; with examples."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ieum.common.service.prepare import SERVICES

from .openapi import FOLDER, document, written

Operations = dict[str, dict[str, Any]]


def _operations(found: dict[str, Any]) -> Operations:
    return {
        f"{method.upper()} {path}": operation
        for path, item in found["paths"].items()
        for method, operation in item.items()
    }


def _differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    before, now = _operations(old), _operations(new)
    yield from (f"gone: {label}" for label in sorted(before.keys() - now.keys()))
    yield from (f"new: {label}" for label in sorted(now.keys() - before.keys()))
    yield from (f"changed: {label}" for label in sorted(before.keys() & now) if before[label] != now[label])
    parts = {(kind, name) for one in (old, new) for kind, held in one["components"].items() for name in held}
    for kind, name in sorted(parts):
        if old["components"].get(kind, {}).get(name) != new["components"].get(kind, {}).get(name):
            yield f"changed: {kind}/{name}"


@pytest.mark.parametrize("service", SERVICES)
def test_the_document_in_its_file_is_what_the_service_says(service: str, tmp_path: Path) -> None:
    file = FOLDER / f"{service}.json"
    new = document(service, tmp_path)
    old = json.loads(file.read_text(encoding="utf-8"))
    differences = "\n".join(_differences(old, json.loads(written(new))))
    assert not differences, f"`make schemas` writes {file.name} anew, if this is meant:\n{differences}"


@pytest.mark.parametrize("service", SERVICES)
def test_every_json_body_has_an_example_that_fits_its_schema(service: str, tmp_path: Path) -> None:
    found = document(service, tmp_path)
    for label, operation in _operations(found).items():
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            continue
        models = [part for part in (content["schema"], *content["schema"].get("anyOf", ())) if "$ref" in part]
        for model in models:
            name = model["$ref"].rpartition("/")[2]
            examples = found["components"]["schemas"][name].get("examples", [])
            assert examples, f"{label}: {name} has no example"
            for example in examples:
                Draft202012Validator(model | {"components": found["components"]}).validate(example)
        assert models, f"{label}: its body has no model"


def test_a_change_is_named() -> None:
    old: dict[str, Any] = {
        "paths": {"/a": {"get": {"summary": "A"}}, "/b": {"get": {}}}, "components": {"schemas": {"X": {}}}
    }  # fmt: skip
    new: dict[str, Any] = {
        "paths": {"/a": {"get": {"summary": "B"}}, "/c": {"post": {}}}, "components": {"schemas": {}}
    }  # fmt: skip
    assert list(_differences(old, new)) == [
        "gone: GET /b",
        "new: POST /c",
        "changed: GET /a",
        "changed: schemas/X",
    ]
