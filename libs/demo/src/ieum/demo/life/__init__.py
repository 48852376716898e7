"""One life, as one story: from a window in Namyangju to a place in Daegu, over HTTP and seen on Kafka.

A small round of its own follows the year's. What is told is what the services answered and when; nothing here
is made up but who they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.demo.life.market import added_place, applications
from ieum.demo.life.outcome import moves_up, number_two, receipt
from ieum.demo.life.story import HERSELF, Story
from ieum.demo.life.windows import windows
from ieum.demo.summary import Life

if TYPE_CHECKING:
    from ieum.demo.run import Run


async def tell(run: Run, log_url: str) -> Life:
    """Live it, and tell it."""
    bar = run.progress.add_task("한 사람의 이야기 · One life", total=5)
    story = Story(run, f"added-{run.programme.id}")
    person = await windows(story)
    run.progress.advance(bar)
    await added_place(story)
    application, others = await applications(story, person)
    run.progress.advance(bar)
    await number_two(story, person, application)
    run.progress.advance(bar)
    await moves_up(story, person, others)
    run.progress.advance(bar)
    await receipt(story, person, application, log_url)
    run.progress.advance(bar)
    return Life(person=f"{HERSELF[0][0]}○○ 님", steps=story.steps, checks=story.checks)
