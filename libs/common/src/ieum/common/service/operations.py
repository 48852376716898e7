"""What an operator may do with a running service: dead letters."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel

from ieum.common.kafka import deadletters, redriving
from ieum.common.kafka.applying import Applier
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit

router = APIRouter(prefix="/operations", tags=["operations"])

_IDS = {"ge": 1, "le": 2**63 - 1}  # a bigint: what is larger is no id
LetterId = Annotated[int, Path(**_IDS)]
_GROUP = r"^[a-z0-9-]{1,80}$"
Group = Annotated[str, Path(pattern=_GROUP)]


class LetterView(BaseModel):
    """A dead letter without its bytes; `withheld` where they were not kept."""

    id: int
    grp: str
    topic: str
    part: int
    offs: int
    reason: str
    parks_key: bool
    parked_at: datetime
    attempts: int
    withheld: bool


class LetterContent(LetterView):
    """A dead letter with what it holds; personal data in it is sealed, and stays so."""

    key: str | None
    headers: list[tuple[str, str | None]]
    value: str | None


class RedrivenView(BaseModel):
    """How many letters were applied, and how many stay."""

    applied: int
    failed: int


@router.get("/deadletters")
async def list_letters(
    request: Request,
    group: Annotated[str | None, Query(pattern=_GROUP)] = None,
    principal: Principal = requires("operator"),
) -> list[LetterView]:
    """The dead letters of this service in the order of parking."""
    async with unit(request, principal, purposes.OPERATION) as tx:
        return [LetterView(**row) for row in await deadletters.listing(tx, group)]


@router.get("/deadletters/{group}/{letter}")
async def show_letter(
    request: Request, group: Group, letter: LetterId, principal: Principal = requires("operator")
) -> LetterContent:
    """One dead letter with its headers and value."""
    async with unit(request, principal, purposes.OPERATION) as tx:
        found = await deadletters.one(tx, group, letter)
    if found is None:
        raise _no_such_letter()
    return LetterContent(**found)


@router.post("/deadletters/{group}/redrive", status_code=200)
async def redrive(
    request: Request,
    group: Group,
    letter: Annotated[int | None, Query(**_IDS)] = None,
    _: Principal = requires("operator"),
) -> RedrivenView:
    """Run the group's handlers on its dead letters, or on one of them."""
    done = await redriving.redrive(_applier(request, group), letter)
    return RedrivenView(applied=done.applied, failed=done.failed)


@router.delete("/deadletters/{group}/{letter}", status_code=204)
async def discard(
    request: Request, group: Group, letter: LetterId, _: Principal = requires("operator")
) -> None:
    """Give a dead letter up for good."""
    if not await redriving.discard(_applier(request, group), letter):
        raise _no_such_letter()


def _no_such_letter() -> Refusal:
    return Refusal(
        "no-such-letter", ko="그런 보류 기록이 없습니다.", en="There is no such dead letter.", status=404
    )


def _applier(request: Request, group: str) -> Applier:
    for consumer in request.app.state.service.consumers:
        if consumer.group == group:
            return consumer.applier  # type: ignore[no-any-return]
    raise Refusal(
        "no-such-group",
        ko="이 서비스에 그런 소비자 그룹이 없습니다.",
        en="This service has no such group.",
        status=404,
    )
