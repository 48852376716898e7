"""Markets for the tests: random ones, and a short way to write small ones."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Document = dict[str, Any]

FREE_GROUPS = ["near-poor", "returner"]
QUOTA_GROUPS = ["suseong", "dalseo"]


def market(choices: dict[str, list[str]], openings: dict[str, Document], **groups: list[str]) -> Document:
    """Write a market: choices by applicant, fields by opening, members by group."""
    member = {
        name: [group.replace("_", "-") for group in groups if name in groups[group]] for name in choices
    }
    return {
        "format": "ieum-market/1",
        "mechanism": "deferred-acceptance",
        "seed": "00ff",
        "applicants": [
            {"id": name, "choices": wish, "groups": member[name]} for name, wish in choices.items()
        ],
        "openings": [{"id": name, "capacity": 1} | fields for name, fields in openings.items()],
    }


def strict(*names: str) -> Document:
    """Priorities without equals."""
    return {"kind": "tiers", "tiers": [[name] for name in names]}


@st.composite
def applicants(draw: st.DrawFn, openings: list[str], most: int) -> list[Document]:
    found = []
    for number in range(draw(st.integers(1, most))):
        groups = draw(st.lists(st.sampled_from(FREE_GROUPS), unique=True))
        groups += draw(st.lists(st.sampled_from(QUOTA_GROUPS), max_size=1))
        choices = draw(st.lists(st.sampled_from(openings), unique=True))
        found.append({"id": f"a{number}", "choices": choices, "groups": groups})
    return found


@st.composite
def priorities(draw: st.DrawFn, names: list[str]) -> Document:
    scores = draw(st.dictionaries(st.sampled_from(names), st.integers(0, 3)))
    if draw(st.booleans()):
        return {"kind": "scores", "scores": scores}
    return {"kind": "tiers", "tiers": [[n for n in scores if scores[n] == level] for level in range(4)]}


@st.composite
def opening(draw: st.DrawFn, name: str, names: list[str], *, minimums: bool) -> Document:
    capacity = draw(st.integers(0, 3))
    found: Document = {"id": name, "capacity": capacity, "priorities": draw(priorities(names))}
    left, reserves = capacity, []
    for group in draw(st.lists(st.sampled_from(FREE_GROUPS + QUOTA_GROUPS), max_size=3)):
        places = draw(st.integers(0, left))
        left -= places
        unfilled = draw(st.sampled_from(["open", "empty"]))
        reserves.append({"group": group, "places": places, "unfilled": unfilled})
    quotas = draw(st.lists(st.sampled_from(QUOTA_GROUPS), unique=True))
    ties = draw(st.lists(st.sampled_from(FREE_GROUPS), unique=True))
    minimum = draw(st.integers(0, 3)) if minimums else 0
    extra = {
        "reserves": reserves,
        "quotas": [{"group": group, "at_most": draw(st.integers(0, 2))} for group in quotas],
        "ties": ties,
        "minimum": minimum,
    }
    return found | {key: value for key, value in extra.items() if value}


@st.composite
def markets(
    draw: st.DrawFn, *, most_applicants: int = 7, most_openings: int = 4, minimums: bool = True
) -> Document:
    names = [f"o{number}" for number in range(draw(st.integers(1, most_openings)))]
    people = draw(applicants(names, most_applicants))
    ids = [person["id"] for person in people]
    return {
        "format": "ieum-market/1",
        "mechanism": "deferred-acceptance",
        "seed": draw(st.binary(min_size=1, max_size=8)).hex(),
        "applicants": people,
        "openings": [draw(opening(name, ids, minimums=minimums)) for name in names],
    }
