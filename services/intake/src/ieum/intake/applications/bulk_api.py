"""The HTTP route of applications by the thousand: NDJSON (application/x-ndjson), an application a line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import purposes
from ieum.common.web import Made, Principal, create, requires
from ieum.common.web.validation import refused
from ieum.intake.applications import bulk
from ieum.intake.applications.api import SubmitApplication
from ieum.intake.applications.bulk import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ieum.common.postgres import Tx

router = APIRouter(tags=["applications"])

MEDIA_TYPE = "application/x-ndjson"
PATH = "/applications/bulk"
LINES_MAX = 1_000
BYTES_MAX = 4 * 1024 * 1024
_EXAMPLE = (
    '{"person": "0197e3a4-7b1c-7d2e-8f3a-4b5c6d7e8f90", "programme": "yes-matching-2026", '
    '"choices": ["A-1"]}\n'
)
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}


class LineView(BaseModel):
    """What became of a line, from 1: 201 with `id` and `receipt`, or why it was refused."""

    line: int
    status: int
    id: UUID | None = None
    receipt: str | None = None
    code: str | None = None
    pointer: str | None = None
    ko: str | None = None
    en: str | None = None


class BulkView(BaseModel):
    """What became of all lines that are not empty, in their order."""

    id: UUID
    added: int
    refused: int
    lines: list[LineView]


@router.post(PATH, status_code=201, response_model_exclude_none=True, openapi_extra=_BODY)
async def submit_bulk(request: Request, principal: Principal = requires("staff")) -> BulkView:
    """Apply for many at once, as a window does for one; good lines are kept, bad ones explained.

    The same request again with its key is answered the same; with another key its lines are there already.
    """
    _check_type(request.headers.get("content-type", ""))
    raw = await request.body()
    lines = await asyncio.to_thread(read, raw)

    async def do(tx: Tx) -> Made[BulkView]:
        id_, results = await bulk.apply_lines(tx, lines)
        return Made(id_, _view(id_, results))

    async def show(tx: Tx, id_: UUID) -> BulkView:
        return _view(id_, await bulk.results(tx, id_))

    return await create(request, principal, raw, purposes.INTAKE, do=do, show=show)


def read(raw: bytes) -> list[Line]:
    """The lines that are not empty; raises Refusal 413 `too-many-lines`, 422 `no-lines`."""
    texts = [(number, text) for number, text in enumerate(raw.split(b"\n"), start=1) if text.strip()]
    if len(texts) > LINES_MAX:
        raise Refusal(
            "too-many-lines",
            ko=f"한 번에 {LINES_MAX:,}줄까지 보내실 수 있습니다. 나누어 보내 주십시오.",
            en=f"A request has at most {LINES_MAX:,} lines. Please split it.",
            status=413,
        )
    if not texts:
        raise Refusal("no-lines", ko="보내신 신청이 없습니다.", en="There is no application in the request.")
    return [_line(number, text) for number, text in texts]


def _line(number: int, text: bytes) -> Line:
    try:
        return Line(number, SubmitApplication.model_validate_json(text).submission("staff"))
    except ValidationError as invalid:
        status, code, sentence, errors = refused(invalid)
        field = errors[0] if code == "invalid-request" else None
        code, sentence = (field.code, field.text) if field else (code, sentence)
        pointer = errors[0].pointer
        return Line(
            number, bulk.refused(number, status, code, ko=sentence.ko, en=sentence.en, pointer=pointer)
        )


def _check_type(content_type: str) -> None:
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise Refusal(
            "ndjson-expected",
            ko=f"NDJSON({MEDIA_TYPE})만 받습니다.",
            en=f"Only NDJSON ({MEDIA_TYPE}) is taken.",
            status=415,
        )


def _view(id_: UUID, results: Sequence[bulk.Result]) -> BulkView:
    lines = [LineView.model_validate(one) for one in results]
    added = sum(line.id is not None for line in lines)
    return BulkView(id=id_, added=added, refused=len(lines) - added, lines=lines)
