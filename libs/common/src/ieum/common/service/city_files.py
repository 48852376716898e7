"""The files of a city pack, read one by one: what is wrong with each is gathered, not told one at a time.

What holds nation-wide lies once beside the packs: dated facts in `facts/`, shared messages in `templates/`. A
pack's own file of the same name goes before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field, StringConstraints

from ieum.common.events.programme import Name, Programme, Text
from ieum.common.events.programme_file import load_programme
from ieum.common.events.yaml_model import joined, load_model
from ieum.common.kernel.errors import Refusal
from ieum.common.service.city_facts import (
    Agency,
    CounsellingField,
    District,
    Emergency,
    MedianIncome,
    MinimumWage,
    Piece,
    Retention,
)
from ieum.common.service.template import Template

Source = Annotated[str, StringConstraints(pattern=r"^(/[a-z0-9-]+)+$")]
M = TypeVar("M", bound=BaseModel)


class Head(Piece):
    """`city.yaml`: the city, where its events come from, its time zone."""

    id: Name
    name: Text
    source: Source
    time_zone: str


class Districts(Piece):
    """`districts.yaml`, and `elsewhere.yaml` for those who live outside the city."""

    districts: tuple[District, ...] = Field(min_length=1)


class Agencies(Piece):
    """`agencies.yaml`."""

    agencies: tuple[Agency, ...] = Field(min_length=1)


class MinimumWages(Piece):
    """`minimum-wage.yaml`."""

    minimum_wage: tuple[MinimumWage, ...]


class MedianIncomes(Piece):
    """`median-income.yaml`."""

    median_income: tuple[MedianIncome, ...]


class Emergencies(Piece):
    """`emergency.yaml`."""

    emergency: tuple[Emergency, ...] = Field(min_length=1)


class CounsellingFields(Piece):
    """`counselling-fields.yaml`; a pack without it counsels in one general field."""

    fields_: tuple[CounsellingField, ...] = Field(alias="fields", min_length=1)


class Retentions(Piece):
    """`retention.yaml`."""

    retention: tuple[Retention, ...] = Field(min_length=1)


@dataclass
class PackReader:
    """Reads the files of a pack; `refusals` gathers what is wrong."""

    folder: Path
    refusals: list[Refusal] = field(default_factory=list)

    def file(self, name: str) -> Path:
        """The pack's own file, or else the one that all packs share."""
        own = self.folder / name
        shared = self.folder.parent / "facts" / name
        return shared if shared.exists() and not own.exists() else own

    def read(self, model: type[M], name: str) -> M:
        """A file as its model; where it is wrong, an empty one that `done` keeps from being used."""
        path = self.file(name)
        if path.exists():
            return self._gather(path, lambda path: load_model(model, path)) or model.model_construct()
        missing = f"{name}: 파일이 있어야 합니다", f"{name}: expected this file"
        self.refusals.append(Refusal("file-invalid", ko=missing[0], en=missing[1]))
        return model.model_construct()

    def read_if_there(self, model: type[M], name: str) -> M | None:
        """A file that a pack may leave out."""
        return self.read(model, name) if self.file(name).exists() else None

    def programmes(self) -> dict[Path, Programme]:
        """The programme files by path."""
        paths = sorted((self.folder / "programmes").glob("*.yaml"))
        return {path: made for path in paths if (made := self._gather(path, load_programme))}

    def templates(self) -> dict[Path, Template]:
        """The templates by path: the shared ones and the pack's own, which go before."""
        folders = (self.folder.parent / "templates", self.folder / "templates")
        paths = {path.name: path for folder in folders for path in folder.glob("*.yaml")}
        return {path: made for _, path in sorted(paths.items()) if (made := self._gather(path, _template))}

    def done(self) -> None:
        """Raise Refusal `file-invalid` with everything that was wrong so far."""
        if self.refusals:
            raise joined(self.refusals)

    def _gather(self, path: Path, load: Callable[[Path], M]) -> M | None:
        try:
            return load(path)
        except Refusal as refusal:
            self.refusals.append(refusal)
            return None


def _template(path: Path) -> Template:
    return load_model(Template, path)
