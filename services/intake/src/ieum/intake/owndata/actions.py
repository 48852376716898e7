"""Gathering what intake holds of a person; each object that is opened is recorded with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from ieum.intake.consents.domain import bases
from ieum.intake.owndata.casework import RESTRICTED, REVIEWS, WITHHELD
from ieum.intake.owndata.domain import OwnData
from ieum.intake.owndata.sources import SOURCES
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def gather(tx: Tx, desk: Desk, person: UUID, *, reason: str) -> OwnData:
    """What is held of a person whom the actor may see, under whatever id.

    Raises Refusal 404 `person-unknown`.
    """
    await people.shown(tx, desk, person)
    ids = await people.same(tx, person)
    held = {name: await source(tx, ids, reason) for name, source in SOURCES.items()}
    of_encounters = [RESTRICTED] if held["encounters"] else []
    withheld = [*(WITHHELD if held["cases"] else of_encounters), *([REVIEWS] if held["applications"] else ())]
    return OwnData(exported_at=tx.now, bases=bases(desk.city), withheld=withheld, **held)
