"""Trying out changed rules as a page: a file goes in, a table with plots comes out, nothing is written."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.events.programme_file import load_programme
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import purposes
from ieum.common.web import Principal, render, requires, unit
from ieum.common.web.texts import Text
from ieum.matching.fairness.labels import DIMENSIONS, label, labels
from ieum.matching.markets import actions as markets
from ieum.matching.simulation import actions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ieum.common.service.app import Service
    from ieum.matching.simulation.domain import Line, Simulated

    Parts = dict[str, list[tuple[Text, Line]]]

TEMPLATES = Path(__file__).parent / "templates"
FIELDS_MAX = 5
DAYS = 365
"""So far back the form begins."""

router = APIRouter(include_in_schema=False)


@router.get("/simulation")
async def form(request: Request, _: Principal = requires()) -> Response:
    """The form: a programme's file with its changes, and since when."""
    since = korean_date(request.app.state.service.clock.now()) - timedelta(days=DAYS)
    return _page(request, {"since": since.isoformat()})


@router.post("/simulation")
async def simulate(request: Request, principal: Principal = requires()) -> Response:
    """Who would gain and who would lose; for staff of the agency that runs the programme. Nothing is kept."""
    fields: dict[str, str] = {}
    try:
        fields = _read(await request.body())
        new, since = load_programme(fields.get("file", "")), _day(fields.get("since", ""))
        service: Service = request.app.state.service
        async with unit(request, principal, purposes.MATCHING) as tx:
            if not await markets.is_run_by(tx, new.id, principal.agency):
                raise markets.unknown_programme()
            past = await actions.past(tx, new, since, service.city)
        found = await actions.compare(past, service.settings.clearing_seconds_max)  # type: ignore[attr-defined]
    except Refusal as refused:
        text = Text(refused.ko, refused.en)
        return _page(request, fields, status=refused.status, refused=text)
    return _page(request, fields, found=found, parts=_parts(found, service))


def _page(
    request: Request,
    fields: Mapping[str, str],
    *,
    status: int = 200,
    refused: Text | None = None,
    found: Simulated | None = None,
    parts: Parts | None = None,
) -> Response:
    shown = [one for rows in (parts or {}).values() for _, one in rows]
    return render(
        request,
        "simulation.html.j2",
        status=status,
        file=fields.get("file", ""),
        since=fields.get("since", ""),
        refused=refused,
        found=found,
        parts=parts or {},
        dimensions=DIMENSIONS,
        most=max((n for one in shown for n in (one.gain, one.lose) if n), default=1),
    )


def _parts(found: Simulated, service: Service) -> Parts:
    names = labels(service.city)
    parts: Parts = {}
    for line in found.lines:
        parts.setdefault(line.dimension, []).append((label(line.dimension, line.name, names), line))
    return parts


def _read(raw: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(raw.decode(), max_num_fields=FIELDS_MAX))
    except ValueError:
        raise Refusal(
            "form-unreadable",
            ko="보내신 내용을 읽을 수 없습니다. 다시 시도해 주십시오.",
            en="What was sent could not be read. Please try again.",
        ) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(
            "bad-day",
            ko="시작일을 2026-01-31과 같은 형식으로 적어 주십시오.",
            en="Give the first day as in 2026-01-31.",
        ) from None
