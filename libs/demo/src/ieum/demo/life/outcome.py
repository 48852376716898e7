"""The round, the refusals that free the place, and the proof that the log has it all."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from ieum.demo.api import Who
from ieum.demo.life.story import same

if TYPE_CHECKING:
    from ieum.demo.life.story import Story

PROOF_SECONDS = 60


async def number_two(story: Story, person: str, application: str) -> None:
    """The round: two stand before her, and she is told which number she has, and why."""
    run = story.run
    opened = await run.api.post(
        "/matching/rounds", run.official, {"programme": story.programme}, key=run.key("life", "round")
    )
    for step in ("closing", "computation", "confirmation"):
        await run.api.act(f"/matching/rounds/{opened.document['id']}/{step}", run.official)
    await story.wait("match.waitlisted", person)
    standing = await run.api.get(f"/matching/applications/{application}", Who(person, "citizen"))
    [number] = [each["number"] for each in standing["waiting"]]
    story.checks.append(same("이야기 속 예비순번", "her number on the waiting list", 2, number))
    why = standing["explanation"]
    story.tell(f"배정 회차의 결과는 예비순번 {number}번입니다. {' '.join(why['ko'])}", " ".join(why["en"]))


async def moves_up(story: Story, person: str, others: list[str]) -> None:
    """The two before her take other jobs: each refusal frees the place for the next in line."""
    for other in others:
        proposal = await story.wait("match.proposed", other)
        await story.run.api.act(
            f"/matching/matches/{proposal.subject}/refusal", Who(other, "citizen"), {"reason": "other-job"}
        )
    story.tell(
        "앞선 두 사람이 다른 일자리를 얻어 거절하자, 자리가 차례로 내려왔습니다.",
        "The two before her found other work and declined; the place came down the list to her.",
    )
    proposal = await story.wait("match.proposed", person)
    await story.run.api.act(f"/matching/matches/{proposal.subject}/acceptance", Who(person, "citizen"))
    accepted = await story.wait("match.accepted", person)
    story.checks.append(same("수락한 제안", "the proposal accepted", proposal.subject, accepted.subject))
    story.tell("제안을 수락하여 자리가 확정되었습니다.", "She accepted, and the place is hers.")


async def receipt(story: Story, person: str, application: str, log_url: str) -> None:
    """Anybody's tool proves that her application and her acceptance are in the signed log."""
    submitted = next(f for f in story.run.watch.facts["application.submitted"] if f.subject == application)
    accepted = await story.wait("match.accepted", person)
    token = story.run.api.token(Who("demo-auditor", "auditor"))
    for fact in (submitted, accepted):
        held = await asyncio.to_thread(_proved, fact.id, log_url, token)
        story.checks.append(same("로그가 증명한 사건", f"proved by the log: {fact.type}", 1, int(held)))
    story.tell(
        "신청과 수락이 서명된 로그에 있음을 ‘ieum audit proof’로 확인하였습니다.",
        "`ieum audit proof` shows that her application and her acceptance are in the signed log.",
    )


def _proved(event: str, log_url: str, token: str) -> bool:
    """Whether the proof holds, once the log has the event: the newest checkpoint may be a second older."""
    command = [sys.executable, "-m", "ieum.common.cli", "audit", "proof", event, "--url", log_url]
    give_up = time.monotonic() + PROOF_SECONDS
    while True:
        ended = subprocess.run(  # noqa: S603 - our own command line
            [*command, "--token", token], capture_output=True, check=False, timeout=PROOF_SECONDS
        )
        if ended.returncode == 0 or time.monotonic() > give_up:
            return ended.returncode == 0
