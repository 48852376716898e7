"""The data files of the classification, as they are written; each is checked when it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from ieum.common.events.yaml_model import load_model

Words = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Major = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
"""A field of NCS (대분류), `01` to `24`."""
Group = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$")]
"""A middle group of KECO (중분류)."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True)

    ko: Words
    en: Words
    also: tuple[Words, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """All that means the same."""
        return (self.ko, self.en, *self.also)


class NcsMajor(_Entry):
    """A field of NCS; `keco`: the middle groups that do its work, where that is plain."""

    code: Major
    keco: tuple[Group, ...] = ()


class Ncs(BaseModel):
    """`ncs.yaml`."""

    source: str
    edition: str
    majors: tuple[NcsMajor, ...]


class KecoMajor(_Entry):
    """A major of KECO, by one digit."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]$")]


class KecoGroup(_Entry):
    """A middle group of KECO; its first digit is its major."""

    code: Group


class Keco(BaseModel):
    """`keco.yaml`."""

    source: str
    edition: str
    majors: tuple[KecoMajor, ...]
    groups: tuple[KecoGroup, ...]


class Term(_Entry):
    """A kind of work, or a skill, and where it belongs, if that is plain."""

    ncs: Major | None = None
    keco: Group | None = None


class Terms(BaseModel):
    """`fields.yaml`."""

    terms: tuple[Term, ...]


class Skills(BaseModel):
    """`skills.yaml`."""

    skills: tuple[Term, ...]


_HERE = Path(__file__).parent


def ncs() -> Ncs:
    """The fields of NCS."""
    return load_model(Ncs, _HERE / "ncs.yaml")


def keco() -> Keco:
    """KECO 2018."""
    return load_model(Keco, _HERE / "keco.yaml")


def terms() -> tuple[Term, ...]:
    """Kinds of work."""
    return load_model(Terms, _HERE / "fields.yaml").terms


def skills() -> tuple[Term, ...]:
    """Skills."""
    return load_model(Skills, _HERE / "skills.yaml").skills
