"""The OpenAPI document, made true: problems as they are answered, and the header that creating needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from ieum.common.web import answers, conditions, links
from ieum.common.web.idempotency import HEADER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_KEY_PARAMETER = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "Sent again within 24 hours with the same body, nothing is made twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"},
}
_PUBLIC_KEY_PARAMETER = _KEY_PARAMETER | {
    "description": "Sent again within 24 hours with the same body, nothing is made twice. "
    "Without signing in it must be a freshly made UUID.",
    "schema": {"type": "string", "format": "uuid"},
}


@dataclass(frozen=True)
class Operation:
    """One line of the listing."""

    method: str
    path: str
    summary: str
    description: str


def document(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document with our problems in place of its own validation errors; made once."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
        components = schema.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        for _, method, operation in _each(schema):
            _correct(method, operation)
        _close_keys(schemas)
        schemas["Problem"] = answers.SCHEMA
        components["responses"] = answers.responses()
        links.add(schema, [(method, path, operation) for path, method, operation in _each(schema)])
        app.openapi_schema = schema
    return app.openapi_schema


def _close_keys(part: Any) -> None:
    """Say of an object with keys of one pattern that it has no others, which pydantic leaves unsaid."""
    if isinstance(part, dict):
        if "patternProperties" in part:
            part["additionalProperties"] = False
        part = list(part.values())
    if isinstance(part, list):
        for item in part:
            _close_keys(item)


def _each(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in schema.get("paths", {}).items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, method, operation


def _correct(method: str, operation: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        parameter["schema"] = _sent(parameter["schema"])
        if parameter["name"] == conditions.HEADER:
            schema = {"type": "string", "pattern": conditions.PATTERN, "examples": ['"3"']}
            parameter |= {"required": True, "schema": schema}
    for content in operation["responses"].get("200", {}).get("content", {}).values():
        if (
            "itemSchema" in content
        ):  # a stream is described event by event, not as the text that FastAPI thinks
            content.pop("schema", None)
    if method == "post" and "201" in operation["responses"]:
        public = {} in operation.get("security", [{}])
        operation.setdefault("parameters", []).append(_PUBLIC_KEY_PARAMETER if public else _KEY_PARAMETER)
    answers.add(method, operation)


def _sent(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that is not given is not sent: there is no null in a URL or a header."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {**{name: value for name, value in schema.items() if name != "anyOf"}, **kinds[0]}


def operations(schema: dict[str, Any]) -> list[Operation]:
    """What a service offers, for the page that lists it."""
    return [
        Operation(method.upper(), path, operation.get("summary", ""), operation.get("description", ""))
        for path, method, operation in _each(schema)
    ]
