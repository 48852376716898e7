"""A tiny service with one route of each kind, and a client that talks to it as HTTP does."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import APIRouter, Request
from pydantic import Field

from ieum.common.kernel.clock import ManualClock
from ieum.common.kernel.errors import Refusal
from ieum.common.web import Body, CorporateNumber, Metric, Principal, WebSecrets, application, requires
from ieum.common.web.tokens import issue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Address(Body):
    district: Annotated[str, Field(max_length=10)]


class Person(Body):
    name: Annotated[str, Field(min_length=2, max_length=60)]
    age: Annotated[int, Field(ge=0, le=120)] = 20
    kind: Literal["youth", "elder"] = "youth"
    note: str | None = None
    address: Address | None = None
    answers: dict[str, str | int] = {}
    corporate_number: CorporateNumber | None = None


@dataclass
class SettableHealth:
    problems: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    samples: list[Metric] = field(default_factory=list)

    def alive(self) -> list[str]:
        return self.problems

    def ready(self) -> list[str]:
        return self.reasons

    def metrics(self) -> list[Metric]:
        return self.samples


class Keys:
    def __init__(self) -> None:
        key = Ed25519PrivateKey.generate()
        self.private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def token(self, *roles: str, subject: str = "kim", agency: str | None = "daegu-youth-centre") -> str:
        return issue(
            self.private, subject=subject, roles=roles, agency=agency, name="김민지", minutes=480, now=NOW
        )

    def headers(self, *roles: str, subject: str = "kim") -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(*roles, subject=subject)}"}


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def health() -> SettableHealth:
    return SettableHealth()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def secrets(keys: Keys) -> WebSecrets:
    return WebSecrets(keys.public, bytes(range(32)))


def tiny_routes() -> APIRouter:
    router = APIRouter()

    @router.post("/people", status_code=201)
    async def register(body: Person) -> dict[str, str]:
        """Register a person."""
        return {"name": body.name}

    @router.get("/people/{number}")
    async def show(number: int) -> int:
        return number

    @router.get("/refused")
    async def refused() -> None:
        raise Refusal("closed", ko="마감되었습니다.", en="It is closed.", status=409, pointer="/opening")

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("the phone of Kim is 010-1234-5678")

    @router.get("/away")
    async def away() -> None:
        raise ConnectionRefusedError("127.0.0.1:5432")

    @router.get("/staff")
    async def staff(principal: Annotated[Principal, requires("staff", "official")]) -> dict[str, str | None]:
        return {"subject": principal.subject, "agency": principal.agency, "name": principal.name}

    @router.post("/bytes")
    @router.post("/imports/file")
    async def read(request: Request) -> int:
        return len(await request.body())

    return router


@pytest.fixture
def app(health: SettableHealth, secrets: WebSecrets, clock: ManualClock) -> FastAPI:
    return application(
        "intake",
        version="0.1.0",
        health=health,
        secrets=secrets,
        routers=[tiny_routes()],
        body_limits={"/intake/imports/": 3 * 1024 * 1024},
        clock=clock,
    )


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake.test") as client:
        yield client
