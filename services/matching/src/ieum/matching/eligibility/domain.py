"""Deciding who may apply: a programme's rules and a person's facts give the rules that turn them away.

Pure: the same programme, facts, medians and day give the same answer, so that it can be explained and decided
again. An unknown fact does not fulfil a rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ieum.common.events.expressions import holds
from ieum.common.events.programme_parts import day_of
from ieum.common.kernel.dates import age_on
from ieum.matching.eligibility.gaps import Gap, age_gap, income_gap, residence_gap, status_gap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from ieum.common.events.intake import Certificate, PersonProfile
    from ieum.common.events.programme import Age, Income, Programme, Residence, Rule, Status, Text
    from ieum.common.service.city_facts import MedianIncome


NOWHERE: Mapping[str, Text] = {}
"""No names of districts: then they are not listed."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an applicant on the day they apply; None or empty where nothing is known.

    district: five-digit code of where they live; moving_in: the day of moving into one of its districts;
    works_or_studies_in: codes of where they work or study; employment: a name as in the programme;
    certificates: of their statuses; service_years: full years of military service; household_size: persons,
    the applicant included; income_monthly_won: of the household.
    """

    birth_date: date | None
    district: str | None = None
    moving_in: date | None = None
    works_or_studies_in: frozenset[str] = frozenset()
    employment: str | None = None
    certificates: tuple[Certificate, ...] = ()
    service_years: int = 0
    household_size: int | None = None
    income_monthly_won: int | None = None
    groups: frozenset[str] = frozenset()
    skills: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    experience_months: int = 0


@dataclass(frozen=True, slots=True)
class Ineligible:
    """One rule that turns an applicant away, its sentence, and how far off they are where that is a number.

    rule: age, residence, income, employment or status; a condition goes by its own id.
    """

    rule: str
    ko: str
    en: str
    gap: Gap | None = None


def decide_eligibility(
    programme: Programme,
    facts: Facts,
    on: date,
    medians: Sequence[MedianIncome] = (),
    places: Mapping[str, Text] = NOWHERE,
) -> list[Ineligible]:
    """The rules that turn this applicant away, in the programme's order; empty: eligible.

    `on` is the day of application in Korean time; `medians` are the tables of the standard median income;
    `places` are the districts' names by code, for the sentences.
    """
    return list(_refused(programme, facts, on, medians, places))


def _refused(
    programme: Programme,
    facts: Facts,
    on: date,
    medians: Sequence[MedianIncome],
    places: Mapping[str, Text],
) -> Iterator[Ineligible]:
    rules = programme.eligibility
    if rules.age and not fulfils_age(rules.age, facts, on):
        yield _told("age", rules.age.refusal, age_gap(rules.age, facts.birth_date, facts.service_years, on))
    if rules.residence and not fulfils_residence(rules.residence, facts):
        gap = residence_gap(rules.residence, facts.moving_in, places)
        yield _told("residence", rules.residence.refusal, gap)
    if rules.income and not fulfils_income(rules.income, facts, on, medians):
        share = income_share(facts, day_of(rules.income.at, on), medians)
        yield _told("income", rules.income.refusal, income_gap(rules.income, share))
    for status in rules.statuses:
        if not fulfils_status(status, facts, on):
            yield _told(status.of, status.refusal, status_gap(status, facts.certificates, on))
    known = variables(facts, on, medians) if rules.rules else {}
    for rule in rules.rules:
        if not fulfils_rule(rule, known):
            yield _told(rule.id, rule.refusal)


def _told(rule: str, text: Text, gap: Gap | None = None) -> Ineligible:
    return Ineligible(rule, text.ko, text.en, gap)


def facts_of(profile: PersonProfile, district: str | None) -> Facts:
    """What eligibility asks about a person, of what their profile says."""
    return Facts(
        birth_date=profile.birth_date,
        district=district,
        moving_in=profile.moving_in,
        works_or_studies_in=frozenset(profile.works_or_studies_in),
        employment=profile.employment,
        certificates=tuple(profile.certificates),
        service_years=profile.service_years,
        household_size=profile.household_size,
        income_monthly_won=profile.income_monthly_won,
        groups=frozenset(profile.groups),
        skills=tuple(profile.skills),
        fields=tuple(profile.fields),
        experience_months=profile.experience_months,
    )


def fulfils_age(rule: Age, facts: Facts, on: date) -> bool:
    """Whether the age in full years (만 나이, 민법 158) is within the limits on the day the rule names."""
    day = day_of(rule.at, on)
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


def fulfils_income(rule: Income, facts: Facts, on: date, medians: Sequence[MedianIncome]) -> bool:
    """Whether the household's share of the standard median income is at most the rule's."""
    share = income_share(facts, day_of(rule.at, on), medians)
    return share is not None and share <= rule.share_percent_max


def income_share(facts: Facts, day: date, medians: Sequence[MedianIncome]) -> int | None:
    """The household's income in per cent of the standard median income of that day, rounded up.

    Rounded up, a share is at most a whole limit exactly where the income is. None: the income, the household
    or the year's table is not known.
    """
    table = next((one for one in medians if one.holds(day)), None)
    income, size = facts.income_monthly_won, facts.household_size
    if table is None or income is None or size is None or income < 0 or size < 1:
        return None
    return -(-income * 100 // table.of(size))


def fulfils_status(rule: Status, facts: Facts, on: date) -> bool:
    """Whether the employment, or any certified status, is one of those the rule accepts."""
    held = statuses(facts, day_of(rule.at, on)) if rule.of == "status" else {facts.employment}
    return not held.isdisjoint(rule.any_of)


def statuses(facts: Facts, day: date) -> frozenset[str]:
    """The statuses whose certificate was seen by that day and has not expired on it."""
    return frozenset(
        one.status
        for one in facts.certificates
        if one.seen_on <= day and (one.expires_on is None or day <= one.expires_on)
    )


def fulfils_rule(rule: Rule, known: Mapping[str, Any]) -> bool:
    """Whether a condition is true of what is known."""
    return holds(rule.expression, known)


def variables(facts: Facts, on: date, medians: Sequence[MedianIncome]) -> dict[str, Any]:
    """What a condition may name (`expressions.VARIABLES`); what nobody knows is left out."""
    born = facts.birth_date
    found: dict[str, Any] = {
        "age": age_on(born, on) if born and born <= on else None,
        "district": facts.district,
        "moves_in": facts.moving_in is not None,
        "works_or_studies_in": sorted(facts.works_or_studies_in),
        "employment": facts.employment,
        "statuses": sorted(statuses(facts, on)),
        "groups": sorted(facts.groups),
        "skills": list(facts.skills),
        "fields": list(facts.fields),
        "experience_months": facts.experience_months,
        "service_years": facts.service_years,
        "household_size": facts.household_size,
        "income_monthly_won": facts.income_monthly_won,
        "income_share": income_share(facts, on, medians),
    }
    return {name: value for name, value in found.items() if value is not None}
