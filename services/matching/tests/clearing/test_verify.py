from __future__ import annotations

import ast
import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ieum.matching.clearing import verify as verifier
from ieum.matching.clearing.canonical import digest
from ieum.matching.clearing.parsing import parse
from ieum.matching.clearing.solve import solve
from ieum.matching.clearing.verify import verify

from .markets import Document, market, markets, strict


def computed(document: Document) -> Document:
    return json.loads(solve(parse(document)).encode())


def places_to_tamper(result: Document) -> list[tuple[Any, Any]]:
    """Every (container, key) in a result, whole branches as well as leaves."""
    found, todo = [], [result]
    while todo:
        here = todo.pop()
        keys = here if isinstance(here, dict) else range(len(here))
        for key in keys:
            found.append((here, key))
            if isinstance(here[key], dict | list):
                todo.append(here[key])
    return found


def tampered_values(value: Any) -> list[Any]:
    if isinstance(value, bool):
        return [not value, 1, None]
    if isinstance(value, int):
        return [value + 1, value - 1, str(value), value == 1, None]
    if isinstance(value, str):
        return [value + "x", "", "a0", "o0", "open", None]
    if isinstance(value, list):
        return [
            [*value, *(value or ["a0"])],
            value[1:] or [{}],
            list(reversed(value)) if len(value) > 1 else None,
        ]
    if isinstance(value, dict):
        return [{**value, "more": 1}, {"before": "a0"}, {"named": True}, {}, None]
    return [{}, 0, ""]


@given(markets(), st.data(), st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_field_tampered_with_is_found_even_if_the_digest_is_made_to_fit(
    document: Document, data: st.DataObject, sign: bool
) -> None:
    result = computed(document)
    before = deepcopy(result)
    holder, key = data.draw(st.sampled_from(places_to_tamper(result)))
    value = data.draw(st.sampled_from(tampered_values(holder[key])))
    if data.draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = value
    unchanged = json.dumps(result, sort_keys=True) == json.dumps(before, sort_keys=True)
    certificate = result.get("certificate")
    if sign and not unchanged and isinstance(certificate, dict) and certificate == before["certificate"]:
        certificate["result"] = digest({name: result[name] for name in result if name != "certificate"})
    assert bool(verify(document, result)) is not unchanged


@given(markets(most_openings=2), markets(most_openings=2))
@settings(max_examples=60, deadline=None)
def test_a_result_is_good_for_its_own_market_alone(one: Document, other: Document) -> None:
    if one != other:
        assert verify(other, computed(one))


def test_a_stable_outcome_that_is_worse_for_applicants_is_named() -> None:
    document = market(
        {"a": ["x", "y"], "b": ["y", "x"]},
        {"x": {"priorities": strict("b", "a")}, "y": {"priorities": strict("a", "b")}},
    )
    result = computed(document)
    result["matches"] = [
        {"applicant": "a", "opening": "y", "rank": 2, "place": "open"},
        {"applicant": "b", "opening": "x", "rank": 2, "place": "open"},
    ]
    problems = verify(document, result)
    assert any("not the best stable outcome" in problem for problem in problems)
    assert not any("blocking pair" in problem for problem in problems)


def test_a_blocking_pair_is_named() -> None:
    document = market({"a": ["x"], "b": ["x"]}, {"x": {"priorities": strict("a", "b")}})
    result = computed(document)
    result["matches"] = [{"applicant": "b", "opening": "x", "rank": 1, "place": "open"}]
    result["unmatched"][0]["applicant"] = "a"
    assert any("a and x" in problem and "blocking pair" in problem for problem in verify(document, result))


def test_what_is_no_result_at_all_is_a_problem_and_no_crash() -> None:
    document = market({"a": ["x"]}, {"x": {"priorities": strict("a")}})
    for garbage in (None, [], "x", 1.5, {"format": "ieum-result/1"}, {"matches": float("nan")}):
        assert verify(document, garbage)


def test_the_verifier_imports_no_part_of_the_solver() -> None:
    folder = Path(verifier.__file__).parent
    imported = set()
    for name in ("verify.py", "verify_market.py", "verify_reasons.py", "verify_rules.py"):
        for node in ast.walk(ast.parse((folder / name).read_text())):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module)
    assert {name for name in imported if name and name.startswith("ieum")} == {
        "ieum.matching.clearing.compiling",
        "ieum.matching.clearing.verify_market",
        "ieum.matching.clearing.verify_reasons",
        "ieum.matching.clearing.verify_rules",
    }
