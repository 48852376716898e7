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
        # Of text, where no JSON Schema can say it; each has its sentence in both languages.
        "forbidden-number",  # a resident registration number, by its checksum and its place
        "forbidden-character",  # a control character
        "business-number", "corporate-number",  # digits with a checksum
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
    if response.status_code == 400 or code == "invalid-request":
        errors = problem.get("errors", ())
        if errors and {error["code"] for error in errors} <= SENTENCES_OF_OUR_OWN:
            return "text that nobody may send"
        if errors and all(_padded(response, error.get("pointer", "")) for error in errors):
            return "text is measured without the blanks around it, which no JSON Schema can say"
        return None
    return "a rule of the domain" if response.status_code == 422 else None


def _padded(response: Any, pointer: str) -> bool:
    """Whether the value at a pointer into the body that was sent has blanks around it."""
    value: Any = json.loads(response.request.body or b"null")
    for name in pointer.split("/")[1:]:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
    return isinstance(value, str) and value != value.strip()


def _public_key(case: Any) -> bool:
    return "Idempotency-Key" in mutated(case) and {} in case.operation.definition.raw.get("security", ())


def mutated(case: Any) -> set[str | None]:
    """The parameters that a case was made wrong in."""
    data = case.meta.phase.data
    return {
        getattr(data, "parameter", None),
        *(one.parameter for one in getattr(data, "mutations", None) or ()),
    }
