"""HTTP routes of programmes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic_core import PydanticCustomError
from starlette.requests import Request

from ieum.common.events.programme import Programme
from ieum.common.events.programme_file import load_programme
from ieum.common.privacy import purposes
from ieum.common.web import Body, Principal, create, requires, unit
from ieum.intake.programmes import actions

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.programmes.domain import Present

router = APIRouter(tags=["programmes"])

YAML_CHARACTERS_MAX = 200_000


_EXAMPLE = """\
id: city-walks-2022
version: 1
name: {ko: 이음 산책, en: City walks}
kind: group
agency: daegu-youth-centre
life_stages: [youth]
year: 2022
period: {opens: 2022-01-01, closes: 2022-12-31}
eligibility: {}
choices: {min: 1, max: 3}
opening: {kind: session, must_state: [capacity, district, field], minimum_wage: false}
matching:
  policy: rolling
  on_arrival: {top: 3}
  factors: {wishes: 100}
  answer_within_days: 1
  waiting_list: true
messages: {}
"""


def _one_of_two(schema: dict[str, Any]) -> None:
    """What `_one_of_both` checks, in JSON Schema's words."""
    kinds = {"yaml": "string", "definition": "object"}
    schema["oneOf"] = [
        {"required": [name], "properties": {name: {"type": kind}}} for name, kind in kinds.items()
    ]
    schema["examples"] = [{"yaml": _EXAMPLE}]


class PublishProgramme(Body):
    """A programme file's text as `yaml`, or the same as JSON in `definition` (or as the whole body)."""

    model_config = ConfigDict(json_schema_extra=_one_of_two)

    yaml: Annotated[str, StringConstraints(max_length=YAML_CHARACTERS_MAX)] | None = None
    definition: dict[str, Any] | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_definition(cls, sent: Any) -> Any:
        return {"definition": sent} if isinstance(sent, dict) and {"id", "version"} <= sent.keys() else sent

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.yaml is None) == (self.definition is None):
            raise PydanticCustomError(
                "yaml-or-definition",
                "one of both",
                {
                    "ko": "yaml과 definition 가운데 하나만 보내 주십시오.",
                    "en": "Send either yaml or definition.",
                },
            )
        return self

    def programme(self) -> Programme:
        """The programme; raises Refusal `file-invalid` with line, field and what was expected."""
        return load_programme(self.yaml or json.dumps(self.definition, ensure_ascii=False, indent=1))


class ProgrammeView(BaseModel):
    """The published version of a programme, whole."""

    id: str
    version: int
    published_at: datetime
    definition: Programme


class ProgrammeList(BaseModel):
    """All programmes, by id."""

    items: list[ProgrammeView]


@router.post("/programmes", status_code=201)
async def publish(
    request: Request, body: PublishProgramme, principal: Principal = requires("staff", "operator")
) -> ProgrammeView:
    """Publish a version of a programme; the present version sent again changes nothing."""
    programme, city = body.programme(), request.app.state.service.city

    async def do(tx: Tx) -> UUID:
        return await actions.publish(tx, city, programme)

    async def show(tx: Tx, id_: UUID) -> ProgrammeView:
        return _view(await actions.by_resource(tx, id_))

    return await create(request, principal, body, purposes.INTAKE, do=do, show=show)


@router.get("/programmes")
async def list_programmes(request: Request, principal: Principal = requires()) -> ProgrammeList:
    """All programmes."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return ProgrammeList(items=[_view(one) for one in await actions.every(tx)])


@router.get("/programmes/{id}")
async def show_programme(
    request: Request,
    id: str,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> ProgrammeView:
    """One programme, as published now."""
    async with unit(request, principal, purposes.INTAKE) as tx:
        return _view(await actions.current(tx, id))


def _view(present: Present) -> ProgrammeView:
    definition = present.definition
    return ProgrammeView(
        id=definition.id,
        version=present.version,
        published_at=present.published_at,
        definition=definition,
    )
