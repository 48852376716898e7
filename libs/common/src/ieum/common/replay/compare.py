"""Comparing what came of a replay with a golden file, whatever ids and moments the run had.

Ids of the scenario are written as they were there; those that services made are numbered in an order that
does not depend on who was faster. Of private objects only the record class is compared.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import unified_diff
from typing import Any
from uuid import UUID

from ieum.common.replay.play import _ID, new_ids
from ieum.common.replay.scenario import Recorded

IGNORED: frozenset[str] = frozenset(
    {
        "time",
        "correlation",
        "answer_by",
        "seed",
        "commitment",
        "market_digest",
        "result_digest",
        "root",
        "note",
    }
)
"""Fields that differ from run to run by their nature."""


def known_ids(scenario: Iterable[Recorded], run: UUID) -> dict[str, str]:
    """From a run's ids back to those of the scenario it played."""
    text = "\n".join(event.model_dump_json() for event in scenario)
    return {new_ids(run, old): old for old in set(_ID.findall(text.lower()))}


def normalised(
    events: Iterable[Recorded], known: Mapping[str, str] | None = None, ignored: Collection[str] = IGNORED
) -> list[str]:
    """One JSON line an event, sorted, with ids that do not change from run to run."""
    back = known or {}
    texts = [_ID.sub(lambda m: back.get(m[0], m[0]), _text(event, ignored)) for event in events]
    scenario_ids = set(back.values())

    def blank(match: re.Match[str]) -> str:
        return match[0] if match[0] in scenario_ids else "?"

    texts.sort(key=lambda text: _ID.sub(blank, text))
    numbers: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        if match[0] in scenario_ids:
            return match[0]
        return numbers.setdefault(match[0], f"id-{len(numbers) + 1}")

    return [_ID.sub(number, text) for text in texts]


def differences(found: Sequence[str], golden: Sequence[str]) -> list[str]:
    """Lines of a unified diff from the golden lines to the found ones; empty when they agree."""
    return list(unified_diff(golden, found, "golden", "found", lineterm="", n=0))


def _text(event: Recorded, ignored: Collection[str]) -> str:
    whole = event.model_dump(mode="json", exclude_none=True)
    private = sorted(whole["data"].pop("private", {}))
    return json.dumps(_without({**whole, "private": private}, ignored), ensure_ascii=False, sort_keys=True)


def _without(value: Any, ignored: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(inner, ignored) for name, inner in value.items() if name not in ignored}
    return [_without(inner, ignored) for inner in value] if isinstance(value, list) else value
