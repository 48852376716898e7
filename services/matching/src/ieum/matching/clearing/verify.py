"""The verifier: does a result follow from its market? It shares no code with what computed the result.

Everything is worked out a second time (`verify_market`, the only module this one uses), then the result is
held against it, part by part: shape, people and places, stability, the best outcome, waiting lists, reasons,
certificate. The market must be one that `parsing` accepts: a defective one has no result at all.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ieum.matching.clearing.verify_market import Outcome, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ieum.matching.clearing.verify_market import Document, Held

CLAIMS = [
    "feasible", "acceptable", "lottery-order", "reserves-kept", "quotas-kept", "no-blocking-pair",
    "applicant-optimal", "waitlists-true", "reasons-true",
]  # fmt: skip


def verify(market: Document, result: object) -> list[str]:
    """Give all that is wrong with a result, as sentences; none means that it is verified.

    Later parts take it that the earlier ones hold, so the first part that finds something is the last one
    looked at, but for the certificate, which is always looked at once the shape is right.
    """
    problems = list(_shape(result))
    if problems or not isinstance(result, dict):
        return problems
    world = World(market)
    truth = world.clear({})
    for part in (
        _people_and_places(world, result),
        _stability(world, result, truth),
        _best_outcome(world, result, truth),
        _waiting(world, result),
        _reasons(world, result, truth),
    ):
        problems = problems or list(part)
    return problems + list(_certificate(world, result, truth))


# --- shape
# -----------------------------------------------------------------------------------------------------


def _shape(result: Any) -> Iterator[str]:
    """Every object has its fields and no others, and every value is of its type."""
    try:
        _canonical(result)
    except (ValueError, TypeError, RecursionError) as error:
        yield f"the result is no JSON: {error}"
        return
    top: dict[str, type] = {
        "format": str,
        "matches": list,
        "unmatched": list,
        "waitlists": list,
        "certificate": dict,
    }
    if not _is(result, top):
        yield f"the result is no object with exactly the fields {', '.join(top)}"
        return
    if result["format"] != "ieum-result/1":
        yield f"the format is {result['format']!r}, not 'ieum-result/1'"
    lists: dict[str, dict[str, type]] = {
        "matches": {"applicant": str, "opening": str, "rank": int, "place": str},
        "unmatched": {"applicant": str, "reasons": list},
        "waitlists": {"opening": str, "applicants": list},
    }
    for name, fields in lists.items():
        for number, item in enumerate(result[name]):
            if not _is(item, fields):
                yield f"{name}[{number}] is no object with exactly the fields {', '.join(fields)}"


def _is(value: Any, fields: dict[str, type]) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == fields.keys()
        and all(type(value[name]) is kind for name, kind in fields.items())
    )


# --- the parts
# -------------------------------------------------------------------------------------------------


def _people_and_places(world: World, result: Document) -> Iterator[str]:
    """Everybody stands once, in the market's order; every place is given by its opening's rules."""
    matched = [match["applicant"] for match in result["matches"]]
    placed = set(matched)
    if matched != [name for name in world.choices if name in placed]:
        yield "matches: an applicant is unknown, stands twice, or is out of order"
    if [one["applicant"] for one in result["unmatched"]] != [
        name for name in world.choices if name not in placed
    ]:
        yield "unmatched: these are not the applicants without a match, in the market's order"
    held: dict[str, dict[str, str]] = {}
    for match in result["matches"]:
        name, opening = match["applicant"], match["opening"]
        wishes = world.choices.get(name, [])
        if opening not in wishes or wishes.index(opening) + 1 != match["rank"]:
            yield f"{name}: {opening} is not their choice number {match['rank']}"
        elif name not in world.position[opening]:
            yield f"{name} is not acceptable to {opening}"
        else:
            held.setdefault(opening, {})[name] = match["place"]
    for opening, places in held.items():
        if world.choose(opening, set(places), world.position[opening]) != places:
            yield f"{opening}: capacity, reserves or quotas are not kept, or a place is of another kind"


def _stability(world: World, result: Document, truth: Outcome) -> Iterator[str]:
    """No open opening would rather have somebody who would rather be there."""
    held = _held(world, result)
    got = {match["applicant"]: match["rank"] - 1 for match in result["matches"]}
    for name, choices in world.choices.items():
        for opening in choices[: got.get(name, len(choices))]:
            position = world.position[opening]
            if opening in truth.closed or name not in position:
                continue
            if name in world.choose(opening, held[opening] | {name}, position):
                yield f"{name} and {opening} would both be better off with one another (a blocking pair)"


def _best_outcome(world: World, result: Document, truth: Outcome) -> Iterator[str]:
    """The stable outcome best for the applicants, with the same openings closed."""
    for opening, those in _held(world, result).items():
        if those and opening in truth.closed:
            yield f"{opening} holds somebody but is closed: it stays below its minimum"
        elif those != truth.held[opening]:
            names = ", ".join(sorted(those ^ truth.held[opening]))
            yield f"{opening}: not the best stable outcome for the applicants ({names})"


def _held(world: World, result: Document) -> Held:
    held: Held = {name: set() for name in world.openings}
    for match in result["matches"]:
        held[match["opening"]].add(match["applicant"])
    return held


def _waiting(world: World, result: Document) -> Iterator[str]:
    """Everybody acceptable who likes an opening better than what they got, in its order."""
    got = {match["applicant"]: match["rank"] - 1 for match in result["matches"]}
    if [one["opening"] for one in result["waitlists"]] != list(world.openings):
        yield "waitlists: these are not the market's openings, in order"
        return
    for one in result["waitlists"]:
        opening = one["opening"]
        line = [
            name
            for name in world.asking(opening)
            if world.choices[name].index(opening) < got.get(name, len(world.choices[name]))
        ]
        if one["applicants"] != line:
            yield f"{opening}: the waiting list is not right"


def _reasons(world: World, result: Document, truth: Outcome) -> Iterator[str]:
    """For each choice of the unmatched the right code, and a change that would do, and no lesser one."""
    reopened = cache(lambda opening: world.clear({opening: truth.closed[opening]}))
    for one in result["unmatched"]:
        name = one["applicant"]
        if [_opening_of(reason) for reason in one["reasons"]] != world.choices[name]:
            yield f"{name}: the reasons are not one for each choice, in order"
            continue
        for reason in one["reasons"]:
            opening, code = reason["opening"], _code(world, truth, name, reason["opening"])
            if reason["code"] != code:
                yield f"{name}, {opening}: the reason is {code}, not {reason['code']}"
            elif not _nearest_holds(world, truth, reopened, name, reason):
                yield f"{name}, {opening}: the nearest change is not the least that would place them"


def _opening_of(reason: Any) -> Any:
    is_one = isinstance(reason, dict) and reason.keys() == {"opening", "code", "nearest"}
    return reason["opening"] if is_one else None


def _code(world: World, truth: Outcome, name: str, opening: str) -> str:
    position = world.position[opening]
    if name not in position:
        return "not-acceptable"
    if opening in truth.closed:
        return "closed"
    without_quotas = world.choose(opening, truth.held[opening] | {name}, position, quotas=False)
    return "quota" if name in without_quotas else "outranked"


def _nearest_holds(
    world: World, truth: Outcome, reopened: Callable[[str], Outcome], name: str, reason: Document
) -> bool:
    opening, nearest = reason["opening"], reason["nearest"]
    quotas = [quota["group"] for quota in world.openings[opening].get("quotas", [])]
    if name not in world.position[opening] and sum(group in world.groups[name] for group in quotas) > 1:
        return nearest is None
    if not isinstance(nearest, dict):
        return False
    move, outcome = dict(nearest), truth
    if opening in truth.closed:
        if _text(move.pop("minimum", None)) != _text(truth.closed[opening]):
            return False
        outcome = reopened(opening)
        if any(name in those for those in outcome.held.values()):
            return not move
    return _least_move(world, outcome, name, opening, move)


def _least_move(world: World, outcome: Outcome, name: str, opening: str, move: Document) -> bool:
    position = world.position[opening]
    if move.keys() == {"before"}:
        before = move["before"]
        if not isinstance(before, str) or before == name or before not in position:
            return False
        place = position[before]
        up, down = (world.stays(outcome, name, opening, place + step) for step in (-0.5, 0.5))
        return up and not down
    if _text(move) == _text({"named": True}):
        return name not in position and world.stays(outcome, name, opening, len(position))
    if world.stays(outcome, name, opening, -1):
        return False
    return _text(move) == _text(_beyond_rank(world, name, opening))


def _beyond_rank(world: World, name: str, opening: str) -> Document:
    """What else has to change where standing first is not enough."""
    line, rules = world.asking(opening), world.openings[opening]
    change: Document = {}
    if line and line[0] != name:
        change["before"] = line[0]
    elif name not in line:
        change["named"] = True
    if sum(reserve["places"] for reserve in rules.get("reserves", [])) == rules["capacity"]:
        change["capacity"] = rules["capacity"] + 1
    for quota in rules.get("quotas", []):
        if quota["group"] in world.groups[name] and quota["at_most"] == 0:
            change["at_most"] = 1
    return change


def _certificate(world: World, result: Document, truth: Outcome) -> Iterator[str]:
    """The digests, the claims, and the openings closed or wished for by nobody."""
    asked = {opening for choices in world.choices.values() for opening in choices}
    outcome = {name: value for name, value in result.items() if name != "certificate"}
    right = {
        "market": sha256(_canonical(world.market)).hexdigest(),
        "result": sha256(_canonical(outcome)).hexdigest(),
        "claims": CLAIMS,
        "closed": [{"opening": name, "placed": number} for name, number in truth.closed.items()],
        "nobody_asked": [name for name in world.openings if name not in asked],
    }
    certificate = result["certificate"]
    for name in sorted(right.keys() | certificate.keys()):
        if name not in right or name not in certificate or _text(certificate[name]) != _text(right[name]):
            yield f"certificate: {name} is not right"


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _canonical(value: Any) -> bytes:
    """RFC 8785 for what the format uses: keys by UTF-16 code units, no spaces, no needless escapes."""

    def ordered(pairs: list[tuple[str, Any]]) -> Document:
        return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))

    ordered_value = json.loads(json.dumps(value), object_pairs_hook=ordered)
    return json.dumps(ordered_value, ensure_ascii=False, separators=(",", ":")).encode()
