"""OpenAPI links: what can be done next with what was made or shown, found from the paths.

What stands beneath an item's path takes the item's id; where `If-Match` is needed, the answer's ETag is it.
A body names things of other collections by their singular: there a link leads from making one to using it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ieum.common.web.conditions import HEADER as IF_MATCH

if TYPE_CHECKING:
    from collections.abc import Iterator

    Operations = list[tuple[str, str, dict[str, Any]]]

_PARAMETER = re.compile(r"\{(\w+)\}")
# Where a path's last parameter is taken from: the first of these fields that the answer has.
_FIELDS = {"id": ("id",), "code": ("receipt",)}
_NAMED_BY = {
    "person": "/people", "into": "/people", "organisation": "/organisations", "opening": "/openings",
    "application": "/applications", "case": "/cases",
}  # fmt: skip


def add(schema: dict[str, Any], operations: Operations) -> None:
    """Write links into the answers of all that makes or shows an item."""
    for method, path, operation in operations:
        answer = operation["responses"].get("201" if method == "post" else "200")
        links: dict[str, Any] = {}
        if answer is not None and method == "post" and "201" in operation["responses"]:
            field = _fields(schema, answer)
            links |= dict(_from_made(path, field, operations))
            links |= dict(_to_bodies(schema, path, field, operations))
        if answer is not None and method == "get" and path.endswith("}"):
            links |= dict(_beneath(path, _own(path), operations))
        if links and answer is not None:
            answer["links"] = links


def _from_made(path: str, fields: set[str], operations: Operations) -> Iterator[tuple[str, Any]]:
    for name, candidates in _FIELDS.items():
        field = next((one for one in candidates if one in fields), None)
        if field:
            item = f"{path}/{{{name}}}"
            yield from _beneath(item, _own(path) | {name: f"$response.body#/{field}"}, operations)


def _own(path: str) -> dict[str, str]:
    return {name: f"$request.path.{name}" for name in _PARAMETER.findall(path)}


def _beneath(item: str, values: dict[str, str], operations: Operations) -> Iterator[tuple[str, Any]]:
    for _, path, target in operations:
        below = path == item or path.startswith(f"{item}/")
        if below and set(_PARAMETER.findall(path)) == values.keys():
            headers = {one["name"] for one in target.get("parameters", ()) if one["in"] == "header"}
            etag = {f"header.{IF_MATCH}": "$response.header.ETag"} if IF_MATCH in headers else {}
            parameters = {f"path.{name}": value for name, value in values.items()} | etag
            yield target["operationId"], {"operationId": target["operationId"], "parameters": parameters}


def _to_bodies(
    schema: dict[str, Any], path: str, fields: set[str], operations: Operations
) -> Iterator[tuple[str, Any]]:
    names = [name for name, collection in _NAMED_BY.items() if path.endswith(collection)]
    if not names or "id" not in fields:
        return
    for _, other, target in operations:
        content = target.get("requestBody", {}).get("content", {}).get("application/json", {})
        taken = _properties(schema, content.get("schema", {}))
        body = {name: "$response.body#/id" for name in names if name in taken}
        if body and not _PARAMETER.search(other):
            yield target["operationId"], {"operationId": target["operationId"], "requestBody": body}


def _fields(schema: dict[str, Any], answer: dict[str, Any]) -> set[str]:
    return _properties(schema, answer.get("content", {}).get("application/json", {}).get("schema", {}))


def _properties(schema: dict[str, Any], part: dict[str, Any]) -> set[str]:
    name = str(part.get("$ref", "")).rpartition("/")[2]
    return set(schema["components"]["schemas"].get(name, part).get("properties", {}))
