"""Every refusal and fault is a problem document (RFC 9457) in Korean and English.

Invariant: a problem never repeats what was sent, as that may be somebody's personal data. Sentences come from
our own tables; of the input only the names of fields appear, and only where they look like names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import asyncpg
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match

from ieum.common.kernel.errors import Refusal, Retryable
from ieum.common.postgres.pool import AWAY, is_away
from ieum.common.web import validation
from ieum.common.web.answers import MEDIA_TYPE, TYPE_PREFIX
from ieum.common.web.texts import Text, of_status, preferred, title

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

    from ieum.common.web.validation import FieldProblem

RETRY_AFTER_SECONDS = 1

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class Problem(JSONResponse):
    """A problem document as an answer."""

    media_type = MEDIA_TYPE


def problem(
    request: Request,
    status: int,
    code: str,
    text: Text,
    *,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Problem:
    """The document for one refusal; `instance` is the correlation id as a URN."""
    language = preferred(request.headers.get("accept-language", ""))
    content: dict[str, Any] = {
        "type": TYPE_PREFIX + code,
        "title": title(status).to(language),
        "status": status,
        "detail": text.to(language),
        "detail_ko": text.ko,
        "detail_en": text.en,
        "instance": f"urn:uuid:{request.state.correlation_id}",
    }
    if errors:
        content["errors"] = [error.document() for error in errors]
    return Problem(content, status, headers=_headers(status, language, headers or {}))


def _headers(status: int, language: str, own: Mapping[str, str]) -> dict[str, str]:
    headers = {**own, "Content-Language": language, "Vary": "Accept-Language"}
    if status == 503:  # noqa: PLR2004 - the status itself
        headers.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return headers


def of_code(request: Request, status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """The document for a status that needs no further words."""
    code, text = of_status(status)
    return problem(request, status, code, text, headers=headers)


def on_refusal(request: Request, refusal: Exception) -> Problem:
    """A Refusal: its status, code and sentences; a 401 says how to sign in (RFC 6750, section 3)."""
    refusal = cast("Refusal", refusal)
    text = Text(refusal.ko, refusal.en)
    errors = [
        validation.FieldProblem(one.pointer, one.code, Text(one.ko, one.en))
        for one in (refusal, *refusal.others)
        if one.pointer
    ]
    headers = getattr(refusal, "headers", None)
    return problem(request, refusal.status, refusal.code, text, errors=errors, headers=headers)


def on_invalid(request: Request, invalid: Exception) -> Problem:
    """A body or parameter that does not fit: 400 where it is no JSON, else 422 with an error a field."""
    errors = validation.field_problems(cast("RequestValidationError", invalid).errors())
    status, code, text = validation.summary(errors)
    return problem(request, status, code, text, errors=errors)


def on_http(request: Request, exception: Exception) -> Problem:
    """What the framework refuses: no such route, wrong method, unreadable body. Its own text is not used."""
    exception = cast("HTTPException", exception)
    headers = exception.headers
    if exception.status_code == 405:  # noqa: PLR2004 - the status itself
        headers = {**(headers or {}), "Allow": ", ".join(_allowed(request))}
    return of_code(request, exception.status_code, headers)


def _allowed(request: Request) -> list[str]:
    """Every method of the address (RFC 9110, 10.2.1); the framework names those of one route."""
    routes = request.app.router.routes
    scopes = [{**request.scope, "method": method} for method in _METHODS]
    return [one["method"] for one in scopes if any(route.matches(one)[0] == Match.FULL for route in routes)]


def on_away(request: Request, exception: Exception) -> Problem:
    """503 while the database is away or asks for another try; the same Idempotency-Key may be sent again."""
    if not isinstance(exception, Retryable) and not is_away(exception):  # a mistake of ours stays a fault
        raise exception
    return of_code(request, 503)


def on_unstorable(request: Request, _: Exception) -> Problem:
    """400 for a character Postgres cannot store, such as NUL in a query parameter."""
    return of_code(request, 400)


def handle_problems(app: FastAPI) -> None:
    """Register the handlers; what none of them takes is answered by the edge with 500."""
    app.add_exception_handler(Refusal, on_refusal)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(asyncpg.CharacterNotInRepertoireError, on_unstorable)
    app.add_exception_handler(asyncpg.UntranslatableCharacterError, on_unstorable)
    for away in (*AWAY, Retryable):
        app.add_exception_handler(away, on_away)
