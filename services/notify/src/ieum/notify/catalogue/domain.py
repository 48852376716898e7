"""What messages say of programmes and openings, folded from a batch of facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import OpeningPublished, ProgrammePublished
from ieum.common.events.programme import Programme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ieum.common.events.envelope import Event


@dataclass(frozen=True)
class ProgrammeTold:
    """A programme's names by language, its agency, and which template serves which purpose."""

    id: str
    version: int
    name: Mapping[str, str]
    agency: str
    messages: Mapping[str, str]


@dataclass(frozen=True)
class OpeningTold:
    """An opening's title, at an organisation."""

    id: UUID
    organisation: UUID
    title: str
    sequence: int


def fold_programmes(events: Iterable[Event]) -> list[ProgrammeTold]:
    """The newest version of each programme in a batch."""
    found: dict[str, ProgrammeTold] = {}
    for event in events:
        if isinstance(event.data, ProgrammePublished):
            told = _told(event.data)
            if told.id not in found or found[told.id].version < told.version:
                found[told.id] = told
    return list(found.values())


def _told(fact: ProgrammePublished) -> ProgrammeTold:
    programme = Programme.model_validate(fact.definition)
    messages = {str(purpose): template for purpose, template in programme.messages.items()}
    return ProgrammeTold(
        fact.programme, fact.version, programme.name.model_dump(), programme.agency, messages
    )


def fold_openings(events: Iterable[Event]) -> list[OpeningTold]:
    """The last state of each opening in a batch."""
    found = {
        event.subject: OpeningTold(
            UUID(event.subject), event.data.organisation, event.data.title, event.sequence
        )
        for event in events
        if isinstance(event.data, OpeningPublished)
    }
    return list(found.values())
