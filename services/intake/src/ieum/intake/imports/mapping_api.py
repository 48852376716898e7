"""HTTP routes of agencies' mappings of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.privacy import purposes
from ieum.common.web import Principal, Version, create, etag, requires, unit
from ieum.intake.imports import domain, mappings
from ieum.intake.imports.mapping import ColumnMapping, Kind
from ieum.intake.imports.views import MappingBody, MappingList, MappingView, NewMapping, mapping_view

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ieum.common.postgres import Tx

router = APIRouter(tags=["imports"])

# A programme's questions are columns of applications, and are known when a file is sent.
_KNOWN: Mapping[Kind, Sequence[str] | None] = {
    "applications": None,
    "people": domain.PERSON_COLUMNS,
    "organisations": domain.ORGANISATION_COLUMNS,
}


@router.post("/imports/mappings", status_code=201)
async def keep_mapping(
    request: Request, response: Response, body: NewMapping, principal: Principal = requires("staff")
) -> MappingView:
    """Keep what the agency's own headers and words mean."""

    async def do(tx: Tx) -> UUID:
        if tx.actor.agency is None:
            raise Refusal(
                "agency-missing",
                ko="소속 기관이 있는 담당자만 저장하실 수 있습니다.",
                en="Only staff of an agency keep mappings.",
                status=403,
            )
        one = ColumnMapping(
            id=new_id(tx.now),
            agency=tx.actor.agency,
            version=1,
            created_at=tx.now,
            changed_at=tx.now,
            **body.model_dump(),
        )
        return await mappings.keep(tx, one, _KNOWN[body.kind])

    made = await create(request, principal, body, purposes.INTAKE, do=do, show=_shown)
    if isinstance(made, MappingView):
        response.headers["ETag"] = etag(made.version)
    return made


@router.get("/imports/mappings")
async def list_mappings(
    request: Request,
    kind: Annotated[Kind | None, Query()] = None,
    principal: Principal = requires("staff"),
) -> MappingList:
    """The agency's mappings."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return MappingList(items=[mapping_view(one) for one in await mappings.of_agency(tx, kind)])


@router.get("/imports/mappings/{id}")
async def show_mapping(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires("staff"),
) -> MappingView:
    """One mapping; its version is the ETag."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await _shown(tx, id)
    response.headers["ETag"] = etag(found.version)
    return found


@router.put("/imports/mappings/{id}")
async def change_mapping(
    request: Request,
    response: Response,
    id: UUID,  # noqa: A002 - the path's own word
    body: MappingBody,
    version: Version,
    principal: Principal = requires("staff"),
) -> MappingView:
    """Replace what a mapping says; needs `If-Match`."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        found = await mappings.change(tx, id, body.model_dump(), _KNOWN, version=version)
    response.headers["ETag"] = etag(found.version)
    return mapping_view(found)


async def _shown(tx: Tx, id_: UUID) -> MappingView:
    return mapping_view(await mappings.shown(tx, id_))
