"""Who may see and touch a match or an application: the person, the agency's staff, the place's workplace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.matching.markets import actions as markets
from ieum.matching.placement.domain import Match

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.common.web import Principal
    from ieum.matching.markets.domain import Application


ACCEPTED = frozenset({"accepted", "started", "completed", "ended_early"})


async def check(tx: Tx, principal: Principal, about: Match | Application) -> None:
    """Whether it is theirs to see; raises Refusal 404 `not-found`, which tells nobody that it is there.

    A workplace sees a match once it was accepted: before, it is blind.
    """
    own = principal.subject == str(about.person)
    if "staff" in principal.roles:
        own = await markets.is_run_by(tx, about.programme, principal.agency)
    elif "workplace" in principal.roles:
        own = isinstance(about, Match) and about.state in ACCEPTED and _works_at(principal, about)
    if not own:
        raise hidden()


def _works_at(principal: Principal, match: Match) -> bool:
    return principal.agency == str(match.organisation)


def hidden() -> Refusal:
    """Nothing is there, as far as whoever asks may know."""
    return Refusal("not-found", ko="찾을 수 없습니다.", en="There is nothing here.", status=404)
