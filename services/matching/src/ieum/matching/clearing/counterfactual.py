"""The market that a reason's `nearest` speaks of: clear it, and the applicant is placed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ieum.matching.clearing.lottery import draw, line_up
from ieum.matching.clearing.parsing import parse
from ieum.matching.clearing.solve import solve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ieum.matching.clearing.market import Market, Opening


def changed(
    document: Mapping[str, Any], applicant: str, opening: str, nearest: Mapping[str, Any]
) -> dict[str, Any]:
    """Make the change that `nearest` names, for an applicant at an opening, in a copy of a market's document.

    Openings that the minimums close stay closed (capacity 0), and no minimum counts any more; the changed
    opening's order is written out as tiers of one, so that neither ties nor the lottery undo the change.
    """
    if "minimum" in nearest:
        document = _with(document, opening, {"minimum": nearest["minimum"]})
    market = parse(document)
    for closed in solve(market).closed:
        document = _with(document, closed, {"capacity": 0, "reserves": []})
    for each in market.openings:
        document = _with(document, each.id, {"minimum": 0})
    target = next(each for each in market.openings if each.id == opening)
    return _with(document, opening, _rules(market, target, applicant, nearest))


def _with(document: Mapping[str, Any], opening: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    openings = [each | fields if each["id"] == opening else each for each in document["openings"]]
    return {**document, "openings": openings}


def _rules(market: Market, opening: Opening, applicant: str, nearest: Mapping[str, Any]) -> dict[str, Any]:
    groups = {each.id: each.groups for each in market.applicants}
    order = line_up(opening, groups, draw(market), groups)
    if "before" in nearest:
        order = [name for name in order if name != applicant]
        order.insert(order.index(nearest["before"]), applicant)
    elif "named" in nearest:
        order.append(applicant)
    rules: dict[str, Any] = {"priorities": {"kind": "tiers", "tiers": [[name] for name in order]}}
    if "capacity" in nearest:
        rules["capacity"] = nearest["capacity"]
    if "at_most" in nearest:
        rules["quotas"] = [
            {"group": quota.group, "at_most": 1 if quota.group in groups[applicant] else quota.at_most}
            for quota in opening.quotas
        ]
    return rules
