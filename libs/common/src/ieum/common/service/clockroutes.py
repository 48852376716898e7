"""The clock's control endpoint, in development only: a week of timers runs in a second."""

from __future__ import annotations

from datetime import datetime, timedelta

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from ieum.common.web import Body, Principal, example, requires

router = APIRouter(prefix="/development", tags=["development"])

YEARS_MAX_SECONDS = 10 * 366 * 86_400


class Advance(Body):
    """By how many seconds the service's clock moves on."""

    model_config = example({"seconds": 86400})

    seconds: int = Field(ge=0, le=YEARS_MAX_SECONDS)


class ClockView(BaseModel):
    """The service's clock, and how far it is ahead of the machine's."""

    now: datetime
    ahead_seconds: float


@router.get("/clock")
async def show(request: Request) -> ClockView:
    """The service's present moment."""
    clock = request.app.state.service.clock
    return ClockView(now=clock.now(), ahead_seconds=clock.offset.total_seconds())


@router.put("/clock")
async def advance(request: Request, body: Advance, _: Principal = requires("operator")) -> ClockView:
    """Move the clock on."""
    clock = request.app.state.service.clock
    clock.advance(timedelta(seconds=body.seconds))
    return ClockView(now=clock.now(), ahead_seconds=clock.offset.total_seconds())
