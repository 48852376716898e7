"""What the files of a pack must be to one another: names that are there, days that the dated facts cover."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ieum.common.events.programme import Income, OnDay, Programme
from ieum.common.events.yaml_model import Mistake, refusal_at
from ieum.common.service.city_facts import RECORD_CLASSES

if TYPE_CHECKING:
    from ieum.common.events.yaml_model import Location
    from ieum.common.service.city import City
    from ieum.common.service.city_files import PackReader
    from ieum.common.service.template import Template


def check(city: City, reader: PackReader, files: dict[Path, Programme | Template]) -> None:
    """Gather what is wrong between the files of a pack; `files` are its programmes and templates."""
    found: dict[Path, list[Mistake]] = {
        reader.file("districts.yaml"): list(_neighbours(city)),
        reader.file("agencies.yaml"): list(_doubles("agencies", (agency.id for agency in city.agencies))),
        reader.file("retention.yaml"): list(_retention(city)),
        reader.file("case-steps.yaml"): list(_desks(city)),
        reader.file("counselling-fields.yaml"): list(
            _doubles("fields", (field.id for field in city.counselling))
        ),
    }
    for path, item in files.items():
        found[path] = list(_name(path, item))
        if isinstance(item, Programme):
            found[path] += unknown_names(city, item)
    reader.refusals += [refusal_at(path, mistakes) for path, mistakes in found.items() if mistakes]


def unknown_names(city: City, programme: Programme) -> Iterator[Mistake]:
    """What a programme names and the city's pack does not have."""
    yield from (_unknown(at, name) for at, name in _agencies(programme) if city.agency(name) is None)
    for event, template in programme.messages.items():
        if city.template(template) is None:
            yield _unknown(("messages", event), template)
    rules = programme.eligibility
    known = {district.code for district in city.districts}
    for place, code in enumerate(rules.residence.districts if rules.residence else ()):
        if code not in known:
            yield _unknown(("eligibility", "residence", "districts", place), code)
    if rules.income:
        yield from _incomes(city, programme, rules.income)


def _agencies(programme: Programme) -> Iterator[tuple[Location, str]]:
    yield ("agency",), programme.agency
    yield from ((("follow_up", place, "owner"), step.owner) for place, step in enumerate(programme.follow_up))


def _incomes(city: City, programme: Programme, rule: Income) -> Iterator[Mistake]:
    period = programme.period
    days = {rule.at.on} if isinstance(rule.at, OnDay) else {period.opens, period.closes}
    for day in sorted(days):
        if city.median_income_at(day) is None:
            yield Mistake(
                ("eligibility", "income"),
                f"{day:%Y-%m-%d}의 기준중위소득이 자료에 없습니다",
                f"expected a day whose standard median income is known, not {day:%Y-%m-%d}",
            )


def _retention(city: City) -> Iterator[Mistake]:
    there = [rule.record_class for rule in city.retention]
    yield from _doubles("retention", there)
    if lacking := set(RECORD_CLASSES) - set(there):
        yield _unknown(("retention",), ", ".join(sorted(lacking)))


def _neighbours(city: City) -> Iterator[Mistake]:
    """Being neighbours goes both ways, and nobody is their own; the pack's own districts come first."""
    beside = city.neighbours
    for place, district in enumerate(city.districts):
        for at, code in enumerate(district.neighbours):
            where = ("districts", place, "neighbours", at)
            if code not in beside:
                yield _unknown(where, code)
            elif code == district.code or district.code not in beside[code]:
                yield Mistake(
                    where,
                    f"서로 이웃인 다른 구·군이어야 합니다: {code}",
                    f"expected another district that names {district.code} as its neighbour, not {code}",
                )


def _desks(city: City) -> Iterator[Mistake]:
    known = {district.code for district in city.districts}
    for place, desk in enumerate(city.cases.desks):
        if city.agency(desk.agency) is None:
            yield _unknown(("desks", place, "agency"), desk.agency)
        for at, code in enumerate(desk.districts):
            if code not in known:
                yield _unknown(("desks", place, "districts", at), code)


def _name(path: Path, item: Programme | Template) -> Iterator[Mistake]:
    if path.stem != item.id:
        yield Mistake(
            ("id",), f"파일 이름과 같아야 합니다: {path.stem}", f"expected the file's name, {path.stem}"
        )


def _doubles(field: str, names: Iterable[str]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for place, name in enumerate(names):
        if name in seen:
            yield Mistake((field, place), f"두 번 나옵니다: {name}", f"expected once: {name}")
        seen.add(name)


def _unknown(at: Location, name: str) -> Mistake:
    return Mistake(at, f"이 도시의 자료에 없습니다: {name}", f"expected something the pack has, not {name}")
