"""A person's roadmap: the programmes' answers in the order of life, and what of them is told. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ieum.common.events.life_stages import STAGES, life_stage
from ieum.common.events.matching_roadmaps import ClosedProgramme, NextProgramme, RoadmapTold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ieum.common.events.programme import LifeStage
    from ieum.matching.eligibility.answers import Answer


@dataclass(frozen=True, slots=True)
class Stage:
    """The programmes of one stage: open now, those that open on a day (the nearest first), and closed."""

    life_stage: LifeStage
    open: tuple[Answer, ...]
    next: tuple[Answer, ...]
    closed: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Roadmap:
    """From the stage in which the person is now to the last of which there is a programme."""

    stages: tuple[Stage, ...]


def roadmap(answers: Sequence[Answer], born: date | None, today: date) -> Roadmap:
    """Each programme once, under the first of its stages that is not over; those of past stages are left out.

    Without a birth date, or with one to come, no stage is over.
    """
    here = STAGES.index(life_stage(born, today)) if born and born <= today else 0
    placed: dict[LifeStage, list[Answer]] = {}
    for one in answers:
        ahead = [stage for stage in STAGES[here:] if stage in one.programme.life_stages]
        if ahead:
            placed.setdefault(ahead[0], []).append(one)
    present = STAGES[here]
    stages = [stage for stage in STAGES if stage == present or stage in placed]
    return Roadmap(tuple(_stage(stage, placed.get(stage, [])) for stage in stages))


def _stage(stage: LifeStage, answers: Sequence[Answer]) -> Stage:
    coming = [one for one in answers if one.state == "later"]
    return Stage(
        life_stage=stage,
        open=tuple(one for one in answers if one.state == "open"),
        next=tuple(sorted(coming, key=lambda one: (str(one.opens_on), one.programme.id))),
        closed=tuple(one for one in answers if one.state == "closed"),
    )


def told(found: Roadmap) -> RoadmapTold:
    """What a fact tells of it: programmes, days and rules. No distance, which is another every day."""
    stages = found.stages
    return RoadmapTold(
        life_stage=stages[0].life_stage,
        open=[one.programme.id for stage in stages for one in stage.open],
        next=[
            NextProgramme(programme=one.programme.id, on=one.opens_on)
            for stage in stages
            for one in stage.next
            if one.opens_on
        ],
        closed=[
            ClosedProgramme(programme=one.programme.id, rules=[reason.rule for reason in one.reasons])
            for stage in stages
            for one in stage.closed
        ],
    )


def fingerprint(said: RoadmapTold) -> str:
    """The same text for the same roadmap, and for no other."""
    return json.dumps(said.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
