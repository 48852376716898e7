"""A city pack (deploy/cities/<city>): everything that differs from city to city, as data, read once at start.

Facts of the land change on a day, so they are asked for at a day: district codes, the minimum wage, numbers.
Every file is checked for itself (line, field, what was expected) and then against the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import Field, StringConstraints

from ieum.common.events.programme import Name, Programme, Text
from ieum.common.events.programme_file import load_programme
from ieum.common.events.yaml_model import fault, load_model
from ieum.common.service.city_cases import CaseSteps, default_case_steps
from ieum.common.service.city_facts import (
    RECORD_CLASSES,
    Agency,
    District,
    Emergency,
    MinimumWage,
    Piece,
    RecordClass,
    Retention,
)
from ieum.common.service.template import Template

Source = Annotated[str, StringConstraints(pattern=r"^(/[a-z0-9-]+)+$")]
T = TypeVar("T", Agency, Programme, Template)


class _Head(Piece):
    id: Name
    name: Text
    source: Source
    time_zone: str


class _Districts(Piece):
    districts: tuple[District, ...] = Field(min_length=1)


class _Agencies(Piece):
    agencies: tuple[Agency, ...] = Field(min_length=1)


class _MinimumWages(Piece):
    minimum_wage: tuple[MinimumWage, ...]


class _Emergencies(Piece):
    emergency: tuple[Emergency, ...] = Field(min_length=1)


class _Retentions(Piece):
    retention: tuple[Retention, ...] = Field(min_length=1)


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
    emergency: tuple[Emergency, ...]
    retention: tuple[Retention, ...]
    cases: CaseSteps

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The city of a pack's folder.

        Raises Refusal `file-invalid` for a mistake in or between files, OSError where a file is missing.
        """
        agencies = load_model(_Agencies, folder / "agencies.yaml").agencies
        city = cls(
            **load_model(_Head, folder / "city.yaml").model_dump(),
            districts=load_model(_Districts, folder / "districts.yaml").districts,
            agencies=agencies,
            programmes=tuple(load_programme(path) for path in _files(folder / "programmes")),
            templates=tuple(load_model(Template, path) for path in _files(folder / "templates")),
            minimum_wages=load_model(_MinimumWages, folder / "minimum-wage.yaml").minimum_wage,
            emergency=load_model(_Emergencies, folder / "emergency.yaml").emergency,
            retention=load_model(_Retentions, folder / "retention.yaml").retention,
            cases=_cases(folder / "case-steps.yaml", agencies),
        )
        _check(city, folder)
        return city

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

    def minimum_wage_at(self, day: date) -> int | None:
        """Won an hour on that day; None for a year the pack does not know."""
        return next((wage.hourly_won for wage in self.minimum_wages if wage.holds(day)), None)

    def emergency_at(self, day: date) -> tuple[Emergency, ...]:
        """The numbers to show on that day, in their order."""
        return tuple(entry for entry in self.emergency if entry.holds(day))

    def retention_of(self, record_class: RecordClass) -> Retention:
        """The rule of a record class; every class has one."""
        return next(rule for rule in self.retention if rule.record_class == record_class)


def _cases(path: Path, agencies: tuple[Agency, ...]) -> CaseSteps:
    """The steps of a pack; the generic ones where it refines none."""
    return load_model(CaseSteps, path) if path.exists() else default_case_steps(agencies)


def _by_id(items: tuple[T, ...], wanted: str) -> T | None:
    return next((item for item in items if item.id == wanted), None)


def _files(folder: Path) -> Iterator[Path]:
    """The YAML files of a folder by name; the name is the id, so that one finds what a refusal speaks of."""
    yield from sorted(folder.glob("*.yaml"))


def _check(city: City, folder: Path) -> None:
    _unique(folder / "agencies.yaml", "agencies", (agency.id for agency in city.agencies))
    _unique(folder / "retention.yaml", "retention", (rule.record_class for rule in city.retention))
    if lacking := set(RECORD_CLASSES) - {rule.record_class for rule in city.retention}:
        raise _unknown(folder / "retention.yaml", "retention", ", ".join(sorted(lacking)))
    _check_names(folder / "programmes", city.programmes)
    _check_names(folder / "templates", city.templates)
    _check_cases(city, folder / "case-steps.yaml")
    for programme in city.programmes:
        _check_programme(city, programme, folder / "programmes" / f"{programme.id}.yaml")


def _check_cases(city: City, path: Path) -> None:
    for desk in city.cases.desks:
        if city.agency(desk.agency) is None:
            raise _unknown(path, "desks.agency", desk.agency)
        for code in desk.districts:
            if all(code != district.code for district in city.districts):
                raise _unknown(path, "desks.districts", code)


def _check_programme(city: City, programme: Programme, path: Path) -> None:
    agencies = {agency.id for agency in city.agencies}
    used = {"agency": programme.agency} | {f"follow_up.{s.id}.owner": s.owner for s in programme.follow_up}
    for field, agency in used.items():
        if agency not in agencies:
            raise _unknown(path, field, agency)
    for event, template in programme.messages.items():
        if city.template(template) is None:
            raise _unknown(path, f"messages.{event}", template)
    residence = programme.eligibility.residence
    for code in residence.districts if residence else ():
        if all(code != district.code for district in city.districts):
            raise _unknown(path, "eligibility.residence.districts", code)


def _check_names(folder: Path, items: Iterable[Programme | Template]) -> None:
    for path, item in zip(_files(folder), items, strict=True):
        if path.stem != item.id:
            raise fault(
                path,
                "id",
                ko=f"파일 이름과 같아야 합니다: {path.stem}",
                en=f"expected the file's name, {path.stem}",
            )


def _unique(path: Path, field: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise fault(path, field, ko=f"두 번 나옵니다: {name}", en=f"expected once: {name}")
        seen.add(name)


def _unknown(path: Path, field: str, name: str) -> Exception:
    return fault(
        path,
        field,
        ko=f"이 도시의 자료에 없습니다: {name}",
        en=f"expected something the pack has, not {name}",
    )
