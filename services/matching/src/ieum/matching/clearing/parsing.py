"""From JSON to a market, or to the first defect found; nothing is mended and nothing dropped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ieum.matching.clearing.canonical import digest
from ieum.matching.clearing.market import FORMAT, MECHANISM, Applicant, Market, Opening, Quota, Reserve
from ieum.matching.clearing.node import Node, are_plain, load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ieum.matching.clearing.canonical import Json

_APPLICANT_FIELDS = ({"id", "choices"}, {"id", "choices", "groups"})
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


def read(data: bytes) -> Market:
    """Read a market from the bytes of an `ieum-market/1` file; raises `Refusal`, codes in `refusals`."""
    return _market(*load(data))


def parse(document: Json) -> Market:
    """Read a market from a decoded document; raises `Refusal`."""
    return _market(Node(document), None)


def _market(node: Node, known: str | None) -> Market:
    fields = node.fields("format", "mechanism", "seed", "applicants", "openings")
    if fields["format"].text() != FORMAT:
        raise fields["format"].refuse("unknown-format", fields["format"].text())
    if fields["mechanism"].text() != MECHANISM:
        raise fields["mechanism"].refuse("unknown-mechanism", fields["mechanism"].text())
    applicants = _applicants(fields["applicants"])
    _unique_ids(fields["applicants"], (applicant.id for applicant in applicants))
    groups = {applicant.id: applicant.groups for applicant in applicants}
    openings = tuple(_opening(item, groups) for item in fields["openings"].items())
    _unique_ids(fields["openings"], (opening.id for opening in openings))
    _known_choices(fields["applicants"], applicants, {opening.id for opening in openings})
    return Market(_seed(fields["seed"]), applicants, openings, known or digest(node.value))


def _seed(node: Node) -> bytes:
    if not _HEX.fullmatch(node.value if isinstance(node.value, str) else ""):
        raise node.refuse("bad-seed")
    return bytes.fromhex(node.text())


def _unique_ids(node: Node, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for item, name in zip(node.items(), ids, strict=True):
        if name in seen:
            raise item.refuse("duplicate-id", name)
        seen.add(name)


def _known_choices(node: Node, applicants: tuple[Applicant, ...], openings: set[str]) -> None:
    for number, applicant in enumerate(applicants):
        if openings.issuperset(applicant.choices):
            continue
        for place, choice in enumerate(applicant.choices):
            if choice not in openings:
                where = node.items()[number].object()["choices"].items()[place]
                raise where.refuse("unknown-opening", choice)


def _applicants(node: Node) -> tuple[Applicant, ...]:
    return _ordinary(node.value) or tuple(map(_applicant, node.items()))


def _ordinary(values: Any) -> tuple[Applicant, ...]:
    """All applicants at once where none is odd; else none: what is odd is found one by one."""
    if not isinstance(values, list) or not all(
        type(one) is dict and one.keys() in _APPLICANT_FIELDS for one in values
    ):
        return ()
    ids, choices = [one["id"] for one in values], [one["choices"] for one in values]
    groups = [one.get("groups", []) for one in values]
    if not are_plain([ids]) or not are_plain(choices) or not are_plain(groups):
        return ()
    return tuple(map(Applicant, ids, map(tuple, choices), map(frozenset, groups)))


def _applicant(node: Node) -> Applicant:
    fields = node.fields("id", "choices", optional=("groups",))
    groups = fields["groups"].texts("duplicate-group") if "groups" in fields else ()
    return Applicant(fields["id"].text(), fields["choices"].texts("duplicate-choice"), frozenset(groups))


def _opening(node: Node, groups: dict[str, frozenset[str]]) -> Opening:
    fields = node.fields("id", "capacity", "priorities", optional=("ties", "reserves", "quotas", "minimum"))
    opening = Opening(
        id=fields["id"].text(),
        capacity=fields["capacity"].count("negative-capacity"),
        priority=_priority(fields["priorities"]),
        ties=fields["ties"].texts("duplicate-group") if "ties" in fields else (),
        reserves=tuple(map(_reserve, fields["reserves"].items())) if "reserves" in fields else (),
        quotas=tuple(map(_quota, fields["quotas"].items())) if "quotas" in fields else (),
        minimum=fields["minimum"].count("negative-minimum") if "minimum" in fields else 0,
    )
    _check_acceptable(fields["priorities"], opening, groups)
    if sum(reserve.places for reserve in opening.reserves) > opening.capacity:
        raise fields["reserves"].refuse("reserves-exceed-capacity", opening.id)
    _check_quotas(fields.get("quotas", node), opening, groups)
    return opening


def _check_acceptable(node: Node, opening: Opening, groups: dict[str, frozenset[str]]) -> None:
    if not groups.keys() >= opening.priority.keys():
        raise node.refuse("unknown-applicant", next(name for name in opening.priority if name not in groups))


def _check_quotas(node: Node, opening: Opening, groups: dict[str, frozenset[str]]) -> None:
    """Refuse quotas whose answer would depend on the order in which applicants ask."""
    if len(opening.quotas) > 1:
        for name in opening.priority:
            if sum(quota.group in groups[name] for quota in opening.quotas) > 1:
                raise node.refuse("overlapping-quotas", f"{opening.id}, {name}")


def _priority(node: Node) -> dict[str, int]:
    kind = node.object().get("kind")
    if kind is None:
        raise node.refuse("missing-field", "kind")
    if kind.text() == "scores":
        return node.fields("kind", "scores")["scores"].integers()
    if kind.text() != "tiers":
        raise kind.refuse("unknown-kind", kind.text())
    found: dict[str, int] = {}
    for number, tier in enumerate(node.fields("kind", "tiers")["tiers"].items()):
        for name in tier.texts("duplicate-priority"):
            if name in found:
                raise node.refuse("duplicate-priority", name)
            found[name] = -number
    return found


def _reserve(node: Node) -> Reserve:
    fields = node.fields("group", "places", optional=("unfilled",))
    unfilled = fields["unfilled"].text() if "unfilled" in fields else "open"
    if unfilled not in ("open", "empty"):
        raise fields["unfilled"].refuse("unknown-unfilled", unfilled)
    return Reserve(fields["group"].text(), fields["places"].count("negative-places"), unfilled == "open")


def _quota(node: Node) -> Quota:
    fields = node.fields("group", "at_most")
    return Quota(fields["group"].text(), fields["at_most"].count("negative-quota"))
