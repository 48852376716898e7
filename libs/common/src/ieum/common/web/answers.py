"""Which problems an operation can answer with, read off its shape, so that no route has to list them.

Invariant: an answer that is not in the document is a defect of ours; `make long` sends requests by the ten
thousand and finds none. 405 is the answer of a method that is not there, so no operation lists it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ieum.common.web.conditions import HEADER as IF_MATCH
from ieum.common.web.texts import TITLES, of_status

if TYPE_CHECKING:
    from collections.abc import Iterator

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "https://ieum.kr/problems/"
_TEXT = {"type": "string"}
SCHEMA = {
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
_WORDS = {
    400: "What was sent cannot be read: no JSON, a header of the wrong form, a character nobody may send",
    401: "Nobody is signed in, or the token does not hold",
    403: "Signed in, but this is not theirs to do",
    404: "It is not there, or not for whoever asks",
    409: "The present state does not allow it",
    412: "It has changed since it was read",
    413: "The body is too large",
    415: "The body is of a type that is not taken",
    422: "A field does not fit, or a rule turns it away: the code in `type` says which",
    428: f"The header {IF_MATCH} is missing",
    503: "Not available just now; the same request may be sent again",
}
_HEADERS = {401: "WWW-Authenticate", 503: "Retry-After"}


def may(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: problems that its shape does not tell, such as 409 of a GET."""
    return {status: {"description": _WORDS[status]} for status in statuses}


def responses() -> dict[str, Any]:
    """The answers by the names under which operations refer to them."""
    return {_name(status): _response(status) for status in _WORDS}


def add(method: str, operation: dict[str, Any]) -> None:
    """Document what the operation can answer; more than its shape tells, its route names by `may`."""
    answers = operation["responses"]
    named = {int(status) for status in answers if status[0] in "45" and int(status) in _WORDS}
    for status in sorted(named | set(_possible(method, operation))):
        answers[str(status)] = {"$ref": f"#/components/responses/{_name(status)}"}


def _possible(method: str, operation: dict[str, Any]) -> Iterator[int]:
    names = {parameter["name"] for parameter in operation.get("parameters", ())}
    body = operation.get("requestBody", {}).get("content", {})
    yield 503
    if operation.get("security"):
        yield from (401, 403)
    if names or body:
        yield from (400, 404, 422)
    if method != "get":
        yield from (404, 409)
    if IF_MATCH in names:
        yield from (412, 428)
    if body:
        yield 413
    if body and "application/json" not in body:
        yield 415


def _name(status: int) -> str:
    return "".join(word.capitalize() for word in TITLES[status].en.split())


def _response(status: int) -> dict[str, Any]:
    code, text = of_status(status)
    example = {
        "type": TYPE_PREFIX + code,
        "title": TITLES[status].ko,
        "status": status,
        "detail": text.ko,
        "detail_ko": text.ko,
        "detail_en": text.en,
        "instance": "urn:uuid:0193a000-0000-7000-8000-000000000000",
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    made = {"description": _WORDS[status], "content": {MEDIA_TYPE: {"schema": schema, "example": example}}}
    header = _HEADERS.get(status)
    return made | ({"headers": {header: {"required": True, "schema": _TEXT}}} if header else {})
