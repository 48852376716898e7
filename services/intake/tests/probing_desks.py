"""Probes of contacts, drafts, documents, reviews, imports and of whole files that are taken away."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .oracle import JUNG, Applied, Imported, Met, Reviewed, Visited, Who, Written, refusal, scopes

if TYPE_CHECKING:
    from .probing import Probe, Prober

WHY = "상담 준비"
STALE = {"If-Match": '"999"'}
REVEAL = {"reveal": WHY}
UUIDS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
UNKNOWN: Mapping[str, str] = {
    "visit": "window", "call": "call", "counselling": "session", "outreach": "stop",
}  # fmt: skip
PATHS: Mapping[str, str] = {
    "visit": "GET /windows/{id}",
    "call": "GET /calls/{id}",
    "counselling": "GET /counselling/sessions/{id}",
}


class DeskProber:
    """Each of these asks one thing and gives what is wrong with the answer, or nothing."""

    def __init__(self, prober: Prober, probe: type[Probe]) -> None:
        self.prober, self.probe, self.town = prober, probe, prober.town

    def random(self, draw: random.Random, who: Who) -> tuple[str, Callable[[], Any]]:
        town, asks = self.town, self._asks()
        kind = draw.choice(list(asks))
        of = {
            "met": town.met, "visited": town.visited, "draft": town.drafts, "document": town.documents,
            "review": town.reviewed, "imported": town.imported, "file": [None], "outcome": town.applied,
        }[kind]  # fmt: skip
        one: Any = draw.choice(of)
        revealed = draw.random() < 0.5
        return f"{who} {kind} {one} {revealed}", lambda: asks[kind](who, one, revealed)

    def _asks(self) -> Mapping[str, Callable[[Who, Any, bool], Any]]:
        return {
            "met": self.met, "visited": self.visited, "draft": self.draft, "document": self.document,
            "review": self.review, "imported": self.imported, "file": self.file, "outcome": self.outcome,
        }  # fmt: skip

    async def met(self, who: Who, one: Met, revealed: bool) -> str | None:
        """A contact is its agency's; of a visit the front desk sees the window, not what came of it."""
        params = REVEAL if revealed else {}
        own = who.desk == one.agency
        if one.took_place and not revealed:
            probe = self.probe("GET /contacts/{id}", hidden=(404, "contact-unknown"))
            return await self.prober.object(probe, who, one.id, own, one.person)
        if one.kind == "outreach":
            probe = self.probe("GET /outreach/routes/{id}", hidden=(404, "route-unknown"), params=params)
            return await self.prober.object(probe, who, one.part_of or "", own, one.person)
        hidden = (404, f"{UNKNOWN[one.kind]}-unknown")
        probe = self.probe(PATHS[one.kind], hidden=hidden, params=params)
        front = who.desk is not None and who.desk == one.front
        return await self.prober.object(probe, who, one.id, own or front, one.person)

    async def visited(self, who: Who, one: Visited, revealed: bool) -> str | None:
        params = REVEAL if revealed else {}
        probe = self.probe("GET /visits/{id}", hidden=(404, "visit-unknown"), params=params)
        party = who.desk is not None and who.desk in (one.window.agency, one.window.front)
        return await self.prober.object(probe, who, one.id, party, one.window.person)

    async def draft(self, who: Who, one: Written, revealed: bool) -> str | None:
        hidden = (404, "draft-unknown")
        probe = self.probe("GET /drafts/{id}", hidden=hidden, params=REVEAL)
        if not revealed:
            probe = self.probe("PUT /drafts/{id}", (412, "stale"), hidden, body={}, headers=STALE)
        return await self.prober.object(probe, who, one.id, self._whole(who, one.person), one.person)

    async def document(self, who: Who, one: Written, revealed: bool) -> str | None:
        params = {"reason": WHY} if revealed or who.is_staff else {}
        probe = self.probe("GET /documents/{id}", hidden=(404, "document-unknown"), params=params)
        return await self.prober.object(probe, who, one.id, self._whole(who, one.person), one.person)

    def _whole(self, who: Who, person: str) -> bool:
        return self.town.sees(who, person, "draft")  # which no consent or agreement names

    async def review(self, who: Who, one: Reviewed, revealed: bool) -> str | None:
        hidden = (404, "review-unknown")
        probe = self.probe("GET /reviews/{id}", hidden=hidden)
        if not revealed:
            body = {"scores": {"question": 1, "plan": 1, "sharing": 1}}
            probe = self.probe("PUT /reviews/{id}", (412, "stale"), hidden, body=body, headers=STALE)
        return await self.prober.object(probe, who, one.id, who.subject in one.reviewers, one.person)

    async def outcome(self, who: Who, one: Applied, revealed: bool) -> str | None:
        """Nothing is shown to the applicant yet; who stands where is the agency's own."""
        if revealed:
            probe = self.probe("GET /programmes/{id}/standing", hidden=(403, "other-agency"))
            return await self.prober.object(probe, who, "reviewed-2022", who.desk == JUNG, one.person)
        ends, hidden = (404, "review-not-shown"), (404, "application-unknown")
        probe = self.probe("GET /applications/{id}/review", ends, hidden)
        seen = self.town.sees(who, one.person, "application") or (who.desk or "") == one.taken_by
        return await self.prober.object(probe, who, one.id, seen, one.person)

    async def imported(self, who: Who, one: Imported, revealed: bool) -> str | None:
        path = "GET /imports/{id}/problems" if revealed else "GET /imports/{id}"
        probe = self.probe(path, hidden=(404, "import-unknown"))
        return await self.prober.object(probe, who, one.id, who.desk == one.agency, "")

    async def file(self, who: Who, _: None, __: bool) -> str | None:
        """A file holds whom its agency registered or took in and may see now, and nobody else."""
        draw = random.Random(self.prober.asked)
        what = draw.choice(["people", "cases", "applications"])
        programme = draw.choice(sorted({one.programme for one in self.town.applied}))
        params = {"reason": WHY, "format": "csv"} | ({"programme": programme} if what[0] == "a" else {})
        probe = self.probe(f"GET /exports/{what}", params=params)
        answer = await self.prober.ask(probe, who, "")
        if not scopes(who, probe.operation):
            return self.prober.differs(answer, refusal(who), None)
        if who.agency is None:
            return self.prober.differs(answer, (403, "agency-missing"), None)
        if wrong := self.prober.differs(answer, (200, ""), None):
            return wrong
        if what == "cases":
            cases = {one.id for one in self.town.cases}
            there = set(UUIDS.findall(answer.text)) & cases
            wanted = {one.id for one in self.town.cases if one.agency == who.desk}
            return None if there == wanted and not self._names(answer.text) else f"{there}, not {wanted}"
        named = self._of_people(who) if what == "people" else self._of_applications(who, programme)
        return None if self._names(answer.text) == named else f"{self._names(answer.text)}, not {named}"

    def _names(self, text: str) -> set[str]:
        return {one.name for one in self.town.souls.values() if one.name in text}

    def _of_people(self, who: Who) -> set[str]:
        souls = self.town.souls.values()
        return {s.name for s in souls if s.agency == who.desk and not s.erased and not s.merged_into}

    def _of_applications(self, who: Who, programme: str) -> set[str]:
        found = set()
        for one in self.town.applied:
            soul = self.town.souls[one.person]
            soul = self.town.souls[soul.merged_into] if soul.merged_into else soul
            mine = who.desk in (one.run_by, one.taken_by) and one.programme == programme
            if mine and not soul.erased and "*" in self.town.fields(who.desk, one.person):
                found.add(soul.name)
        return found
