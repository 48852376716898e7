"""HTTP routes of documents. A file is given out as an attachment alone, never to be shown in a page."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import find_forbidden, refusal
from ieum.common.privacy import purposes
from ieum.common.web import Made, Principal, check_key, create, requires, unit
from ieum.common.web.edge import SANDBOX_POLICY
from ieum.intake.documents import actions, domain, receiving, views
from ieum.intake.documents.views import DocumentList, DocumentView
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.documents.receiving import Reception

OWN = "본인 열람"
Holder = Annotated[UUID, Query(description="작성 중인 신청이나 접수된 신청 / a draft or an application")]
Reason = Annotated[str | None, Query(min_length=2, max_length=200, description="왜 보는지 / why")]
Asked = Annotated[str | None, Query(max_length=60, description="요청된 서류 / which of those asked for")]

_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FILE = {
    "requestBody": {"required": True, "content": {"application/octet-stream": _BINARY}},
    "parameters": [
        {
            "name": receiving.HEADER,
            "in": "header",
            "required": True,
            "description": "The file's name (RFC 8187).",
            "schema": {"type": "string", "pattern": receiving.NAMED},
            "example": "attachment; filename*=UTF-8''%EA%B3%84%ED%9A%8D.pdf",
        }
    ],
}
# Whatever it is, a browser saves it: it runs, frames and guesses nothing.
_HEADERS = {"Content-Security-Policy": SANDBOX_POLICY, "Cache-Control": "no-store"}


def routes(reception: Reception) -> APIRouter:
    """The routes, with the place where files come in."""
    router = APIRouter(tags=["documents"])

    @router.post("/documents", status_code=201, openapi_extra=_FILE)
    async def attach(
        request: Request,
        holder: Holder,
        asked: Asked = None,
        principal: Principal = requires("citizen", "staff"),
    ) -> DocumentView:
        """Attach a file, looked into before it is kept; scanned pictures of text cannot be searched.

        PDF, JPEG, PNG, HWPX, HWP, DOCX or XLSX. Pictures are written anew without place and time.
        """
        desk, most = Desk.of(request.app.state.service), reception.files_max
        check_key(request, principal)
        name, extension = receiving.name_in(request)
        async with reception.place():
            async with unit(request, principal, purposes.INTAKE) as tx:
                await actions.check(tx, desk, holder, asked)
            content = await reception.take(request)
            sent = b"\n".join((holder.bytes, (asked or "").encode(), name.encode(), sha256(content).digest()))
            file = await reception.inspectors.inspect(content, extension)

            async def do(tx: Tx) -> Made[DocumentView]:
                id_ = await actions.attach(tx, desk, holder, asked, name, file, most=most)
                return Made(id_, await show(tx, id_))

            async def show(tx: Tx, id_: UUID) -> DocumentView:
                return views.view(await actions.shown(tx, desk, id_))

            return await create(request, principal, sent, purposes.INTAKE, do=do, show=show)

    @router.get("/documents")
    async def list_documents(
        request: Request,
        holder: Holder,
        reveal: Reason = None,
        principal: Principal = requires("citizen", "staff", "official"),
    ) -> DocumentList:
        """What is asked for and what is there; with `reveal` the files' names too, which is recorded."""
        _check_reason(reveal)
        desk = Desk.of(request.app.state.service)
        async with unit(request, principal, purposes.INTAKE) as tx:
            return views.listed(await actions.held(tx, desk, holder, reveal=reveal))

    @router.get(
        "/documents/{id}", response_class=Response, responses={200: {"content": {"application/*": _BINARY}}}
    )
    async def download(
        request: Request,
        id: UUID,  # noqa: A002 - the path's own word
        reason: Reason = None,
        principal: Principal = requires("citizen", "staff", "official"),
    ) -> Response:
        """One file to save; staff say why. The download is recorded."""
        _check_reason(reason)
        if reason is None and _is_staff(principal):
            raise Refusal(
                "reason-missing",
                ko="내려받으시는 사유를 적어 주시기 바랍니다.",
                en="Please say why you download this.",
            )
        async with unit(request, principal, purposes.INTAKE) as tx:
            found = await actions.download(tx, Desk.of(request.app.state.service), id, reason=reason or OWN)
        headers = {
            **_HEADERS,
            "Content-Disposition": domain.disposition(found.name),
            "Content-Length": str(found.document.size_bytes),
        }
        return StreamingResponse(found.content, media_type="application/octet-stream", headers=headers)

    @router.delete("/documents/{id}", status_code=204)
    async def remove(
        request: Request,
        id: UUID,  # noqa: A002 - the path's own word
        principal: Principal = requires("citizen", "staff"),
    ) -> None:
        """Take a file away, while nothing is decided."""
        async with unit(request, principal, purposes.INTAKE) as tx:
            await actions.remove(tx, Desk.of(request.app.state.service), id)

    return router


def _is_staff(principal: Principal) -> bool:
    """Whether somebody other than a citizen asks."""
    return bool(principal.roles & {"staff", "official"})


def _check_reason(reason: str | None) -> None:
    if reason and (found := find_forbidden(reason)):
        raise refusal(found.kind)
