"""Gathering what happened to a person from all features that know of something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.appeals import actions as appeals
from ieum.intake.applications import actions as applications
from ieum.intake.cases import actions as cases
from ieum.intake.consents import actions as consents
from ieum.intake.contacts import actions as contacts
from ieum.intake.duplicates import actions as duplicates
from ieum.intake.erasures import actions as erasures
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import Moment
from ieum.intake.programmes import actions as programmes
from ieum.intake.referrals import actions as referrals
from ieum.intake.timeline import domain

if TYPE_CHECKING:
    from ieum.common.events.programme import Text
    from ieum.common.postgres import Tx

Source = Callable[["Tx", Collection[UUID]], Awaitable[Sequence[Moment]]]
SOURCES: Sequence[Source] = (
    people.moments,
    duplicates.moments,
    consents.moments,
    applications.moments,
    appeals.moments,
    cases.moments,
    referrals.moments,
    contacts.moments,
    erasures.moments,
)
"""Who tells of a person. Whatever feature knows more adds itself here, and its titles to the domain."""


@dataclass(frozen=True)
class Page:
    """Moments, newest first, the names of the programmes they are about, and the cursor of what follows."""

    moments: Sequence[Moment]
    names: Mapping[str, Text]
    after: str | None


async def shown(tx: Tx, desk: Desk, person: UUID, *, after: str | None, limit: int) -> Page:
    """A page of what happened to a person whom the actor may see, under whatever id.

    Of cases, referrals and contacts it holds those that the actor's agency has a part in, as row-level
    security says.
    Raises Refusal 404 `person-unknown`, 400 `cursor-unknown`.
    """
    place = domain.read_cursor(after) if after else None
    await people.shown(tx, desk, person)
    ids = await people.same(tx, person)
    moments, following = domain.page(
        [one for source in SOURCES for one in await source(tx, ids)], place, limit
    )
    about = {one.about for one in moments if one.about}
    names = {id_: one.definition.name for id_, one in (await programmes.present(tx, about)).items()}
    return Page(moments, names, following)
