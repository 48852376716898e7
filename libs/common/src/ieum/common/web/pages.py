"""Pages: HTML from templates, in the reader's language, without scripts and without foreign hosts."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from ieum.common.kernel.dates import KST, written_moment
from ieum.common.web import csrf, sessions
from ieum.common.web.navigation import navigation
from ieum.common.web.openapi import operations
from ieum.common.web.texts import Text, preferred

if TYPE_CHECKING:
    from collections.abc import Sequence

_FOLDER = Path(__file__).parent
STATIC = _FOLDER / "static"
_SECRET = ("/links/", "/answers/")


def environment(folders: Sequence[Path] = ()) -> Environment:
    """The service's templates, then the common ones; everything is escaped, a missing name is a fault."""
    loader = ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, _FOLDER / "templates")])
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def render(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page in the reader's language; templates get `language`, `say(ko, en)`, `navigation`, `service`.

    And who is `signed_in`, `csrf` for the forms of that session, `here`, where to come back to,
    and `sign_in`, the origin of the pages where one signs in, empty where it is our own.
    """
    web = request.app.state.web
    language = preferred(request.headers.get("accept-language", ""))
    html = web.templates.get_template(template).render(
        language=language,
        say=lambda ko, en: Text(ko, en).to(language),
        navigation=navigation(),
        service=web.service,
        static=f"/{web.service}/static",
        signed_in=sessions.shown(request),
        korean_time=_korean_time,
        korean_moment=lambda when: written_moment(when, language),
        csrf=sessions.cookie(request, sessions.CSRF) or "",
        here=_here(request),
        sign_in=web.sign_in_origin or "",
        **context,
    )
    return HTMLResponse(html, status, headers={"Content-Language": language, "Vary": "Accept-Language"})


def _korean_time(moment: datetime) -> str:
    return f"{moment.astimezone(KST):%H:%M}"


def _here(request: Request) -> str:
    """The page to come back to; an address that is itself a key is kept out of other addresses."""
    if request.method not in csrf.SAFE or any(part in request.url.path for part in _SECRET):
        return ""
    return sessions.way_back(request)


def page_routes(service: str) -> APIRouter:
    """The landing page of a service and the plain listing of its operations."""
    router = APIRouter(include_in_schema=False)
    entry = next((item for item in navigation() if item.id == service), None)

    @router.get(f"/{service}")
    @router.get(f"/{service}/")
    async def landing(request: Request) -> HTMLResponse:
        return render(request, "landing.html.j2", entry=entry, version=request.app.version)

    @router.get(f"/{service}/docs")
    async def docs(request: Request) -> HTMLResponse:
        return render(request, "operations.html.j2", operations=operations(request.app.openapi()))

    return router
