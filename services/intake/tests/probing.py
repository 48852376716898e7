"""A probe: somebody asks something about somebody, and the answer must be the oracle's."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from .oracle import Applied, Case, Referred, Soul, Town, Who, leaks, refusal, scopes
from .world import World

CONTACT = ("name", "phone", "email")
STALE = {"If-Match": '"999"'}
NOT_ENTITLED = (403, "not-entitled")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    code: str
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Probe:
    """An operation that changes nothing. `ends`: for whom it lets in; `hidden`: for a citizen."""

    operation: str
    ends: tuple[int, str] = (200, "")
    hidden: tuple[int, str] = (404, "person-unknown")
    whole: bool = True
    params: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


NOBODY = str(UUID(int=0))
OF_PEOPLE: Sequence[Probe] = (
    Probe("GET /people/{id}", whole=False),
    Probe("GET /people/{id}", whole=False, params={"reveal": "상담 준비"}),
    Probe("GET /people/{id}", params={"reveal": "의식 없음", "urgent": "danger-to-life"}),
    Probe("PATCH /people/{id}", (412, "stale"), body={"language": "en"}, headers=STALE),
    Probe("GET /people/{id}/duplicates"),
    Probe("GET /people/{id}/merges"),
    Probe("POST /people/{id}/merge", (422, "person-unknown"), body={"into": NOBODY, "reason": "same-phone"}),
    Probe("GET /people/{id}/representatives"),
    Probe(
        "POST /people/{id}/representatives/{representation}/end",
        (404, "representation-unknown"),
        params={"n": "1"},
    ),
    Probe("GET /people/{id}/consents", whole=False),
    Probe("GET /people/{id}/consents", whole=False, params={"reveal": "동의 확인"}),
    Probe("POST /people/{id}/consents/{consent}/withdrawal", (404, "consent-unknown"), whole=False),
    Probe("GET /people/{id}/accesses"),
    Probe("GET /people/{id}/data", params={"reason": "본인 요청"}),
    Probe("GET /people/{id}/erasure", (404, "erasure-unknown")),
    Probe("GET /people/{id}/applications", whole=False),
    Probe("GET /people/{id}/drafts"),
    Probe("GET /people/{id}/timeline"),
)
SEARCH = Probe("GET /people")
NO_APPLICATION = (404, "application-unknown")
OF_APPLICATIONS: Sequence[Probe] = (
    Probe("GET /applications/{id}", hidden=NO_APPLICATION),
    Probe(
        "PUT /applications/{id}", (412, "stale"), NO_APPLICATION, body={"choices": ["Y22-001"]}, headers=STALE
    ),
    Probe(
        "POST /applications/{id}/appeals",
        (409, "nothing-to-appeal"),
        NO_APPLICATION,
        body={"grounds": "다릅니다."},
    ),
)
NO_CASE = (404, "case-unknown")
OF_CASES: Sequence[Probe] = (
    Probe("GET /cases/{id}", hidden=NO_CASE),
    Probe("GET /cases/{id}", hidden=NO_CASE, params={"reveal": "회의 준비"}),
    Probe(
        "POST /cases/{id}/notes",
        (412, "stale"),
        NO_CASE,
        body={"topic": "health", "text": "기록"},
        headers=STALE,
    ),
)
NO_REFERRAL = (404, "referral-unknown")
OF_REFERRALS: Sequence[Probe] = (
    Probe("GET /referrals/{id}", hidden=NO_REFERRAL),
    Probe("POST /referrals/{id}/receipt", (412, "stale"), NO_REFERRAL, headers=STALE),
)


@dataclass
class Prober:
    """Asks intake, each probe in the name of whoever it says."""

    intake: World
    town: Town
    _headers: dict[Who, dict[str, str]] = field(default_factory=dict)
    asked: int = 0

    async def ask(self, probe: Probe, who: Who, id_: str, params: Mapping[str, str] | None = None) -> Answer:
        method, _, path = probe.operation.partition(" ")
        path = path.replace("{id}", id_).replace("{representation}", NOBODY).replace("{consent}", NOBODY)
        headers = {**self._signed_in(who), **probe.headers}
        if method == "POST":
            headers["Idempotency-Key"] = str(UUID(int=self.asked + 1))
        self.asked += 1
        answer = await self.intake.client.request(
            method, f"/intake{path}", params=params or dict(probe.params), json=probe.body, headers=headers
        )
        problem = answer.headers.get("content-type", "").startswith("application/problem+json")
        code = answer.json()["type"].rpartition("/")[2] if problem else ""
        return Answer(answer.status_code, code, answer.text)

    def _signed_in(self, who: Who) -> dict[str, str]:
        """Tokens are made once: they hold for as long as the clock of the machine says, here an hour."""
        if not who.roles:
            return {}
        if who not in self._headers:
            self._headers[who] = self.intake.token(sorted(who.roles), subject=who.subject, agency=who.agency)
        return self._headers[who]

    # Each of these asks one thing and gives what is wrong with the answer, or nothing.

    async def person(self, probe: Probe, who: Who, soul: Soul) -> str | None:
        answer = await self.ask(probe, who, soul.id)
        allowed = scopes(who, probe.operation)
        if not allowed:
            return self.differs(answer, refusal(who), soul)
        urgent = "urgent" in probe.params
        fields = self.town.fields(who.desk, soul.id)
        if "any" in allowed and not who.desk:  # an auditor's records of access
            return self.differs(answer, (200, ""), soul)
        if who.is_citizen:
            seen = self.town.own(who.subject, soul.id)
        elif urgent:
            seen, fields = who.desk is not None, frozenset("*")
        else:
            seen = "*" in fields or bool(fields and not probe.whole)
        if not seen:
            hidden = probe.hidden if who.is_citizen or urgent else NOT_ENTITLED
            return self.differs(answer, hidden, soul)
        return self._shown(answer, probe, who, soul, fields)

    def _shown(
        self, answer: Answer, probe: Probe, who: Who, soul: Soul, fields: frozenset[str]
    ) -> str | None:
        """What is wrong with an answer about somebody who may be seen, as far as `fields` go."""
        ends = probe.ends
        if probe.operation.startswith("PATCH") and (soul.erased or soul.merged_into):
            ends = (409, "person-erased" if soul.erased else "person-merged")
        elif probe.operation.endswith("/erasure") and soul.erased:
            ends = (200, "")
        if probe.operation != "GET /people/{id}" or "reveal" not in probe.params or soul.erased:
            return self.differs(answer, ends, None if probe.operation.endswith("/data") else soul)
        return self.differs(answer, ends, None) or self._opened(answer, who, soul, fields)

    def _opened(self, answer: Answer, who: Who, soul: Soul, fields: frozenset[str]) -> str | None:
        """Exactly the fields named are clear; the profile is there only with its birth date."""
        contact, profile = answer.json["contact"], answer.json["profile"]
        whole = who.is_citizen or "*" in fields
        clear = {name for name in CONTACT if contact is not None and contact[name] == getattr(soul, name)} | (
            {"birth_date"} if profile else set()
        )
        wanted = {*CONTACT, "birth_date"} if whole else {*CONTACT, "birth_date"} & fields
        return None if clear == wanted else f"{sorted(clear)} clear, not {sorted(wanted)}"

    async def search(self, who: Who, soul: Soul) -> str | None:
        answer = await self.ask(SEARCH, who, soul.id, {"phone": soul.phone})
        if not scopes(who, SEARCH.operation):
            return self.differs(answer, refusal(who), soul)
        if wrong := self.differs(answer, (200, ""), soul):
            return wrong
        found = {one["id"]: one["entitled"] for one in answer.json["items"]}
        known = who.desk is not None and not soul.erased
        survivor = soul.merged_into or soul.id
        wanted = {survivor: "*" in self.town.fields(who.desk, soul.id)} if known else {}
        return None if found == wanted else f"found {found}, not {wanted}"

    async def application(self, probe: Probe, who: Who, one: Applied) -> str | None:
        seen = self.town.sees(who, one.person, "application") or (
            who.desk is not None and who.desk == one.taken_by
        )
        return await self.object(probe, who, one.id, seen, one.person)

    async def case(self, probe: Probe, who: Who, one: Case) -> str | None:
        return await self.object(probe, who, one.id, who.desk == one.agency, one.persons[0])

    async def referral(self, probe: Probe, who: Who, one: Referred) -> str | None:
        party = who.desk is not None and who.desk in (one.from_agency, one.to_agency)
        return await self.object(probe, who, one.id, party, one.person)

    async def reveal_referral(self, who: Who, one: Referred) -> str | None:
        """Who it is about: the sender may open it, the receiver while it serves them, nobody else."""
        probe = Probe("GET /referrals/{id}", params={"reveal": "연락"})
        answer = await self.ask(probe, who, one.id)
        soul = self.town.souls[one.person]
        if not scopes(who, probe.operation):
            return self.differs(answer, refusal(who), soul)
        if who.desk is None or who.desk not in (one.from_agency, one.to_agency):
            return self.differs(answer, NO_REFERRAL, soul)
        if who.desk == one.to_agency and one.status not in ("accepted", "served"):
            return self.differs(answer, (403, "referral-not-accepted"), soul)
        if "*" not in self.town.fields(who.desk, one.person):  # its loop was closed long ago
            return self.differs(answer, NOT_ENTITLED, soul)
        if wrong := self.differs(answer, (200, ""), None):
            return wrong
        return None if soul.erased or soul.name in answer.text else "the name is not there"

    async def object(self, probe: Probe, who: Who, id_: str, seen: bool, person: str) -> str | None:
        answer = await self.ask(probe, who, id_)
        soul = self.town.souls.get(person)
        if not scopes(who, probe.operation):
            return self.differs(answer, refusal(who), soul)
        if not seen:
            return self.differs(answer, probe.hidden, soul)
        if probe.operation.startswith("POST") or probe.operation == "PUT /applications/{id}":
            return None if answer.status not in (401, 403, 404) else f"{answer.status} {answer.code}"
        return self.differs(answer, probe.ends, soul)

    def differs(self, answer: Answer, wanted: tuple[int, str], masked: Soul | None) -> str | None:
        """What is wrong: another end, or a clear value of somebody who was not to be opened."""
        if (answer.status, answer.code) != wanted:
            return f"{answer.status} {answer.code}, not {wanted}"
        found = leaks(answer.text, [masked] if masked else [])
        return f"shows {found}" if found else None

    def random(self, draw: random.Random, whoever: Sequence[Who]) -> tuple[str, Callable[[], Any]]:
        """One probe at random: who × what × whose."""
        who = draw.choice(whoever)
        kind = draw.choice(
            ["person"] * 6 + ["desks"] * 5 + ["search", "application", "case", "referral", "reveal"]
        )
        if kind == "person":
            probe, soul = draw.choice(OF_PEOPLE), draw.choice(list(self.town.souls.values()))
            return f"{who} {probe} {soul}", lambda: self.person(probe, who, soul)
        if kind == "search":
            soul = draw.choice(list(self.town.souls.values()))
            return f"{who} searches {soul}", lambda: self.search(who, soul)
        if kind == "application":
            probe, one = draw.choice(OF_APPLICATIONS), draw.choice(self.town.applied)
            return f"{who} {probe} {one}", lambda: self.application(probe, who, one)
        if kind == "case":
            probe, case = draw.choice(OF_CASES), draw.choice(self.town.cases)
            return f"{who} {probe} {case}", lambda: self.case(probe, who, case)
        referral = draw.choice(self.town.referred)
        if kind == "reveal":
            return f"{who} reveals {referral}", lambda: self.reveal_referral(who, referral)
        probe = draw.choice(OF_REFERRALS)
        return f"{who} {probe} {referral}", lambda: self.referral(probe, who, referral)


async def run(
    prober: Prober, whoever: Sequence[Who], probes: int, seed: int, *, first: bool = False
) -> list[str]:
    """So many probes; what was answered otherwise than the oracle says. `first`: no further than that."""
    draw, wrong = random.Random(seed), []
    for _ in range(probes):
        said, ask = prober.random(draw, whoever)
        if (found := await ask()) is not None:
            wrong.append(f"{said}: {found}")
            if first:
                break
    return wrong
