"""Kills under load. In `make test` twenty of them; `make chaos KILLS=… SEED=…` for more."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from . import kills
from .checks import repeats
from .run import Outcome, execute, stack

SMALL_KILLS = 20
SMALL_KAFKA_MAX = 4
KILLS = int(os.environ.get("IEUM_CHAOS_KILLS") or SMALL_KILLS)

# Twenty take a minute on two idle cores; the limit is for a run that hangs.
pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120 + 10 * KILLS)]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Outcome:
    """One run for both tests: the control and Ieum meet the very same kills."""
    # Past the capturing: the seed is worth most when the run dies.
    say = pytestconfig.pluginmanager.getplugin("terminalreporter").write_line
    seed = int(os.environ.get("IEUM_CHAOS_SEED") or random.SystemRandom().randrange(10**6))
    kafka_max = SMALL_KAFKA_MAX if KILLS <= SMALL_KILLS else KILLS
    planned = kills.plan(seed, KILLS, kafka_max=kafka_max)
    say(f"\nchaos: seed {seed} (again: make chaos KILLS={KILLS} SEED={seed}); {kills.said(planned)}")
    began = time.monotonic()
    with stack(_folder(tmp_path_factory)) as platform:
        ready = time.monotonic() - began
        found = execute(platform, planned, seed)
    say(_report(found, ready, time.monotonic() - began))
    return found


def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chaos")


def _report(found: Outcome, ready: float, seconds: float) -> str:
    facts, control = found.facts, found.control
    mails_repeated = len(facts.mails) - len(set(facts.mails))
    lines = [
        f"control: {control.seen} events applied, {control.lost} lost, {control.doubled} doubled",
        f"people {len(facts.people)}, applications {len(facts.applications)}, in {found.requests} requests",
        f"records {len(facts.records)}, {repeats(facts)} repeated by relays; leaves {len(facts.leaves)}",
        f"messages {len(facts.messages)}, mails repeated {mails_repeated}",
        f"ready after {ready:.0f} s; {len(found.kills)} kills in {found.kills[-1].at:.0f} s",
        f"at rest {found.rest_seconds:.0f} s after the last one was back; {seconds:.0f} s in all",
        f"{len(found.findings)} findings",
        *found.findings,
    ]
    return "\n".join(f"  {line}" for line in lines)


def test_the_control_is_seen_to_lose_or_double_events(outcome: Outcome) -> None:
    """A FastStream consumer with its defaults fails under these kills; else the harness is blind."""
    assert outcome.control.seen > 0
    assert outcome.control.failed, "the harness is blind: it saw the control neither lose nor double"


def test_ieum_loses_nothing_doubles_nothing_and_keeps_the_order(outcome: Outcome) -> None:
    """The claims of `checks.py`, over what lies in Kafka, in Postgres and in the mail sink at the end."""
    assert outcome.control.failed, "the harness is blind"
    assert len(outcome.kills) > 0
    assert outcome.facts.applications, "there was no load"
    assert outcome.findings == []
