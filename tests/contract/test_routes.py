"""What the routes of all services promise.

Every POST that creates demands an Idempotency-Key, before it asks the database anything; and in production
nobody moves a clock.
"""

from __future__ import annotations

import importlib
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from ieum.common.local.secrets import ensure_secrets
from ieum.common.service.app import Service
from ieum.common.service.prepare import SERVICES
from ieum.common.service.run import complete
from ieum.common.service.settings import REPOSITORY
from ieum.common.web.tokens import ROLES, issue

ID = str(uuid4())
FIRM = {"name": "시험공방", "roles": ["workplace"], "district": "27140"}
OPENING = {
    "programme": "p", "organisation": ID, "code": "A-1", "title": "일경험", "capacity": 1,
    "district": "27140", "field": "정보통신", "skills": [], "wage_hourly_won": 12_000,
    "hours_per_week": 40, "months": 12, "contract": "기간제 근로계약",
}  # fmt: skip
PERSON = {"name": "홍길동", "birth_date": "1998-03-05", "email": "a@mail.ieum.test", "district": "27140"}
PROGRAMME = REPOSITORY / "deploy/cities/daegu/programmes/yes-matching-2022.yaml"
CSV = "이름,생년월일,전화,이메일,구군,이사예정,취업상태,기술,희망분야,희망1,희망2,희망3,희망4,희망5,비고\r\n"

CREATES: dict[str, dict[str, Any] | None] = {
    "/intake/people": {"json": PERSON},
    "/intake/people/{id}/erasure": {},
    "/intake/people/{id}/consents": {
        "json": {"purpose": "referral", "recipients": ["a"], "fields": ["name"], "until": "2099-12-31"},
    },
    "/intake/people/{id}/consents/{consent}/withdrawal": {},
    "/intake/people/{id}/representatives/{representation}/end": {},
    "/intake/people/{id}/merge": {"json": {"into": ID, "reason": "same-phone"}},
    "/intake/people/{id}/unmerge": {},
    "/intake/organisations": {"json": FIRM},
    "/intake/openings": {"json": OPENING},
    "/intake/programmes": {"json": {"yaml": PROGRAMME.read_text(encoding="utf-8")}},
    "/intake/applications": {"json": {"person": ID, "programme": "p", "choices": ["A-1"]}},
    "/intake/applications/bulk": {
        "content": b'{"person": "%s", "programme": "p", "choices": ["A-1"]}' % ID.encode(),
        "headers": {"Content-Type": "application/x-ndjson"},
    },
    "/intake/applications/{id}/withdrawal": {},
    "/intake/applications/{id}/appeals": {"json": {"grounds": "점수가 다릅니다."}},
    "/intake/appeals/{id}/decision": {"json": {"outcome": "upheld", "reasons_ko": "확인하였습니다."}},
    "/intake/appeals/{id}/withdrawal": {},
    "/intake/drafts": None,
    "/intake/drafts/{id}/submission": {"headers": {"If-Match": '"1"'}},
    "/intake/documents": {
        "params": {"holder": ID}, "content": b"%PDF-1.7",
        "headers": {"Content-Disposition": "attachment; filename*=UTF-8''a.pdf"},
    },
    "/intake/imports/applications": {
        "params": {"programme": "p"}, "content": CSV.encode(), "headers": {"Content-Type": "text/csv"},
    },
    "/intake/imports/people": {"content": CSV.encode(), "headers": {"Content-Type": "text/csv"}},
    "/intake/imports/organisations": {"content": CSV.encode(), "headers": {"Content-Type": "text/csv"}},
    "/intake/imports/mappings": {"json": {"name": "서식", "kind": "people", "columns": {"성명": "이름"}}},
    "/matching/rounds": {"json": {"programme": "p"}},
    "/matching/assignments": None,
    "/matching/matches/{id}/reports": {
        "json": {"week": "2022-04-04", "hours": 38, "days_present": 5, "days_absent": 0, "text": "편집함"},
    },
    **dict.fromkeys(
        (
            "/intake/reports",
            "/intake/referrals",
            "/intake/agreements",
            "/intake/people/{id}/representatives",
            "/intake/visits",
            "/intake/visits/{id}/windows",
            "/intake/calls",
            "/intake/counselling/sessions",
            "/intake/counselling/sessions/{id}/notes",
            "/intake/outreach/routes",
            "/intake/outreach/routes/{id}/stops",
            "/intake/outreach/stops/{id}/result",
            "/intake/staff",
            "/intake/staff/emergencies",
            *(
                f"/intake/cases/{{id}}/{part}"
                for part in (
                    "owner", "steps", "closing", "reopening", "persons", "goals", "services", "conferences",
                    "notes",
                )
            ),
        )
    ),
}  # fmt: skip
"""Path → a request that is right in all but the missing header; None: the first example of its document."""

CHANGES = {
    "/matching/matches/{id}/acceptance",
    "/matching/matches/{id}/refusal",
    *(f"/matching/matches/{{id}}/{step}" for step in ("start", "completion", "ending", "review")),
    "/matching/applications/{id}/review",
    *(f"/matching/openings/{{id}}/{step}" for step in ("interview-times", "shortlist", "invitations")),
    *(
        f"/matching/interviews/{{id}}/{step}"
        for step in ("booking", "refusal", "change", "calling-off", "scores", "absence")
    ),
    "/matching/follow-ups/{id}/completion",
    "/matching/matches/{id}/reports/{week}/confirmation",
    "/matching/rounds/{id}/closing",
    "/matching/rounds/{id}/commitments",
    "/matching/rounds/{id}/computation",
    "/matching/assignments/proposals",
    "/matching/assignments/{id}/confirmation",
    "/matching/assignments/{id}/end",
    "/matching/rounds/{id}/confirmation",
    "/matching/rounds/{id}/end",
    "/matching/rounds/{id}/return",
    "/matching/rounds/{id}/reveals",
    "/intake/cases/handover",
    "/intake/reviews/{id}/stepping-back",
    "/intake/agreements/{id}/end",
    "/intake/visits/{id}/person",
    "/intake/visits/{id}/departure",
    *(f"/intake/windows/{{id}}/{step}" for step in ("call", "put-back", "service", "departure")),
    "/intake/calls/{id}/result",
    *(f"/intake/counselling/sessions/{{id}}/{step}" for step in ("schedule", "result", "cancellation")),
    "/intake/operations/keys/rewrap",
    "/intake/operations/keys/reconcile",
    "/intake/organisations/{id}/verification",
    "/intake/staff/{id}/departure",
    "/intake/session/extension",
    "/intake/session/sign-out",
    *(
        f"/intake/referrals/{{id}}/{step}"
        for step in ("receipt", "acceptance", "return", "service", "closure", "link")
    ),
    *(f"/{service}/operations/deadletters/{{group}}/redrive" for service in SERVICES),
}
"""Paths of a POST that moves on what is there: repeated, it changes nothing more."""


def _application(service: str, secrets: Path, mode: str = "development") -> FastAPI:
    """The application that the service's process serves; no server is behind it."""
    ensure_secrets(secrets)
    settings = getattr(
        importlib.import_module(f"ieum.{service}.settings"), f"{service.capitalize()}Settings"
    )(
        kafka="127.0.0.1:1", database="postgresql://nobody@127.0.0.1:1/none", secrets=secrets,
        mode=mode,
    )  # fmt: skip
    built: Service = importlib.import_module(f"ieum.{service}.app").build(settings)
    app = complete(built).application()
    app.state.web.started = True
    return app


def _posts(app: FastAPI) -> dict[str, bool]:
    """Path of each POST → whether it says that it creates: 201, or 202 where the rest follows."""
    paths = get_openapi(title="all", version="1", routes=app.routes)["paths"]
    made = {"201", "202"}
    return {
        path: bool(made & item["post"]["responses"].keys()) for path, item in paths.items() if "post" in item
    }


def _request(app: FastAPI, path: str) -> dict[str, Any]:
    """A request that is right but for the key: ours, or the first example that the document gives."""
    if (ours := CREATES[path]) is not None:
        return ours
    document = get_openapi(title="all", version="1", routes=app.routes)
    schema = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    model = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return {"json": model["examples"][0], "headers": {"If-Match": '"1"'}}


async def _ask_without_key(app: FastAPI, secrets: Path, path: str, request: dict[str, Any]) -> httpx.Response:
    pem = (secrets / "token_private.pem").read_bytes()
    token = issue(
        pem, subject="kim", roles=ROLES, agency="daegu-youth-centre", minutes=5, now=datetime.now(UTC)
    )
    headers = {"Authorization": f"Bearer {token}", **request.get("headers", {})}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://ieum") as client:
        return await client.post(re.sub(r"\{\w+\}", ID, path), **{**request, "headers": headers})


def _demands_key(answer: httpx.Response) -> bool:
    code = answer.json()["type"].rpartition("/")[2]
    return (answer.status_code, code) == (400, "idempotency-key-missing")


@pytest.mark.parametrize("service", SERVICES)
def test_every_post_is_known_to_create_or_to_change(service: str, tmp_path: Path) -> None:
    """A new POST fails here until somebody says which of the two it is."""
    posts = _posts(_application(service, tmp_path))
    own = f"/{service}/"
    assert {path for path, creates in posts.items() if creates} == {
        path for path in CREATES if path.startswith(own)
    }
    assert {path for path, creates in posts.items() if not creates} == {
        path for path in CHANGES if path.startswith(own)
    }


@pytest.mark.parametrize("path", CREATES)
async def test_a_post_that_creates_is_refused_without_its_key(path: str, tmp_path: Path) -> None:
    app = _application(path.split("/")[1], tmp_path)
    answer = await _ask_without_key(app, tmp_path, path, _request(app, path))
    assert _demands_key(answer), answer.text


async def test_a_route_that_goes_past_the_key_would_be_seen(tmp_path: Path) -> None:
    router = APIRouter()

    @router.post("/past", status_code=201)
    async def past() -> str:
        return "made"

    app = _application("intake", tmp_path)
    app.include_router(router)
    assert _posts(app)["/past"]
    assert (await _ask_without_key(app, tmp_path, "/past", {})).status_code == 201


@pytest.mark.parametrize("service", SERVICES)
def test_the_clock_is_moved_in_development_only(service: str, tmp_path: Path) -> None:
    def paths(mode: str) -> set[str]:
        return set(_application(service, tmp_path, mode).openapi()["paths"])

    assert paths("development") - paths("production") == {f"/{service}/development/clock"}
