"""Proposals are answered: most accept, some decline, and the next on the waiting list is asked.

Who declines is drawn by the sample's seed; each answers as a citizen, for themselves.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.demo.api import Who
from ieum.demo.run import WAIT_SECONDS
from ieum.demo.summary import Answers, RoundFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import TaskID

    from ieum.demo.letters import Sink
    from ieum.demo.run import Run
    from ieum.demo.watching import Fact

DECLINED_SHARE = 0.15
DECLINED_MIN = 2
OUTCOMES = ("match.proposed", "match.waitlisted", "match.unplaced")
POLL_SECONDS = 0.2
BY_LINK = 3
"""So many accept by the link in their message."""
REASONS = ("other-job", "too-far", "conditions")


@dataclass
class Ended:
    """How the proposals ended, by application: who accepted, who declined, who had been waiting."""

    accepted: list[str] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)
    moved_up: list[str] = field(default_factory=list)
    by_link: int = 0

    def counts(self, proposed: int, places: int) -> Answers:
        """The same as numbers."""
        return Answers(
            proposed=proposed,
            accepted=len(self.accepted),
            declined=len(self.declined),
            moved_up=len(self.moved_up),
            by_link=self.by_link,
            vacant=places - len(self.accepted),
        )


async def answer(run: Run, round_: RoundFacts, sink: Sink) -> Ended:
    """Answer every proposal of the round, and those that declines bring about."""
    await run.reach(
        "회차 결과 · Outcomes",
        lambda: sum(len(run.facts(type_)) for type_ in OUTCOMES),
        round_.applicants,
        ko="회차 결과",
        en="the outcomes of the round",
    )
    rng = Random(f"ieum/{run.sample.seed}/{run.sample.year}/answers")  # noqa: S311 - invented behaviour
    ended, answered = Ended(), 0
    bar = run.progress.add_task("수락과 거절 · Answers", total=round_.matched)
    while wave := run.facts("match.proposed")[answered:]:
        if answered:
            ended.moved_up += [fact.data["application"] for fact in wave]
        decliners = _decliners(rng, wave, first=not answered)
        answered += len(wave)
        run.progress.update(bar, total=answered)
        accepting = [fact for fact in wave if fact not in decliners]
        linked = await _accept_by_link(run, bar, accepting[: BY_LINK - ended.by_link], ended, sink)
        await _accept(run, bar, accepting[linked:], ended)
        await _decline(run, bar, decliners, ended, rng)
    await _told(run, ended)
    return ended


async def _told(run: Run, ended: Ended) -> None:
    """Wait until Kafka has every answer."""
    answers = len(ended.accepted) + len(ended.declined)
    await run.watch.until(
        lambda: len(run.facts("match.accepted")) + len(run.facts("match.declined")) >= answers,
        seconds=WAIT_SECONDS,
        ko="답변 이벤트",
        en="the events of the answers",
    )


def _decliners(rng: Random, wave: Sequence[Fact], *, first: bool) -> list[Fact]:
    """Some of them; of the round's own proposals at least two, so that the waiting lists are seen at work."""
    few = min(DECLINED_MIN, len(wave)) if first else 0
    return rng.sample(wave, max(few, sum(rng.random() < DECLINED_SHARE for _ in wave)))


async def _accept(run: Run, bar: TaskID, proposals: Sequence[Fact], ended: Ended) -> None:
    async def one(proposal: Fact) -> str:
        person = Who(proposal.data["person"], "citizen")
        await run.api.act(f"/matching/matches/{proposal.subject}/acceptance", person)
        return str(proposal.data["application"])

    ended.accepted += await run.all_of(bar, proposals, one)


async def _accept_by_link(run: Run, bar: TaskID, proposals: Sequence[Fact], ended: Ended, sink: Sink) -> int:
    """Without signing in: by the link of the message, as on a telephone; gives how many did."""

    async def one(proposal: Fact) -> None:
        link = await _link(sink, proposal.subject)
        await run.api.page(link)
        await run.api.press(link, {"answer": "accept"})

    await run.all_of(bar, proposals, one, 1)
    ended.accepted += [str(proposal.data["application"]) for proposal in proposals]
    ended.by_link += len(proposals)
    return len(proposals)


async def _link(sink: Sink, match: str) -> str:
    """Where the message about a match leads, once it is in the sink."""
    give_up = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < give_up:
        for letter in sink.letters():
            if letter.answer and letter.match == match:
                return letter.answer
        await asyncio.sleep(POLL_SECONDS)  # a folder tells nobody
    raise Refusal(
        "did-not-come",
        ko="제안 메시지가 오지 않았습니다.",
        en="The message of a proposal did not come.",
        status=504,
    )


async def _decline(run: Run, bar: TaskID, proposals: Sequence[Fact], ended: Ended, rng: Random) -> None:
    """One after the other: each frees a place, and the next in line is proposed it."""

    async def one(proposal: Fact) -> None:
        following = _somebody_waits(run, proposal.data["opening"])
        before = len(run.facts("match.proposed"))
        person = Who(proposal.data["person"], "citizen")
        reason = {"reason": rng.choice(REASONS)}
        await run.api.act(f"/matching/matches/{proposal.subject}/refusal", person, reason)
        ended.declined.append(proposal.data["application"])
        if not following:
            return
        await run.watch.until(
            lambda: len(run.facts("match.proposed")) > before,
            seconds=WAIT_SECONDS,
            ko="다음 순번의 제안",
            en="the proposal to the next in line",
        )

    await run.all_of(bar, proposals, one, 1)


def _somebody_waits(run: Run, opening: str) -> bool:
    """Whether anybody on the opening's list was never proposed a place."""
    asked = {fact.data["application"] for fact in run.facts("match.proposed")}
    return any(
        fact.data["application"] not in asked and any(w["opening"] == opening for w in fact.data["waiting"])
        for fact in run.facts("match.waitlisted")
    )
