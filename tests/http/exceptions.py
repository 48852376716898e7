"""Where a check of Schemathesis is not meant, each with its reason; what is left out has its own test."""

from __future__ import annotations

import json
import re
from typing import Any

LEFT_OUT = {
    "PUT /{service}/development/clock": "moves time for every later request; test_the_clock_is_asked_by_hand",
    "POST /intake/applications/bulk": "the tool writes no NDJSON; services/intake/tests/test_bulk.py",
}
"""Operations that no phase calls, and why."""

NEED_A_BROKER = {"POST /intake/operations/keys/reconcile"}
"""Operations that read Kafka while they are asked; here is none, so 503 is their right answer."""

SENTENCES_OF_OUR_OWN = frozenset(
    {
        # Of values that no JSON Schema can say it of; each has its sentence in both languages.
        "forbidden-number",  # a resident registration number, by its checksum and its place
        "forbidden-character",  # a control character
        "business-number", "corporate-number",  # digits with a checksum
        "days-order",  # of two days, which is the later one
    }
)  # fmt: skip


def excused(failure: Any, case: Any, response: Any, templates: dict[str, set[str]]) -> str | None:
    """Why this failure is none; None where it is one."""
    name = type(failure).__name__
    if response.status_code == 503 and case.operation.label in NEED_A_BROKER:
        return "it reads Kafka, which is not here"
    if name in {"UnsupportedMethodResponse", "AllowHeaderMismatch"} and _elsewhere(case, response, templates):
        return "the address is another operation's too: `/cases/handover` is a case whose id is no UUID"
    if name == "RejectedPositiveData":
        return _refused_by_a_rule(response)
    if name == "AcceptedNegativeData" and _public_key(case):
        return "who signs in may send any key to a public route; its document says the form that always holds"
    return None


def _elsewhere(case: Any, response: Any, templates: dict[str, set[str]]) -> bool:
    path = re.sub(r"^https?://[^/]+|\?.*$", "", response.request.url)
    method = response.request.method.lower()
    for template, methods in templates.items():
        form = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if template != case.operation.path and re.fullmatch(form, path):
            return method in methods or method == "options"
    return False


def _refused_by_a_rule(response: Any) -> str | None:
    """A rule of the domain, which has a code of its own, is no matter of form."""
    try:
        problem = response.json()
    except ValueError:
        return None
    code = problem["type"].rpartition("/")[2]
    if code == "bad-request" and "%00" in response.request.url:
        return "NUL, which no text in Postgres can hold and no pattern here forbids"
    if code == "document-name-missing" and "%" in response.request.headers["Content-Disposition"]:
        return "percent-encoded bytes that are no UTF-8, which its pattern does not say"
    if response.status_code == 400 or code == "invalid-request":
        errors = problem.get("errors", ())
        sent = json.loads(response.request.body or b"null")
        if errors and all(_unsayable(sent, error) for error in errors):
            return "text that nobody may send, or that is nothing without the blanks around it"
        return None
    return "a rule of the domain" if response.status_code == 422 else None


def _unsayable(sent: Any, error: dict[str, str]) -> bool:
    """Whether no JSON Schema can say it: a sentence of our own, or a value with blanks around it."""
    if error["code"] in SENTENCES_OF_OUR_OWN:
        return True
    values = [sent]
    for name in error.get("pointer", "").split("/")[1:]:
        values = [child for value in values for child in _children(value, name)]
    return any(isinstance(value, str) and value != value.strip() for value in values)


def _children(value: Any, name: str) -> list[Any]:
    """What a part of a pointer names; `*` stands for a key that is not told."""
    if isinstance(value, dict):
        return list(value.values()) if name == "*" else [value.get(name)]
    if isinstance(value, list) and name.isdigit():
        return value[int(name) : int(name) + 1]
    return []


def _public_key(case: Any) -> bool:
    return "Idempotency-Key" in mutated(case) and {} in case.operation.definition.raw.get("security", ())


def mutated(case: Any) -> set[str | None]:
    """The parameters that a case was made wrong in."""
    data = case.meta.phase.data
    return {
        getattr(data, "parameter", None),
        *(one.parameter for one in getattr(data, "mutations", None) or ()),
    }
