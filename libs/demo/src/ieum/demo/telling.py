"""Every fact that people are told of becomes a message in the sink; and how long that took."""

from __future__ import annotations

import asyncio
import time
from statistics import quantiles
from typing import TYPE_CHECKING

from ieum.demo.run import WAIT_SECONDS
from ieum.demo.summary import Latency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ieum.demo.applying import Applied
    from ieum.demo.letters import Letter, Sink
    from ieum.demo.run import Run

ONE_EACH = (
    "match.ranked",
    "match.proposed",
    "match.waitlisted",
    "match.unplaced",
    "match.declined",
    "match.accepted",
)
POLL_SECONDS = 0.2


def expected(run: Run) -> int:
    """How many messages the facts ask for: one each to the person, and one to the workplace of each place."""
    return sum(len(run.facts(type_)) for type_ in ONE_EACH) + len(run.facts("match.accepted"))


async def wait_for_letters(run: Run, sink: Sink) -> list[Letter]:
    """Wait until the sink has all messages, or until none has come for a while: then too few are counted."""
    bar = run.progress.add_task("메일 · Messages in the sink", total=expected(run))
    found, last = sink.letters(), time.monotonic()
    while len(found) < expected(run) and time.monotonic() - last < WAIT_SECONDS / 6:
        await asyncio.sleep(POLL_SECONDS)  # a folder tells nobody
        before, found = len(found), sink.letters()
        if len(found) > before:
            last = time.monotonic()
        run.progress.update(bar, completed=len(found))
    run.progress.update(bar, completed=len(found))
    return found


def latencies(run: Run, applied: Sequence[Applied], letters: Sequence[Letter]) -> list[Latency]:
    """From each application's 201 to its match event as read from Kafka, and to its first message."""
    events = {fact.data["application"]: fact.at for fact in run.facts("match.ranked")}
    mails: dict[str, float] = {}
    for letter in letters:
        mails[letter.to] = min(letter.at, mails.get(letter.to, letter.at))
    to_event = [events[each.application] - each.at for each in applied if each.application in events]
    to_mail = [mails[each.person.email] - each.at for each in applied if each.person.email in mails]
    return [
        Latency(to="match event", samples=len(to_event), **_spread(to_event)),
        Latency(to="delivered message", samples=len(to_mail), **_spread(to_mail)),
    ]


def _spread(seconds: Sequence[float]) -> dict[str, float]:
    """p50 and p99 in milliseconds; an event may be read before its 201 is, which counts as 0."""
    milliseconds = [max(0.0, each) * 1000 for each in seconds]
    if len(milliseconds) < 2:  # noqa: PLR2004 - fewer have no quantiles
        only = milliseconds[0] if milliseconds else 0.0
        return {"p50_ms": only, "p99_ms": only}
    cuts = quantiles(milliseconds, n=100, method="inclusive")
    return {"p50_ms": round(cuts[49], 1), "p99_ms": round(cuts[98], 1)}
