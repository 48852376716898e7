"""Who is signed in, and goodbye: plain pages, without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.kernel.errors import Refusal
from ieum.common.web import render, sessions
from ieum.intake.sessions import domain
from ieum.intake.sessions.door import SESSION, Door, back_to

TEMPLATES = Path(__file__).parent / "templates"

Next = Annotated[str | None, Query(max_length=domain.NEXT_LENGTH_MAX)]


def routes(door: Door) -> APIRouter:
    """The pages of a door."""
    router = APIRouter(include_in_schema=False)

    @router.get("/session/page")
    async def page(request: Request, next: Next = None) -> Response:  # noqa: A002 - the query's own word
        """Who is signed in and until when; or how to sign in."""
        await door.entered(request, sessions.cookie(request, SESSION), used=True)
        return render(
            request,
            "session.html.j2",
            session=getattr(request.state, "session", None),
            next=door.way_back(next) if next else "",
            open=door.provider is not None,
            citizens=door.citizens,
        )

    @router.get("/session/ended")
    async def ended(request: Request) -> Response:
        """Signed out here; the provider, too, is asked to let go."""
        away = None
        if door.provider:
            try:
                away = await door.provider.farewell(back_to(request).replace("/callback", "/page"))
            except Refusal:
                away = None  # it is away itself: here one is signed out all the same
        return render(request, "session-ended.html.j2", away=away)

    return router
