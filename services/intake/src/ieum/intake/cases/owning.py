"""Whose a case is: handed over as one leaves, or taken over by whoever was confirmed for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.intake.cases import store
from ieum.intake.cases.actions import check_owner, lead_of, worker

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.intake.people.actions import Desk

_BY_HAND = frozenset({"assign", "handover", "reopen"})
"""Commands by which people say whose a case is."""


async def hand_over(tx: Tx, desk: Desk, from_: str, to: str) -> int:
    """Give all open cases of one owner to another of the same agency, as one leaves; gives how many.

    An owner hands over their own, the lead anybody's; raises Refusal 403 `case-rank`, 422 `same-owner`.
    """
    agency = tx.actor.agency or ""
    if from_ == to:
        raise Refusal(
            "same-owner",
            ko="다른 담당자를 적어 주십시오.",
            en="Please name somebody else.",
            pointer="/to",
        )
    me = worker(tx)
    if not (me.official or me.id in (from_, lead_of(desk, agency))):
        raise Refusal(
            "case-rank",
            ko="본인의 사례이거나 기관의 책임자일 때만 인계할 수 있습니다.",
            en="Only the owner or the agency's lead hands cases over.",
            status=403,
        )
    await check_owner(tx, desk, agency, to, "/to")
    return await store.hand_over(tx, agency, from_, to)


async def take_over(
    tx: Tx, desk: Desk, id_: UUID, agency: str, worker_: str, *, by: str, at: datetime
) -> None:
    """Somebody decided at a moment, with names, who works on a case: they own it, unless it is theirs.

    Whoever was made its owner by hand after that moment stays it; so does the owner of a case that is closed
    or another agency's by now. Raises Refusal 422 `owner-unknown`.
    """
    case = await store.find(tx, id_, lock=True)
    if case is None or case.agency != agency or case.due_at is None or case.owner == worker_:
        return
    if any(one.command in _BY_HAND and one.at > at for one in await store.entries(tx, id_)):
        return
    await check_owner(tx, desk, agency, worker_, "/worker")
    await store.save(tx, [replace(case, owner=worker_, version=case.version + 1)], "assign", by=by)
