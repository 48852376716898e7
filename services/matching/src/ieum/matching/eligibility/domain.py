"""Deciding who may apply: a programme's rules and a person's facts give the rules that turn them away.

Pure: the same programme, facts and day give the same answer, so that it can be explained and decided again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ieum.common.events.programme import OnDay
from ieum.common.kernel.dates import age_on

if TYPE_CHECKING:
    from datetime import date

    from ieum.common.events.programme import Age, Programme, Residence, Status, Text


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an applicant on the day they apply; None or empty where nothing is known.

    district: five-digit code of where they live; moving_in: the day of moving into one of its districts;
    works_or_studies_in: codes of where they work or study; employment and statuses: names as in the
    programme; service_years: full years of military service.
    """

    birth_date: date | None
    district: str | None = None
    moving_in: date | None = None
    works_or_studies_in: frozenset[str] = frozenset()
    employment: str | None = None
    statuses: frozenset[str] = field(default_factory=frozenset)
    service_years: int = 0


@dataclass(frozen=True, slots=True)
class Ineligible:
    """One rule that turns an applicant away (age, residence, employment or status), and its sentence."""

    rule: str
    ko: str
    en: str


def decide_eligibility(programme: Programme, facts: Facts, on: date) -> list[Ineligible]:
    """The rules that turn this applicant away, in the programme's order; empty: eligible.

    `on` is the day of application in Korean time. An unknown fact does not fulfil a rule.
    """
    rules = programme.eligibility
    refused: list[tuple[str, Text]] = []
    if rules.age and not fulfils_age(rules.age, facts, on):
        refused.append(("age", rules.age.refusal))
    if rules.residence and not fulfils_residence(rules.residence, facts):
        refused.append(("residence", rules.residence.refusal))
    refused += [(rule.of, rule.refusal) for rule in rules.statuses if not fulfils_status(rule, facts)]
    return [Ineligible(name, text.ko, text.en) for name, text in refused]


def fulfils_age(rule: Age, facts: Facts, on: date) -> bool:
    """Whether the age in full years (만 나이, 민법 158) is within the limits on the day the rule names."""
    day = rule.at.on if isinstance(rule.at, OnDay) else on
    if facts.birth_date is None or facts.birth_date > day:
        return False
    maximum = rule.maximum + min(max(facts.service_years, 0), rule.service_years_max)
    return rule.minimum <= age_on(facts.birth_date, day) <= maximum


def fulfils_residence(rule: Residence, facts: Facts) -> bool:
    """Whether any accepted kind of tie to the rule's districts holds."""
    ties = {
        "resident": facts.district in rule.districts,
        "moving-in": moves_in_time(rule, facts),
        "work-or-study": not facts.works_or_studies_in.isdisjoint(rule.districts),
    }
    return any(ties[kind] for kind in rule.accepts)


def moves_in_time(rule: Residence, facts: Facts) -> bool:
    """Whether a move into the districts is planned, and not after the rule's last day."""
    if facts.moving_in is None:
        return False
    return rule.moving_in_by is None or facts.moving_in <= rule.moving_in_by


def fulfils_status(rule: Status, facts: Facts) -> bool:
    """Whether the employment, or any status, is one of those the rule accepts."""
    held = facts.statuses if rule.of == "status" else {facts.employment}
    return not held.isdisjoint(rule.any_of)
