"""From what people write to what is meant: one dictionary for fields of work, one for skills. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ieum.common.classification import files
from ieum.common.kernel.korean import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ieum.common.classification.files import Keco, Ncs, Term

_IGNORED = re.compile(r"[^\w+#]")


@dataclass(frozen=True, slots=True)
class Field:
    """A kind of work or a skill. `ncs` and `keco` are codes; `whole`: it is all of that field of NCS."""

    ko: str
    en: str
    ncs: str | None = None
    keco: str | None = None
    whole: bool = False


class Classification:
    """NCS, KECO and the words for them."""

    def __init__(self, ncs: Ncs, keco: Keco, terms: Iterable[Term], skills: Iterable[Term]) -> None:
        """From the files' contents; raises ValueError where two entries have a word in common."""
        self.ncs = {one.code: one for one in ncs.majors}
        self.keco = {one.code: one for one in keco.groups}
        self._fields = _by_word((*_majors(ncs), *_groups(ncs, keco), *_plain(terms)))
        self._skills = _by_word(_plain(skills))

    def field(self, text: str) -> Field | None:
        """The field of work that a text means; None where no list has it."""
        return self._fields.get(_key(text))

    def skill(self, text: str) -> Field | None:
        """The skill that a text means; None where no list has it."""
        return self._skills.get(_key(text))

    @property
    def fields(self) -> list[Field]:
        """All fields of work, each once, in the order of the files."""
        return list(dict.fromkeys(self._fields.values()))

    @property
    def skills(self) -> list[Field]:
        """All skills, each once, in the order of the file."""
        return list(dict.fromkeys(self._skills.values()))


@cache
def classification() -> Classification:
    """The packaged one, read once a process."""
    return Classification(files.ncs(), files.keco(), files.terms(), files.skills())


def fold(text: str) -> str:
    """A text as it is compared: NFC, single spaces, no difference of case."""
    return normalise(text).casefold()


def _key(text: str) -> str:
    """As `fold`, and 웹개발 is 웹 개발, UI/UX is UI UX; C, C++ and C# stay three."""
    return _IGNORED.sub("", fold(text))


def _majors(ncs: Ncs) -> Iterator[tuple[Field, tuple[str, ...]]]:
    for one in ncs.majors:
        group = one.keco[0] if len(one.keco) == 1 else None
        yield Field(one.ko, one.en, one.code, group, whole=True), one.words


def _groups(ncs: Ncs, keco: Keco) -> Iterator[tuple[Field, tuple[str, ...]]]:
    """A group that alone does the work of one field of NCS means that field; one of several is part of it."""
    for group in keco.groups:
        majors = [one for one in ncs.majors if group.code in one.keco]
        if len(majors) == 1 and len(majors[0].keco) == 1:
            field = Field(majors[0].ko, majors[0].en, majors[0].code, group.code, whole=True)
        else:
            field = Field(group.ko, group.en, majors[0].code if len(majors) == 1 else None, group.code)
        yield field, (group.ko,)  # in English some are called as the field of NCS


def _plain(terms: Iterable[Term]) -> Iterator[tuple[Field, tuple[str, ...]]]:
    for one in terms:
        yield Field(one.ko, one.en, one.ncs, one.keco), one.words


def _by_word(entries: Iterable[tuple[Field, tuple[str, ...]]]) -> Mapping[str, Field]:
    found: dict[str, Field] = {}
    for field, words in entries:
        for key in dict.fromkeys(map(_key, words)):
            if found.setdefault(key, field) != field:
                raise ValueError(f"{key} means {found[key].ko} and {field.ko}")
    return found
