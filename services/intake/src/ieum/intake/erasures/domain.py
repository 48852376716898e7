"""What goes at once on request and what an article keeps, by record class (개인정보 보호법 21, 36). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ieum.common.events.intake import KeptRecord
from ieum.common.service.city_facts import Retention


@dataclass(frozen=True)
class Outcome:
    """The record classes destroyed now, and those kept until their day."""

    gone: Sequence[str]
    kept: Sequence[KeptRecord]


def decide(rules: Iterable[Retention], started: date | None, today: date) -> Outcome:
    """The answer to a request of today.

    `started` is the day on which the periods began: the last decision on an application, None where there
    is none. A class is kept only while its period runs and only if there is something an article keeps.
    """
    gone: list[str] = []
    kept: list[KeptRecord] = []
    for rule in rules:
        until = rule.ends(started) if started and rule.on_request == "keep" else None
        if until is None or until <= today:
            gone.append(rule.record_class)
        else:
            kept.append(KeptRecord(record_class=rule.record_class, article=rule.article, until=until))
    return Outcome(gone, kept)
