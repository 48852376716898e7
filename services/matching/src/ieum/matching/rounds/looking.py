"""What the official who confirms has to see: each opening's line, ties that the lottery decided. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ieum.matching.rounds.domain import Documents


@dataclass(frozen=True, slots=True)
class Line:
    """One opening: places, how many chose it, who got one (`placed`) of which kinds, how many wait.

    `lowest` is the lowest score of an open place. `tied`: how many of that score got a place, or wait: where
    both are above 0 the tie rules or the lottery decided.
    """

    opening: str
    places: int
    asked: int
    placed: int
    reserved: Mapping[str, int]
    waiting: int
    lowest: int | None
    tied_in: int
    tied_out: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """All of a round that its page shows of the documents."""

    lines: list[Line]
    certificate: Mapping[str, Any] | None
    unmatched: int


def see(documents: Documents | None) -> Seen:
    """Nothing yet where there are no documents."""
    if documents is None:
        return Seen([], None, 0)
    market, result = orjson.loads(documents.market), orjson.loads(documents.result)
    return Seen(lines(market, result), result["certificate"], len(result["unmatched"]))


def lines(market: Mapping[str, Any], result: Mapping[str, Any]) -> list[Line]:
    """By opening, in the market's order."""
    asked = Counter(opening for one in market["applicants"] for opening in one["choices"])
    waiting = {one["opening"]: one["applicants"] for one in result["waitlists"]}
    placed: dict[str, list[Mapping[str, Any]]] = {one["id"]: [] for one in market["openings"]}
    for match in result["matches"]:
        placed[match["opening"]].append(match)
    closed = {one["opening"] for one in result["certificate"]["closed"]}
    return [
        _line(one, asked[one["id"]], placed[one["id"]], waiting[one["id"]], one["id"] in closed)
        for one in market["openings"]
    ]


def _line(
    opening: Mapping[str, Any], asked: int, placed: list[Mapping[str, Any]], waiting: list[str], closed: bool
) -> Line:
    scores = opening["priorities"]["scores"]
    open_scores = [scores[match["applicant"]] for match in placed if match["place"] == "open"]
    lowest = min(open_scores, default=None)
    return Line(
        opening=opening["id"],
        places=opening["capacity"],
        asked=asked,
        placed=len(placed),
        reserved=Counter(
            match["place"].removeprefix("reserve:") for match in placed if match["place"] != "open"
        ),
        waiting=len(waiting),
        lowest=lowest,
        tied_in=open_scores.count(lowest) if lowest is not None else 0,
        tied_out=sum(scores[name] == lowest for name in waiting),
        closed=closed,
    )
