"""The document says what can be answered and what can be done next, read off the routes."""

from __future__ import annotations

from typing import Annotated, Any

import httpx
from fastapi import APIRouter, Query
from pydantic import BaseModel

from ieum.common.web import Body, Metric, Version, WebSecrets, application, may, requires
from ieum.common.web.answers import TYPE_PREFIX

router = APIRouter()


class Well:
    def alive(self) -> list[str]:
        return []

    def ready(self) -> list[str]:
        return []

    def metrics(self) -> list[Metric]:
        return []


class Register(Body):
    name: str


class Apply(Body):
    person: str


class View(BaseModel):
    id: str


@router.post("/people", status_code=201)
async def register(body: Register, _: Any = requires("staff")) -> View:
    return View(id=body.name)


@router.get("/people/{id}", responses=may(409))
async def show(id: str, reveal: Annotated[str | None, Query(max_length=9)] = None) -> View:  # noqa: A002, ARG001
    return View(id=id)


@router.patch("/people/{id}")
async def correct(id: str, body: Register, version: Version) -> View:  # noqa: A002, ARG001
    return View(id=id)


@router.post("/applications", status_code=201)
async def apply(body: Apply) -> View:
    return View(id=body.person)


@router.get("/ping")
async def ping() -> None:
    """No parameter, no body: little can go wrong."""


def _app() -> Any:
    secrets = WebSecrets(token_public_pem=b"pem", search=bytes(32))
    return application("intake", version="1", health=Well(), secrets=secrets, routers=[router])


def _operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = _app().openapi()["paths"][f"/intake/{path}"][method]
    return found


def _statuses(method: str, path: str) -> list[int]:
    return sorted(int(status) for status in _operation(method, path)["responses"])


def test_an_operation_lists_what_its_shape_can_answer_and_no_more() -> None:
    assert _statuses("get", "ping") == [200, 503]
    assert _statuses("get", "people/{id}") == [200, 400, 404, 409, 422, 503]
    assert _statuses("post", "people") == [201, 400, 401, 403, 404, 409, 413, 422, 503]
    assert _statuses("patch", "people/{id}") == [200, 400, 404, 409, 412, 413, 422, 428, 503]


def test_each_answer_is_a_problem_with_an_example_in_both_languages() -> None:
    document = _app().openapi()
    reference = document["paths"]["/intake/people"]["post"]["responses"]["401"]["$ref"]
    answer = document["components"]["responses"][reference.rpartition("/")[2]]
    example = answer["content"]["application/problem+json"]["example"]
    assert example["type"] == f"{TYPE_PREFIX}unauthenticated"
    assert (example["detail_ko"], example["detail_en"]) == ("로그인이 필요합니다.", "Please sign in.")
    assert answer["headers"]["WWW-Authenticate"]["required"]


def test_a_parameter_that_is_not_given_is_not_null_and_if_match_is_required_in_its_form() -> None:
    [reveal] = [one for one in _operation("get", "people/{id}")["parameters"] if one["in"] == "query"]
    assert reveal["schema"] == {"title": "Reveal", "type": "string", "maxLength": 9}
    [match] = [one for one in _operation("patch", "people/{id}")["parameters"] if one["in"] == "header"]
    assert (match["name"], match["required"]) == ("If-Match", True)
    assert match["schema"]["pattern"] == '^"([1-9][0-9]{0,8})"$'


def test_links_lead_from_what_was_made_to_what_can_be_done_with_it() -> None:
    made = _operation("post", "people")["responses"]["201"]["links"]
    by_id = {"path.id": "$response.body#/id"}
    assert [link["parameters"] for link in made.values() if "parameters" in link] == [
        by_id,
        by_id | {"header.If-Match": "$response.header.ETag"},
    ]
    assert [link["requestBody"] for link in made.values() if "requestBody" in link] == [
        {"person": "$response.body#/id"}
    ]
    shown = _operation("get", "people/{id}")["responses"]["200"]["links"]
    assert {link["operationId"] for link in shown.values()} == {
        _operation("get", "people/{id}")["operationId"], _operation("patch", "people/{id}")["operationId"],
    }  # fmt: skip


async def test_405_names_every_method_of_the_address_not_those_of_one_route() -> None:
    app = _app()
    app.state.web.started = True
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        for path, allowed in (("people/7", "GET, PATCH"), ("people", "POST"), ("ping", "GET")):
            answer = await client.delete(f"/intake/{path}")
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
