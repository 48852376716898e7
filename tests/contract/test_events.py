"""The published language is what the golden schemas say, and the examples prove it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from ieum.common.events.model import EventData, Sealed
from ieum.common.events.programme import Programme
from ieum.common.events.registry import EXAMPLES, SCHEMAS, Registry
from ieum.common.events.schemas import files, schema_of, write
from ieum.common.events.upcasters import UPCASTERS, upcast
from ieum.common.kernel.forbidden import forbidden_in_bytes

REGISTRY = Registry.load()
ALL = sorted(EXAMPLES.glob("*/*.json"))
TYPES = sorted(REGISTRY.models)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _newest(path: Path) -> tuple[type[EventData], Any]:
    """The model that reads an example today, and the example as it is read: old ones are upcast."""
    type_, data = upcast(path.parent.name, _read(path))
    return REGISTRY.model(type_), data


@pytest.mark.parametrize("type_", TYPES)
def test_the_golden_schema_is_the_models(type_: str) -> None:
    golden = (SCHEMAS / f"{type_}.json").read_text(encoding="utf-8")
    wanted = {path.stem: text for path, text in files(REGISTRY, SCHEMAS)}
    assert golden == wanted[type_], "run `make schemas` and look at the difference"


def test_no_schema_and_no_example_is_an_orphan() -> None:
    assert {path.stem for path in SCHEMAS.iterdir()} == set(TYPES)
    known = set(TYPES) | set(UPCASTERS)
    assert {path.parent.name for path in EXAMPLES.rglob("*") if path.is_file()} <= known


@pytest.mark.parametrize("type_", TYPES)
def test_every_schema_is_a_json_schema_and_says_where_the_event_travels(type_: str) -> None:
    schema = schema_of(REGISTRY.model(type_))
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://ieum.kr/schemas/{type_}.json"
    assert schema["topic"] in REGISTRY.topics
    assert schema["title"]
    assert schema["description"]


@pytest.mark.parametrize("type_", TYPES)
def test_every_type_has_an_example(type_: str) -> None:
    assert list((EXAMPLES / type_).glob("*.json"))


@pytest.mark.parametrize("path", ALL, ids=_name)
def test_every_example_is_valid_by_schema_and_model(path: Path) -> None:
    model, data = _newest(path)
    checker = FormatChecker(formats=["uuid", "date"])
    Draft202012Validator(schema_of(model), format_checker=checker).validate(data)
    read = model.model_validate_json(json.dumps(data))
    written = json.loads(read.model_dump_json())
    unknown = data.keys() - written.keys()
    assert not unknown, "an example has no fields that its model ignores"


@pytest.mark.parametrize("path", ALL, ids=_name)
def test_examples_are_sealed_as_they_say_and_hold_no_forbidden_number(path: Path) -> None:
    model, data = _newest(path)
    for record_class, item in data.get("private", {}).items():
        sealed = Sealed.model_validate(item)
        assert record_class in model.private_models
        assert sealed.record_class == record_class
        assert data.get("person", str(sealed.person)) == str(sealed.person)
    assert not forbidden_in_bytes(path.read_bytes())


def test_the_example_of_a_programme_is_a_whole_programme() -> None:
    for path in (EXAMPLES / "kr.ieum.intake.programme.published.v1").glob("*.json"):
        data = _read(path)
        assert Programme.model_validate(data["definition"]).id == data["programme"]


def test_writing_schemas_says_what_changed_and_removes_orphans(tmp_path: Path) -> None:
    assert len(write(REGISTRY, tmp_path)) == len(TYPES)
    (tmp_path / "kr.ieum.intake.person.moved.v1.json").write_text("{}")
    (tmp_path / f"{TYPES[0]}.json").write_text("{}")
    changed = {path.stem for path in write(REGISTRY, tmp_path)}
    assert changed == {"kr.ieum.intake.person.moved.v1", TYPES[0]}
    assert write(REGISTRY, tmp_path) == []
