"""The verifier: does a result follow from its market? It shares no code with what computed the result.

Everything is worked out a second time (`verify_market`: names to numbers; `verify_rules`: the rules), then
the result is held against it, part by part: shape, people and places, stability, the best outcome, waiting
lists, reasons (`verify_reasons`), certificate. The market must be one that `parsing` accepts: a defective one
has no result at all.
"""

from __future__ import annotations

import json
import re
from hashlib import sha256
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import orjson

from ieum.matching.clearing.verify_market import Named
from ieum.matching.clearing.verify_reasons import Reasons
from ieum.matching.clearing.verify_rules import OPEN, OUT, Outcome, choose, clear, until, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ieum.matching.clearing.verify_market import Document
    from ieum.matching.clearing.verify_rules import Ints

CLAIMS = [
    "feasible", "acceptable", "lottery-order", "reserves-kept", "quotas-kept", "no-blocking-pair",
    "applicant-optimal", "waitlists-true", "reasons-true",
]  # fmt: skip


def verify(market: Document, result: object) -> list[str]:
    """Give all that is wrong with a result, as sentences; none means that it is verified."""
    return Verifier(market).problems(result)


class Verifier:
    """A market worked out, before any result of it is looked at."""

    def __init__(self, market: Document) -> None:
        self._named = Named(market)
        self._truth = clear(self._named.world, self._named.minimums)
        self._lines = _lines(self._named, self._truth)
        self._reasons = Reasons(self._named, self._truth)
        self._digest = sha256(_canonical(market)).hexdigest()

    def problems(self, result: object) -> list[str]:
        """Give all that is wrong with a result, as sentences; none means that it is verified.

        Later parts take it that the earlier ones hold, so the first part that finds something is the last
        one looked at, but for the certificate, which is always looked at once the shape is right.
        """
        try:
            digest = _digest_of_outcome(result)
        except (ValueError, TypeError, RecursionError) as error:
            return [f"the result is no JSON: {error}"]
        problems = list(_shape(result))
        if problems or not isinstance(result, dict):
            return problems
        named, truth = self._named, self._truth
        problems = list(_people_and_places(named, result))
        if not problems:
            answer = _answer(named, result)
            for part in (
                _stability(named, answer, truth),
                _best_outcome(named, answer, truth),
                _waiting(named, self._lines, result),
                self._reasons.wrong_in(result),
            ):
                problems = problems or list(part)
        digests = {"market": self._digest, "result": digest}
        return problems + list(_certificate(named, result, truth, digests))


def _digest_of_outcome(result: object) -> str:
    """Of all but the certificate, which has to be JSON as well."""
    if not isinstance(result, dict):
        return sha256(_canonical(result)).hexdigest()
    _canonical(result.get("certificate"))
    outcome = {name: value for name, value in result.items() if name != "certificate"}
    return sha256(_canonical(outcome)).hexdigest()


# --- shape
# -----------------------------------------------------------------------------------------------------


def _shape(result: Any) -> Iterator[str]:
    """Every object has its fields and no others, and every value is of its type."""
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


class Answer(NamedTuple):
    """A result's matches in arrays: who is held; and by applicant, the wish that came true, else the end."""

    outcome: Outcome
    until: Ints


def _people_and_places(named: Named, result: Document) -> Iterator[str]:
    """Everybody stands once, in the market's order; every place is given by its opening's rules."""
    matched = [match["applicant"] for match in result["matches"]]
    placed = set(matched)
    if matched != [name for name in named.names if name in placed]:
        yield "matches: an applicant is unknown, stands twice, or is out of order"
    if [one["applicant"] for one in result["unmatched"]] != [
        name for name in named.names if name not in placed
    ]:
        yield "unmatched: these are not the applicants without a match, in the market's order"
    held: dict[int, list[tuple[int, str]]] = {}
    wishes, ranks = named.world.wishes.tolist(), named.world.rank.tolist()
    for match in result["matches"]:
        name, opening, number = match["applicant"], match["opening"], match["rank"]
        who = named.number.get(name, -1)
        choices = named.choices[who] if who >= 0 else []
        if number < 1 or choices[number - 1 : number] != [opening]:
            yield f"{name}: {opening} is not their choice number {number}"
        elif not ranks[wishes[who] + number - 1]:
            yield f"{name} is not acceptable to {opening}"
        else:
            key = 2 * ranks[wishes[who] + number - 1]
            held.setdefault(named.opening_number[opening], []).append((key, match["place"]))
    for at, those in held.items():
        keys, places = zip(*sorted(those), strict=True)
        got = choose(named.world, at, np.array(keys), -1, True).tolist()
        if [_place(named.openings[at], kind) for kind in got] != list(places):
            name = named.opening_names[at]
            yield f"{name}: capacity, reserves or quotas are not kept, or a place is of another kind"


def _place(opening: Document, kind: int) -> str | None:
    if kind < 0:
        return {OPEN: "open", OUT: None}[kind]
    return f"reserve:{opening['reserves'][kind]['group']}"


def _answer(named: Named, result: Document) -> Answer:
    world = named.world
    who = np.array([named.number[match["applicant"]] for match in result["matches"]], np.int64)
    wish = world.wishes[who] + np.array([match["rank"] for match in result["matches"]], np.int64) - 1
    until = world.wishes[1:].copy()
    until[who] = wish
    keys = np.sort(2 * world.rank[wish])
    opening = world.opening[world.order[keys // 2]]
    count = np.bincount(opening, minlength=len(world.capacity))
    seat = np.concatenate(([0], np.cumsum(count)))[:-1]
    none = np.array([], np.int64)
    return Answer(Outcome(seat, keys, count, np.zeros(len(count), np.bool_), none, none), until)


def _stability(named: Named, answer: Answer, truth: Outcome) -> Iterator[str]:
    """No open opening would rather have somebody who would rather be there."""
    world = named.world
    better = np.arange(len(world.rank)) < answer.until[world.applicant]
    wishes = np.flatnonzero(better & (world.rank > 0) & ~truth.is_closed[world.opening])
    wishes = wishes[np.lexsort((named.kinds[wishes], world.opening[wishes]))]
    for wish in np.sort(wishes[wanted(world, answer.outcome, wishes, named.kinds[wishes], True)]):
        name, opening = named.applicant_of(wish), named.opening_of(wish)
        yield f"{name} and {opening} would both be better off with one another (a blocking pair)"


def _best_outcome(named: Named, answer: Answer, truth: Outcome) -> Iterator[str]:
    """The stable outcome best for the applicants, with the same openings closed."""
    for number, opening in enumerate(named.opening_names):
        those, right = (_keys(outcome, number) for outcome in (answer.outcome, truth))
        if len(those) and truth.is_closed[number]:
            yield f"{opening} holds somebody but is closed: it stays below its minimum"
        elif not np.array_equal(those, right):
            ranks = np.setxor1d(those, right) // 2
            names = ", ".join(sorted(named.applicant_of(wish) for wish in named.world.order[ranks]))
            yield f"{opening}: not the best stable outcome for the applicants ({names})"


def _keys(outcome: Outcome, opening: int) -> Ints:
    first = outcome.seat[opening]
    return outcome.held[first : first + outcome.filled[opening]]


def _waiting(named: Named, lines: list[list[str]], result: Document) -> Iterator[str]:
    """Everybody acceptable who likes an opening better than what they got, in its order."""
    if [one["opening"] for one in result["waitlists"]] != named.opening_names:
        yield "waitlists: these are not the market's openings, in order"
        return
    for one, line in zip(result["waitlists"], lines, strict=True):
        if one["applicants"] != line:
            yield f"{one['opening']}: the waiting list is not right"


def _lines(named: Named, truth: Outcome) -> list[list[str]]:
    """The true waiting list of each opening."""
    world = named.world
    order = world.order[1:]
    waiting = order < until(world, truth)[world.applicant[order]]
    names = [named.names[who] for who in world.applicant[order[waiting]].tolist()]
    ends = np.concatenate(([0], np.cumsum(waiting)))[world.line - 1].tolist()
    return [names[begin:end] for begin, end in pairwise(ends)]


def _certificate(named: Named, result: Document, truth: Outcome, digests: Document) -> Iterator[str]:
    """The digests, the claims, and the openings closed or wished for by nobody."""
    asked = {opening for choices in named.choices for opening in choices}
    right = digests | {
        "claims": CLAIMS,
        "closed": [
            {"opening": named.opening_names[number], "placed": placed}
            for number, placed in zip(truth.closed.tolist(), truth.placed.tolist(), strict=True)
        ],
        "nobody_asked": [name for name in named.opening_names if name not in asked],
    }
    certificate = result["certificate"]
    for name in sorted(right.keys() | certificate.keys()):
        if name not in right or name not in certificate or _text(certificate[name]) != _text(right[name]):
            yield f"certificate: {name} is not right"


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _canonical(value: Any) -> bytes:
    """RFC 8785 for what the format uses: keys by UTF-16 code units, no spaces, no needless escapes."""
    try:
        found = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        found = b""
    # Below U+FFFF the order of the code points is that of the units; a fraction is found by the other parts.
    if found and (found.isascii() or not re.search(rb"[\xf0-\xf4]", found)):
        return found

    def ordered(pairs: list[tuple[str, Any]]) -> Document:
        return dict(sorted(pairs, key=lambda pair: pair[0].encode("utf-16-be")))

    ordered_value = json.loads(json.dumps(value), object_pairs_hook=ordered)
    return json.dumps(ordered_value, ensure_ascii=False, separators=(",", ":")).encode()
