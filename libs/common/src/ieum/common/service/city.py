"""A city pack (deploy/cities/<city>): everything that differs from city to city, as data, read once at start.

Facts of the land change on a day, so they are asked for at a day: district codes, the minimum wage, numbers.
Every file is checked for itself (line, field, what was expected) and then against the others.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Self, TypeVar

from ieum.common.events.programme import Name, Programme, Text
from ieum.common.service.city_cases import CaseSteps, default_case_steps
from ieum.common.service.city_check import check
from ieum.common.service.city_facts import (
    Agency,
    CounsellingField,
    District,
    Emergency,
    MedianIncome,
    MinimumWage,
    Piece,
    RecordClass,
    Retention,
)
from ieum.common.service.city_files import (
    Agencies,
    CounsellingFields,
    Districts,
    Emergencies,
    Head,
    MedianIncomes,
    MinimumWages,
    PackReader,
    Retentions,
    Source,
)
from ieum.common.service.template import Template

T = TypeVar("T", Agency, Programme, Template, CounsellingField)
GENERAL_COUNSELLING = CounsellingField(id="general", name=Text(ko="종합 상담", en="General counselling"))


class City(Piece):
    """A city as its pack describes it."""

    id: Name
    name: Text
    source: Source
    time_zone: str
    districts: tuple[District, ...]
    agencies: tuple[Agency, ...]
    programmes: tuple[Programme, ...]
    templates: tuple[Template, ...]
    minimum_wages: tuple[MinimumWage, ...]
    median_incomes: tuple[MedianIncome, ...]
    emergency: tuple[Emergency, ...]
    retention: tuple[Retention, ...]
    cases: CaseSteps
    counselling: tuple[CounsellingField, ...]

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The city of a pack's folder.

        Raises Refusal `file-invalid` with every mistake in the files, or else every one between them.
        """
        reader = PackReader(folder)
        head, districts = reader.read(Head, "city.yaml"), reader.read(Districts, "districts.yaml")
        elsewhere = reader.read(Districts, "elsewhere.yaml")
        agencies, programmes = reader.read(Agencies, "agencies.yaml"), reader.programmes()
        templates, wages = reader.templates(), reader.read(MinimumWages, "minimum-wage.yaml")
        medians = reader.read(MedianIncomes, "median-income.yaml")
        emergency = reader.read(Emergencies, "emergency.yaml")
        retention = reader.read(Retentions, "retention.yaml")
        cases = reader.read_if_there(CaseSteps, "case-steps.yaml")
        fields = reader.read_if_there(CounsellingFields, "counselling-fields.yaml")
        reader.done()
        # A city that is a province itself is not elsewhere.
        outside = tuple(place for place in elsewhere.districts if place.name.ko != head.name.ko)
        city = cls(
            **head.model_dump(),
            districts=districts.districts + outside,
            agencies=agencies.agencies,
            programmes=tuple(programmes.values()),
            templates=tuple(templates.values()),
            minimum_wages=wages.minimum_wage,
            median_incomes=medians.median_income,
            emergency=emergency.emergency,
            retention=retention.retention,
            cases=cases or default_case_steps(agencies.agencies),
            counselling=fields.fields_ if fields else (GENERAL_COUNSELLING,),
        )
        check(city, reader, {**programmes, **templates})
        reader.done()
        return city

    @property
    def neighbours(self) -> dict[str, frozenset[str]]:
        """The codes of the districts beside each, by its own code."""
        return {district.code: frozenset(district.neighbours) for district in self.districts}

    def district_at(self, code: str, day: date) -> District | None:
        """The district of a code that holds on that day."""
        return next((d for d in self.districts if d.code == code and d.holds(day)), None)

    def district_named(self, name: str, day: date) -> District | None:
        """The district that agencies call by this Korean name, on that day."""
        return next((d for d in self.districts if d.name.ko == name.strip() and d.holds(day)), None)

    def agency(self, agency_id: str) -> Agency | None:
        """The agency of that id."""
        return _by_id(self.agencies, agency_id)

    def programme(self, programme_id: str) -> Programme | None:
        """The programme of that id, as the pack has it now."""
        return _by_id(self.programmes, programme_id)

    def template(self, template_id: str) -> Template | None:
        """The template of that id."""
        return _by_id(self.templates, template_id)

    def counselling_field(self, field_id: str) -> CounsellingField | None:
        """The field of counselling of that id."""
        return _by_id(self.counselling, field_id)

    def minimum_wage_at(self, day: date) -> int | None:
        """Won an hour on that day; None for a year the pack does not know."""
        return next((wage.hourly_won for wage in self.minimum_wages if wage.holds(day)), None)

    def median_income_at(self, day: date) -> MedianIncome | None:
        """The standard median income on that day; None for a year the facts do not know."""
        return next((table for table in self.median_incomes if table.holds(day)), None)

    def emergency_at(self, day: date) -> tuple[Emergency, ...]:
        """The numbers to show on that day, in their order."""
        return tuple(entry for entry in self.emergency if entry.holds(day))

    def retention_of(self, record_class: RecordClass) -> Retention:
        """The rule of a record class; every class has one."""
        return next(rule for rule in self.retention if rule.record_class == record_class)


def _by_id(items: tuple[T, ...], wanted: str) -> T | None:
    return next((item for item in items if item.id == wanted), None)
