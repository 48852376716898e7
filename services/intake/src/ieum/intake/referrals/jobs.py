"""The clock of referrals: reminders, and back to the sender what nobody answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.intake.referrals import actions

if TYPE_CHECKING:
    from ieum.common.service.app import Service

ACTOR = Actor("service", "intake/referrals")


async def lapse_due(service: Service) -> int:
    """Take on one referral whose time has come, in a transaction of its own: 1, or 0 where none is due.

    One at a time, so that no transaction holds the rows of two.
    """
    async with service.database.unit_of_work(ACTOR, purposes.INTAKE) as tx:
        return int(await actions.lapse_next(tx))
