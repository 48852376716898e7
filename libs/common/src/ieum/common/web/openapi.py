"""The OpenAPI document, made true: problems as they are answered, and the header that creating needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from ieum.common.web.idempotency import HEADER
from ieum.common.web.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import FastAPI

_METHODS = frozenset({"get", "put", "post", "delete", "patch"})
_TEXT = {"type": "string"}
_PROBLEM_SCHEMA = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "detail_ko", "detail_en", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "detail_ko": _TEXT,
        "detail_en": _TEXT,
        "instance": {"type": "string", "format": "uri"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "ko", "en"],
                "properties": {"pointer": _TEXT, "parameter": _TEXT, "code": _TEXT, "ko": _TEXT, "en": _TEXT},
            },
        },
    },
}
_PROBLEM_RESPONSE = {
    "description": "Refused or failed (RFC 9457)",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
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
        for _, method, operation in _each(schema):
            _correct(method, operation)
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["Problem"] = _PROBLEM_SCHEMA
        app.openapi_schema = schema
    return app.openapi_schema


def _each(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in schema.get("paths", {}).items():
        for method, operation in item.items():
            if method in _METHODS:
                yield path, method, operation


def _correct(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    responses["default"] = _PROBLEM_RESPONSE
    if method == "post" and "201" in responses:
        public = {} in operation.get("security", [{}])
        operation.setdefault("parameters", []).append(_PUBLIC_KEY_PARAMETER if public else _KEY_PARAMETER)


def operations(schema: dict[str, Any]) -> list[Operation]:
    """What a service offers, for the page that lists it."""
    return [
        Operation(method.upper(), path, operation.get("summary", ""), operation.get("description", ""))
        for path, method, operation in _each(schema)
    ]
