"""How evenly an agency's workers are loaded, as a page: bars drawn by the server, with a table beneath."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ieum.common.privacy import purposes
from ieum.common.web import Principal, render, requires, unit
from ieum.matching.assignment import actions
from ieum.matching.assignment.api import agency_of
from ieum.matching.assignment.domain import Role
from ieum.matching.assignment.sentences import ROLES
from ieum.matching.assignment.store import Profile

TEMPLATES = Path(__file__).parent / "templates"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Bar:
    """A worker's load; `percent` of the capacity, which may have been lowered below the load."""

    name: str
    load: int
    capacity: int
    active: bool

    @property
    def percent(self) -> int:
        """Rounded down."""
        return 100 * self.load // self.capacity if self.capacity else 100 * bool(self.load)


@dataclass(frozen=True, slots=True)
class Spread:
    """The workers of a role, the fullest first; the least and the most loaded of those who are active."""

    role: Role
    bars: tuple[Bar, ...]

    @property
    def ends(self) -> tuple[int, int] | None:
        """Lowest and highest share, in percent; None without anybody active."""
        shares = [one.percent for one in self.bars if one.active]
        return (min(shares), max(shares)) if shares else None


def spread(found: list[Profile]) -> list[Spread]:
    """By role; a worker of two roles stands in both, with all that they have."""
    return [
        Spread(role, tuple(sorted(map(_bar, those), key=lambda bar: (-bar.percent, bar.name))))
        for role in ROLES
        if (those := [one for one in found if role in one.roles])
    ]


def _bar(one: Profile) -> Bar:
    return Bar(one.worker.id, one.worker.load, one.worker.capacity, one.active)


@router.get("/assignments/load")
async def show(request: Request, principal: Principal = requires()) -> Response:
    """The spread of load over the agency's counsellors, supervisors, mentors and case workers."""
    async with unit(request, principal, purposes.MATCHING) as tx:
        found = await actions.workers(tx, agency_of(principal))
    return render(request, "load.html.j2", spreads=spread(found), roles=ROLES)
