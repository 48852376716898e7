"""Schemathesis's engine on a service in this process: what was asked, what was answered, what was wrong."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis import hooks
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from .exceptions import LEFT_OUT, excused, mutated
from .seeds import SEEDS
from .services import AGENCY, Served

ALL = ("citizen", "staff", "official", "workplace", "operator", "auditor")
# Who asks, and how often: whoever may do everything comes furthest, the others see what is closed to them.
WHO: list[tuple[int, tuple[str, ...], str, str | None]] = [
    (8, ALL, "kim", AGENCY),
    (3, ("staff",), "dalseo-gu-hope-lead", "dalseo-gu-hope"),
    (2, ("staff",), "lee", "jung-gu-hope"),
    (1, ("citizen",), "citizen-1", None),
    (1, ("workplace",), "firm-1", None),
    (1, ("official",), "park", AGENCY),
    (1, ("operator",), "oh", AGENCY),
    (1, ("auditor",), "ahn", AGENCY),
    (1, ("staff",), "nobody", None),
]
OFTEN, SELDOM, RECENT = 0.8, 0.1, 12
_HANGUL = re.compile("[가-힣]+")
_ITEM = re.compile(r"([^/{}]+)/\{(\w+)\}")
COLLECTIONS = {"person": "people", "into": "people", "organisation": "organisations"}
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]
ACCEPTED = ["2xx", "401", "403", "404", "409", "412"]  # 422 is looked into: see exceptions.py


@dataclass
class Asked:
    """The outcome of a run; a failure says the check, the operation and what was seen, by seed repeatable."""

    operations: int
    requests: int = 0
    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    answered: dict[str, set[int]] = field(default_factory=dict)
    excused: Counter[str] = field(default_factory=Counter)
    failures: dict[tuple[str, str, str], str] = field(default_factory=dict)


class OneLoop:
    """The application, counting; it tells the loop in which it is served, where its pool lives."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.requests = 0
        self.held: dict[str, list[str]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        self.requests += 1
        await self.served.app(scope, receive, send)

    async def _live(self, receive: Any, send: Any) -> None:
        """What the process does at its start and end, without the broker."""
        self.loop = asyncio.get_running_loop()
        await receive()
        self.held.update(await SEEDS[self.served.name](self.served))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.served.service.database.close(), self.loop).result()


def ask(
    served: Served,
    *,
    phases: Iterable[str],
    examples: int,
    seed: int,
    steps: int = 8,
    only: tuple[str, ...] = (),
) -> Asked:
    """Run these phases of Schemathesis on the service's own document, or on these of its paths."""
    app = OneLoop(served)
    config = _config(phases, examples, seed, steps)
    schema = schemathesis.openapi.from_asgi(f"/{served.name}/openapi.json", app, config=config)
    for label in LEFT_OUT:
        method, path = label.format(service=served.name).split()
        schema = schema.exclude(method=method, path=path)
    if only:
        schema = schema.include(path=list(only))
    before_call = _prepare(schema, served, Memory(random.Random(seed), app.held))
    raw = schema.raw_schema["paths"]
    templates = {path: set(item) for path, item in raw.items()}
    asked = Asked(sum(1 for _ in schema.get_all_operations()))

    @schema.hook
    def filter_failure(_context: Any, failure: Any, case: Any, response: Any) -> bool:
        reason = excused(failure, case, response, templates)
        if reason:
            asked.excused[reason] += 1
        return reason is None

    schemathesis.hook(before_call)  # the one hook that no schema may have for itself
    try:
        for event in from_schema(schema).execute():
            _note(asked, event)
    finally:
        hooks.unregister(before_call)
        app.close()
    asked.requests = app.requests
    return asked


def _config(phases: Iterable[str], examples: int, seed: int, steps: int) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "continue-on-failure": True,
            "generation": {
                "max-examples": examples, "no-shrink": True, "with-security-parameters": False,
                "database": "none",
            },
            "phases": {"enabled": False, **{name: {"enabled": True} for name in phases}}
            | ({"stateful": {"enabled": True, "max-steps": steps}} if "stateful" in phases else {}),
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ACCEPTED},
                "negative_data_rejection": {"expected-statuses": REFUSED},
                "missing_required_header": {"expected-statuses": ["400", "401", "403", "422", "428"]},
            },
        }
    )  # fmt: skip


def _prepare(schema: Any, served: Served, memory: Memory) -> Any:
    tokens = [served.token(*roles, subject=subject, agency=agency) for _, roles, subject, agency in WHO]
    weights = [weight for weight, *_ in WHO]

    class Auth:
        def get(self, _case: Any, _context: Any) -> str:
            return memory.chance.choices(tokens, weights)[0]

        def set(self, case: Any, data: str, _context: Any) -> None:
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"

    schema.auth(refresh_interval=None)(Auth)

    @schema.hook
    def after_call(_context: Any, case: Any, response: Any) -> None:
        memory.learn(case, response)

    def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
        memory.use(case)

    return before_call


def example(operation: Any) -> dict[str, Any]:
    """The first example of the body that the document gives."""
    raw = operation.schema.raw_schema
    content = operation.definition.raw.get("requestBody", {}).get("content", {}).get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    found = raw["components"]["schemas"].get(name, {}).get("examples", [{}])[0]
    return dict(found)


class Memory:
    """What was made so far: positive requests mostly speak of that, under the version it has."""

    def __init__(self, chance: random.Random, ids: dict[str, list[str]]) -> None:
        self.chance = chance
        self.ids = ids
        self.etags: dict[str, str] = {}

    def learn(self, case: Any, response: Any) -> None:
        """Keep the id and the version of what was made or shown."""
        if (
            response.status_code not in {200, 201}
            or "json" not in response.headers.get("content-type", [""])[0]
        ):
            return
        found = response.json()
        if not isinstance(found, dict):
            return
        names = [part for part in case.operation.path.split("/") if "{" not in part]
        known = self.ids.setdefault(names[-1], [])
        for item in [found, *(found.get("items") or ())[:RECENT]]:
            id_ = item.get("id") or item.get("receipt") if isinstance(item, dict) else None
            if isinstance(id_, str) and id_ not in known:
                known.append(id_)
        if isinstance(found.get("id"), str) and (etag := response.headers.get("etag")):
            self.etags[found["id"]] = etag[0]

    def use(self, case: Any) -> None:
        """Speak of what is there, where the request is meant to be right; send a version of its form."""
        if case.meta is None:
            return
        if case.meta.generation.mode.is_positive:
            if isinstance(case.body, dict):
                case.body = self._body(case)
            self._path(case)
        if "If-Match" in (case.headers or {}) and "If-Match" not in mutated(case):
            ids = [str(value) for value in (case.path_parameters or {}).values()]
            case.headers["If-Match"] = next((self.etags[id_] for id_ in ids if id_ in self.etags), '"3"')

    def _path(self, case: Any) -> None:
        for collection, name in _ITEM.findall(case.operation.path):
            known = self.ids.get(collection)
            if known and name in (case.path_parameters or {}) and self.chance.random() < OFTEN:
                case.path_parameters[name] = self.chance.choice(known[-RECENT:])

    def _body(self, case: Any) -> dict[str, Any]:
        """What was drawn, mostly in the words of the document's example, and about what is there."""
        body, known = dict(case.body), example(case.operation)
        if known and self.chance.random() < OFTEN:
            drawn = {name: value for name, value in body.items() if name in known}
            body = known | {name: value for name, value in drawn.items() if self.chance.random() < SELDOM}
        for name, collection in COLLECTIONS.items():
            ids = self.ids.get(collection)
            if ids and name in body and self.chance.random() < OFTEN:
                body[name] = self.chance.choice(ids[-RECENT:])
        return body


def _note(asked: Asked, event: Any) -> None:
    if isinstance(event, events.FatalError):
        raise event.exception
    if isinstance(event, events.NonFatalError):
        asked.failures["engine", event.label, event.info.title] = event.info.message
    if isinstance(event, events.EngineFinished):
        asked.seconds = event.running_time
    if isinstance(event, events.ScenarioFinished):
        _note_scenario(asked, event.recorder)


def _note_scenario(asked: Asked, recorder: Any) -> None:
    for id_, interaction in recorder.interactions.items():
        if interaction.response is None:
            asked.failures["no answer", recorder.label, ""] = str(interaction.request)
            continue
        status = interaction.response.status_code
        asked.statuses[status] += 1
        if status >= 400 and interaction.response.content.startswith(b"{"):
            code = json.loads(interaction.response.content).get("type", "").rpartition("/")[2]
            asked.codes[f"{status} {code}"] += 1
        if id_ in recorder.cases:
            asked.answered.setdefault(recorder.cases[id_].value.operation.label, set()).add(status)
    for id_, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                _note_failure(asked, recorder, id_, check)


def _note_failure(asked: Asked, recorder: Any, id_: str, check: Any) -> None:
    label = recorder.cases[id_].value.operation.label
    found = recorder.interactions.get(id_)
    answer = found.response.content[:600].decode(errors="replace") if found and found.response else ""
    failure = check.failure_info.failure
    text = f"{failure.message[:600]}\n  {check.failure_info.code_sample[:800]}\n  {answer}"
    asked.failures.setdefault((check.name, label, failure.title), text)


@schemathesis.check
def every_error_is_a_problem_in_two_languages(_context: Any, response: Any, case: Any) -> None:
    """RFC 9457 with both sentences, whatever the method and however the request was broken.

    Hangul stands in the English one only where it says the sender's own words back.
    """
    if response.status_code < 400:
        return
    assert response.headers["content-type"] == ["application/problem+json"], response.headers["content-type"]
    problem = json.loads(response.content)
    assert problem["status"] == response.status_code
    assert any("가" <= sign <= "힣" for sign in problem["detail_ko"])
    sent = str(case.body)
    assert all(word in sent for word in _HANGUL.findall(problem["detail_en"]))
    assert problem["instance"] == f"urn:uuid:{response.headers['x-correlation-id'][0]}"
