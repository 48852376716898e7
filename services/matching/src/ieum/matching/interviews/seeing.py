"""Whose interview it is: the workplace's, the agency's that runs the programme, or the person's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.matching.candidates import actions as candidates
from ieum.matching.interviews import actions
from ieum.matching.markets import actions as markets

if TYPE_CHECKING:
    from uuid import UUID

    from ieum.common.postgres import Tx
    from ieum.common.web import Principal
    from ieum.matching.interviews.domain import Interview
    from ieum.matching.markets.domain import Application


async def held_by(tx: Tx, principal: Principal, id_: UUID) -> Interview:
    """One that their workplace holds, or of a programme of their agency; raises Refusal 404 `not-found`."""
    found = await actions.find(tx, id_)
    opening = (await markets.openings(tx, [found.opening])).get(found.opening)
    if opening is None or not await candidates.is_theirs(tx, principal, opening):
        raise hidden()
    return found


async def of_person(tx: Tx, principal: Principal, id_: UUID) -> Interview:
    """One to which they, or somebody of their agency, were invited; raises Refusal 404 `not-found`."""
    found = await actions.find(tx, id_)
    await application(tx, principal, found.application)
    if not found.version:
        raise hidden()
    return found


async def application(tx: Tx, principal: Principal, id_: UUID) -> Application:
    """An application of their own, or to a programme of their agency; raises Refusal 404 `not-found`."""
    found = await markets.application(tx, id_)
    if "staff" in principal.roles:
        own = await markets.is_run_by(tx, found.programme, principal.agency)
    else:
        own = principal.subject == str(found.person)
    if not own:
        raise hidden()
    return found


def hidden() -> Refusal:
    """Nothing is there, as far as whoever asks may know."""
    return Refusal("not-found", ko="찾을 수 없습니다.", en="There is nothing here.", status=404)
