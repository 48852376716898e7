"""If-Match: required where a route changes what others may change, exact, and told in the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import APIRouter

from ieum.common.kernel.errors import Stale
from ieum.common.web import Version, application, etag

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

router = APIRouter()
PRESENT = 3


@router.post("/things/change")
async def change(version: Version) -> int:
    if version != PRESENT:
        raise Stale
    return version


@pytest.fixture
async def things(health, secrets, clock) -> AsyncIterator[httpx.AsyncClient]:
    app = application(
        "intake", version="0.1.0", health=health, secrets=secrets, routers=[router], clock=clock
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake.test") as client:
        yield client


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (None, 428, "if-match-missing"),
        (etag(2), 412, "stale"),
        ("3", 400, "if-match-malformed"),
        ("*", 400, "if-match-malformed"),
        ('W/"3"', 400, "if-match-malformed"),
        ('"3", "2"', 400, "if-match-malformed"),
        ('"0"', 400, "if-match-malformed"),
    ],
)
async def test_only_the_present_version_passes(
    things: httpx.AsyncClient, sent: str | None, status: int, code: str
) -> None:
    answer = await things.post("/intake/things/change", headers={"If-Match": sent} if sent else {})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (status, code)
    assert (await things.post("/intake/things/change", headers={"If-Match": etag(PRESENT)})).json() == PRESENT


async def test_the_document_names_the_header(things: httpx.AsyncClient) -> None:
    schema = (await things.get("/intake/openapi.json")).json()
    parameters = schema["paths"]["/intake/things/change"]["post"]["parameters"]
    assert [(one["in"], one["name"].lower()) for one in parameters] == [("header", "if-match")]
