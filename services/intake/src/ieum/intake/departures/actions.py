"""Ending accounts, and passing on what they own."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake_staff import LeavingReason
from ieum.common.kernel.errors import Refusal
from ieum.intake.cases import actions as cases
from ieum.intake.departures import domain
from ieum.intake.people.actions import Desk
from ieum.intake.reviews import actions as reviews
from ieum.intake.staff import actions as staff
from ieum.intake.staff.domain import Staff

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


async def leave(
    tx: Tx, desk: Desk, id_: UUID, reason: LeavingReason, successor: str | None, *, version: int
) -> tuple[Staff, int]:
    """End an account for good; what it owns passes to `successor` now. Gives the account and how much passed.

    Raises Stale, and Refusal 403 `not-yours-to-give` or `own-access`, 404 `staff-unknown`, 409 `staff-left`,
    `account-on-desk` or `matters-open`, 422 `successor-unknown`.
    """
    before = await staff.leaving(tx, id_, version=version)
    if before.account in cases.desks(desk):
        raise domain.on_desk()
    if successor:
        await _check_successor(tx, desk, before, successor)
    return await _end(tx, desk, before, reason, successor)


async def end_due(tx: Tx, desk: Desk) -> int:
    """End accounts whose last day is over, giving what they own to their agency's lead; says how many."""
    found = await staff.over(tx, cases.desks(desk))
    for one in found:
        await _end(tx, desk, one, "term-ended", cases.lead_of(desk, one.agency) if one.agency else None)
    return len(found)


async def _end(
    tx: Tx, desk: Desk, before: Staff, reason: LeavingReason, successor: str | None
) -> tuple[Staff, int]:
    passed = 0
    if before.agency:
        passed = await cases.owned(tx, before.agency, before.account)
        passed += await reviews.held(tx, before.account)
        if passed and successor is None:
            raise domain.matters_open(passed)
        # Notes of closed cases, too, are to be readable by somebody.
        to = successor or cases.lead_of(desk, before.agency)
        await cases.pass_on(tx, before.agency, before.account, to)
        await reviews.pass_on(tx, desk, before.account, to)
    one = await staff.end(tx, before, reason, successor=successor if passed else None, passed=passed)
    return one, passed


async def _check_successor(tx: Tx, desk: Desk, one: Staff, successor: str) -> None:
    """Somebody else who works for the same agency, or an account its desk names."""
    if successor == one.account or one.agency is None:
        raise domain.successor_unknown()
    if successor in cases.desks(desk, one.agency):
        return
    try:
        await staff.check_owner(tx, one.agency, successor, "/successor")
    except Refusal:
        raise domain.successor_unknown() from None
