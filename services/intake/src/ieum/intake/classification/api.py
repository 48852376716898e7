"""HTTP route of the words for work: what a form offers while somebody types a skill or a field."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from ieum.common.classification import Field, classification
from ieum.common.web import Principal, requires

router = APIRouter(tags=["classification"])


class Word(BaseModel):
    """A kind of work or a skill; its codes where its place in NCS (대분류) and KECO 2018 (중분류) is plain.

    `whole`: it is all of that field of NCS.
    """

    ko: str
    en: str
    ncs: str | None
    keco: str | None
    whole: bool


class Words(BaseModel):
    """What a person or an opening may name; any other text may be written, too, and means what it says."""

    fields: list[Word]
    skills: list[Word]


@router.get("/classification")
async def show_classification(principal: Principal = requires()) -> Words:  # noqa: ARG001
    """The fields of work and the skills that are known by a name, in the order of the lists."""
    known = classification()
    return Words(fields=[_word(one) for one in known.fields], skills=[_word(one) for one in known.skills])


def _word(one: Field) -> Word:
    return Word(ko=one.ko, en=one.en, ncs=one.ncs, keco=one.keco, whole=one.whole)
