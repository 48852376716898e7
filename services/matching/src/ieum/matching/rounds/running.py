"""Computing a round on request.

No connection is held while it clears. The result is written while the verifier is at it, and committed if it
passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.privacy import purposes
from ieum.common.web import unit
from ieum.matching.rounds import actions
from ieum.matching.rounds.apart import apart

if TYPE_CHECKING:
    from uuid import UUID

    from starlette.requests import Request

    from ieum.common.web import Principal


async def run(request: Request, principal: Principal, id_: UUID) -> None:
    """Compute a closed round and keep what was verified; computed before, it stays as it is."""
    with apart(request.app.state.service.settings.clearing_seconds_max) as computation:
        async with unit(request, principal, purposes.MATCHING) as tx:
            found = await actions.gather(tx, id_)
        if found is None:
            return
        seed, market = found
        cleared = await computation.clear(market)
        async with unit(request, principal, purposes.MATCHING) as tx:
            await actions.keep(tx, id_, seed, cleared)
            await computation.verify()  # what does not pass is taken back
