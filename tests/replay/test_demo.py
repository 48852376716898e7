"""A scenario recorded from the demo, played on a platform of its own: the same facts are ranked the same.

Its people are invented twice over: by the demo's generator, and again by the recording.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ieum.common.replay.compare import known_ids
from ieum.common.replay.scenario import read

if TYPE_CHECKING:
    from ieum.common.testing.platform import Platform


FOLDER = Path(__file__).parent
SCENARIO = FOLDER / "yes-matching-2022.jsonl"
GOLDEN = FOLDER / "yes-matching-2022.ranked.json"


def _ranked(platform: Platform, ids: dict[str, str]) -> dict[str, Any]:
    """What was decided for each application of the scenario, by its id there; ties have no order."""
    facts = platform.facts("matching-matches", "match.ranked")
    return {
        ids[fact.data["application"]]: {
            "eligible": fact.data["eligible"],
            "failed_rules": fact.data["failed_rules"],
            "scores": [suggestion["score"] for suggestion in fact.data["suggestions"]],
        }
        for fact in facts
        if fact.data["application"] in ids
    }


@pytest.mark.platform
def test_the_demos_facts_are_ranked_as_they_were_and_nobody_is_written_to(platform: Platform) -> None:
    events = read(SCENARIO)
    applications = sum(event.topic == "intake-applications" for event in events)
    run = platform.replay(SCENARIO)
    ids = known_ids(events, run)
    platform.until(lambda: len(_ranked(platform, ids)) == applications, what="every application ranked")
    platform.settled()
    assert _ranked(platform, ids) == json.loads(GOLDEN.read_text(encoding="utf-8"))
    # Of their mailboxes alone: somebody of an earlier test may still be written to.
    assert not [mail["To"] for mail in platform.mail() if "@replay.invalid" in mail["To"]]


def test_no_number_of_the_scenario_belongs_to_anybody() -> None:
    """Every mailbox lies in a domain that cannot exist (RFC 6761)."""
    text = SCENARIO.read_text(encoding="utf-8")
    mailboxes = [word for word in text.split('"') if "@" in word]
    assert mailboxes
    assert all(box.endswith("@replay.invalid") for box in mailboxes)
