"""Filling a template: every value a template may use, written as people of that language write it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from ieum.common.kernel.dates import written_day, written_moment
from ieum.common.kernel.errors import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ieum.common.service.template import Rendered, Template

Language = Literal["ko", "en"]

PLACEHOLDERS = frozenset(
    {"agency", "city", "name", "programme", "reason", "received_on", "answer_by", "answer_link"}
    | {"opening", "workplace", "suggestions", "waiting", "number"}
    | {"starts", "where", "candidate", "interview_link"}
    | {"week", "due_on", "result_link"}
)
"""Everything a template may ask for."""

# What stands where the reasons cannot be read any more, or none was given: the person can still ask.
_NO_REASON: Mapping[Language, str] = {
    "ko": "자세한 사유는 담당자에게 문의하시면 안내해 드립니다.",
    "en": "An official will gladly tell you the reasons when you ask.",
}
_NO_SUGGESTION: Mapping[Language, str] = {
    "ko": "지금은 안내해 드릴 자리가 없습니다. 자리가 생기면 결과와 함께 알려 드립니다.",
    "en": "There is no such place at the moment. If there is one, we will tell you with the result.",
}


@dataclass(frozen=True)
class Place:
    """An opening as a message names it."""

    opening: str
    workplace: str


@dataclass(frozen=True)
class Matter:
    """All that the text of one message rests on; names are opened from sealed data and live in memory only.

    `facts` are the message's public facts as `deliveries.domain` collects them, `places` the openings in
    them by id, `reasons` sentences in the language of the message, `answer_url` where a proposal is answered,
    `interviews_url` where the person, signed in, chooses a time for an interview, `result_url` where they see
    and report what becomes of their place.
    """

    language: Language
    name: str
    city: str
    agency: str
    programme: str
    facts: Mapping[str, Any]
    places: Mapping[str, Place]
    reasons: Sequence[str]
    answer_url: str | None
    interviews_url: str
    result_url: str


def check(templates: Iterable[Template]) -> None:
    """Raise Terminal for a template that asks for a value nobody has: at start, not at the first message."""
    for template in templates:
        if unknown := set(template.placeholders) - PLACEHOLDERS:
            raise Terminal(f"template {template.id} asks for {', '.join(sorted(unknown))}")


def render(template: Template, matter: Matter, *, neutral: bool = False) -> Rendered:
    """Subject and body; raises KeyError where the facts lack a value that the template asks for.

    `neutral`: in words that tell a stranger nothing, for who asked for them.
    """
    if neutral:
        return template.render_neutral(matter.language, values(matter))
    return template.render(matter.language, values(matter))


def values(matter: Matter) -> dict[str, str]:
    """The value of every placeholder that this matter has one for."""
    found = {
        "agency": matter.agency,
        "city": matter.city,
        "name": matter.name,
        "programme": matter.programme,
        "reason": _lines(matter.reasons) or _NO_REASON[matter.language],
        "received_on": written_day(_moment(matter.facts["at"]), matter.language),
        "result_link": matter.result_url,
    }
    if matter.answer_url:
        found["answer_link"] = matter.answer_url
    found |= _place(matter) | _suggestions(matter) | _waiting(matter) | _answer_by(matter)
    return found | _interview(matter) | _report(matter)


def _place(matter: Matter) -> dict[str, str]:
    opening = matter.facts.get("opening")
    return {} if opening is None else _named(matter.places[opening])


def _named(place: Place) -> dict[str, str]:
    return {"opening": place.opening, "workplace": place.workplace}


def _suggestions(matter: Matter) -> dict[str, str]:
    openings = matter.facts.get("suggestions")
    if openings is None:
        return {}
    places = [matter.places[opening] for opening in openings]
    lines = [f"{rank}. {place.workplace}: {place.opening}" for rank, place in enumerate(places, 1)]
    if not lines:
        return {"suggestions": _NO_SUGGESTION[matter.language]}
    if len(matter.reasons) == len(lines):  # a reason for each: it stands below its place
        return {"suggestions": "\n".join(map("{}\n   {}".format, lines, matter.reasons))}
    rest = f"\n\n{_lines(matter.reasons)}" if matter.reasons else ""
    return {"suggestions": "\n".join(lines) + rest}


def _waiting(matter: Matter) -> dict[str, str]:
    """All numbers as a list, and the first one by itself: a text that speaks of one place means that one."""
    waiting = matter.facts.get("waiting")
    if not waiting:
        return {}
    lines = [_number(matter.places[one["opening"]], one["number"], matter.language) for one in waiting]
    first = waiting[0]
    return {
        "waiting": _lines(lines),
        "number": str(first["number"]),
        **_named(matter.places[first["opening"]]),
    }


def _number(place: Place, number: int, language: Language) -> str:
    if language == "ko":
        return f"{place.workplace} '{place.opening}': 예비순번 {number}번"
    return f"{place.workplace}, '{place.opening}': number {number}"


def _answer_by(matter: Matter) -> dict[str, str]:
    if "answer_by" not in matter.facts:
        return {}
    return {"answer_by": written_moment(_moment(matter.facts["answer_by"]), matter.language)}


def _interview(matter: Matter) -> dict[str, str]:
    """When and where, and the number that is given there in place of a name."""
    if "starts" not in matter.facts:
        return {"interview_link": matter.interviews_url}
    where = str(matter.facts["where"])
    online = "온라인" if matter.language == "ko" else "online"
    return {
        "interview_link": matter.interviews_url,
        "starts": written_moment(_moment(matter.facts["starts"]), matter.language),
        "where": online if where == "online" else where,
        "candidate": str(matter.facts["candidate"])[:8],
    }


def _report(matter: Matter) -> dict[str, str]:
    """The Monday of the week that is not reported on, and until when it is not late."""
    days = {name: matter.facts[name] for name in ("week", "due_on") if name in matter.facts}
    return {name: written_day(_moment(f"{text}T00:00+09:00"), matter.language) for name, text in days.items()}


def _lines(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
