"""A small town, made over HTTP: three agencies, and people to whom things happened, some of it long ago."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ieum.common.kernel.dates import korean_date

from . import town_desks as desks
from .oracle import (
    AGENCIES,
    JUNG,
    NAM,
    YOUTH,
    Agreed,
    Applied,
    Case,
    Consented,
    Referred,
    Soul,
    Speaks,
    Town,
    Who,
)
from .referrals import STEPS
from .world import PROGRAMME, YAML, World, opening, organisation

DISTRICT = {JUNG: "27110", NAM: "27200"}
PROGRAMMES = {PROGRAMME: YOUTH, "jung-2022": JUNG, "nam-2022": NAM}
FAMILY, FIRST, SECOND = (
    "김이박최정강조윤장임한오서신",
    "민서지현수영은정재성동준하예",
    "준연우호원진희빈훈석철경미나",
)
FIELDS = ("name", "phone", "email", "birth_date", "application", "case", "skills")
PEOPLE = 30


@dataclass
class Builder:
    """Makes things happen in intake, and notes them for the oracle."""

    intake: World
    draw: random.Random
    town: Town
    openings: dict[str, str] = field(default_factory=dict)

    async def ok(self, path: str, json: Any = None, **who: Any) -> Any:
        answer = await self.intake.post(path, json, **who)
        assert answer.status_code in (200, 201), (path, json, who, answer.text)
        return answer.json()

    async def programmes(self) -> None:
        firm = (await self.ok("organisations", organisation()))["id"]
        for id_, agency in PROGRAMMES.items():
            text = YAML.replace(f"id: {PROGRAMME}", f"id: {id_}").replace(
                f"agency: {YOUTH}", f"agency: {agency}"
            )
            await self.ok("programmes", {"yaml": text}, agency=agency)
            made = await self.ok("openings", opening(firm, programme=id_), agency=agency)
            self.openings[id_] = made["id"]

    async def soul(self, n: int, *, subject: str | None = None, agency: str = YOUTH) -> Soul:
        name = FAMILY[n % 14] + FIRST[(n // 14) % 14] + SECOND[(n * 5) % 14]
        phone, email = f"0108{n:03d}7{n:03d}", f"{n:03d}soul@mail.ieum.test"
        body = {
            "name": name, "birth_date": "1997-03-05", "phone": phone, "email": email, "district": "27290",
            "skills": ["판소리"],
        }  # fmt: skip
        who: Any = {"role": "citizen", "subject": subject} if subject else {"agency": agency}
        id_ = (await self.ok("people", body, **who))["id"]
        made = Soul(id_, name, "+82" + phone[1:], email, "daegu" if subject else agency, subject)
        self.town.souls[id_] = made
        return made

    async def apply(self, soul: Soul, *, withdrawn: bool) -> None:
        """At the programme's own window, or by the citizen; a window elsewhere must be entitled."""
        id_ = self.draw.choice(list(PROGRAMMES))
        if any(one.person in self.town.same(soul.id) and one.programme == id_ for one in self.town.applied):
            return
        asked = {"person": soul.id, "programme": id_, "choices": ["Y22-001"]}
        elsewhere = [one for one in AGENCIES if self.town.serves(one, soul.id)]
        desk = self.draw.choice([PROGRAMMES[id_], *elsewhere])
        who: Any = {"role": "citizen", "subject": soul.subject} if soul.subject else {"agency": desk}
        made = await self.ok("applications", asked, **who)
        taken_by = PROGRAMMES[id_] if soul.subject else desk
        found = Applied(made["id"], made["person"], taken_by, PROGRAMMES[id_], programme=id_)
        self.town.applied.append(found)
        if withdrawn:
            await self.ok(f"applications/{found.id}/withdrawal", **who)
            found.withdrawn_at = self.intake.clock.now()

    async def case(self, soul: Soul, *, closed: bool) -> None:
        agency = self.draw.choice([JUNG, NAM])
        told = {"situation": "며칠째 보이지 않습니다.", "district": DISTRICT[agency], "source": "neighbour"}
        before = await self.cases_of(agency)
        by = self.draw.choice(AGENCIES)
        await self.ok(
            "reports", told | {"person": soul.id, "agency": agency, "channel": "counter"}, agency=by
        )
        (id_,) = await self.cases_of(agency) - before
        made = Case(id_, [soul.id], agency)
        self.town.cases.append(made)
        if self.draw.random() < 0.5:
            guest = self.draw.choice([one for one in AGENCIES if one != agency])
            held = {
                "held_on": "2022-02-14",
                "participants": [{"role": "guest", "agency": guest}],
                "decision": "함께",
            }
            await self.on_case(made, "conferences", held)
            made.sat_in.add(guest)
        if closed:
            await self.on_case(made, "closing", {"reason": "set-aside", "words": "확인"})
            made.closed_at = self.intake.clock.now()

    async def cases_of(self, agency: str) -> set[str]:
        answer = await self.intake.get("cases", params={"closed": "true"}, agency=agency)
        return {one["id"] for one in answer.json()["items"]}

    async def on_case(self, case: Case, path: str, body: Any) -> None:
        lead = {"agency": case.agency, "subject": f"{case.agency}-lead"}
        version = (await self.intake.get(f"cases/{case.id}", **lead)).headers["ETag"]
        headers = self.intake.headers("staff", **lead) | {"If-Match": version}
        answer = await self.intake.client.post(f"/intake/cases/{case.id}/{path}", json=body, headers=headers)
        assert answer.status_code == 201, answer.text

    async def refer(self, soul: Soul, *verbs: str) -> None:
        senders = [one for one in AGENCIES if self.town.serves(one, soul.id)]
        if not senders:
            return
        # Rather one that did not register them: when its other grounds end, the referral's own end shows.
        others = [one for one in senders if one != soul.agency]
        sender = self.draw.choice(others or senders)
        to = self.draw.choice([one for one in AGENCIES if one != sender])
        need = f"need-{len(self.town.referred)}"  # a person has one open referral a need
        body = {"person": soul.id, "to_agency": to, "need": need, "basis": "statute"}
        shown = await self.ok("referrals", body, agency=sender)
        made = Referred(shown["id"], shown.get("person") or soul.id, sender, to)
        self.town.referred.append(made)
        for verb in verbs:
            agency = sender if verb == "close" else to
            headers = self.intake.headers("staff", agency=agency) | {"If-Match": f'"{shown["version"]}"'}
            asked = {"return": {"reason": "full"}, "accept": {}}.get(verb)
            answer = await self.intake.client.post(
                f"/intake/referrals/{made.id}/{STEPS[verb]}", json=asked, headers=headers
            )
            assert answer.status_code == 200, answer.text
            shown = answer.json()
            made.returned |= verb == "return"
        made.status, made.changed_at = shown["status"], self.intake.clock.now()

    async def consent(self, soul: Soul, *, until: date, withdrawn: bool = False) -> None:
        named = set(self.draw.sample(AGENCIES, self.draw.choice([1, 2])))
        fields = set(self.draw.sample(FIELDS, self.draw.randint(1, 4)))
        body = {
            "purpose": "housing-referral", "recipients": sorted(named), "fields": sorted(fields),
            "until": until.isoformat(),
        }  # fmt: skip
        by: Any = {"role": "citizen", "subject": soul.subject} if soul.subject else {"agency": min(named)}
        shown = await self.ok(f"people/{soul.id}/consents", body, **by)
        made = Consented(shown["items"][0]["id"], self._survivor(soul), named, fields, until)
        self.town.consented.append(made)
        if withdrawn:
            await self.ok(f"people/{soul.id}/consents/{made.id}/withdrawal", **by)
            made.withdrawn = True

    async def agree(self, giver: str, taker: str, shares: set[str], since: date, until: date) -> None:
        body = {
            "from_agency": giver, "to_agency": taker, "needs": ["x"], "purpose": "청년 위기 지원 연계",
            "basis": "개인정보 보호법 17", "since": since.isoformat(), "until": until.isoformat(),
            "shares": sorted(shares),
        }  # fmt: skip
        await self.ok("agreements", body, role="official", agency=giver)
        self.town.agreed.append(Agreed(giver, taker, shares, since, until))

    async def speak(self, soul: Soul, by: Soul, *, until: date, ended: bool = False) -> None:
        desk = next(one for one in AGENCIES if self.town.serves(one, soul.id))
        body = {
            "representative": by.id, "relation": "parent", "document": "family-certificate",
            "seen_on": "2022-02-14", "until": until.isoformat(),
        }  # fmt: skip
        shown = (await self.ok(f"people/{soul.id}/representatives", body, agency=desk))["items"][-1]
        made = Speaks(shown["id"], self._survivor(soul), self._survivor(by), until)
        self.town.speaks.append(made)
        if ended:
            await self.ok(f"people/{soul.id}/representatives/{made.id}/end", agency=desk)
            made.ended = True

    async def merge(self, soul: Soul, into: Soul, agency: str) -> None:
        await self.ok(f"people/{soul.id}/merge", {"into": into.id, "reason": "same-phone"}, agency=agency)
        soul.merged_into = into.id

    async def erase(self, soul: Soul) -> None:
        desk = next(one for one in AGENCIES if self.town.serves(one, soul.id))
        await self.ok(f"people/{soul.id}/erasure", agency=desk)
        soul.erased = True
        self.town.drafts = [one for one in self.town.drafts if one.person != soul.id]
        self.town.documents = [one for one in self.town.documents if one.person != soul.id]
        for met in self.town.met:  # what was planned with them is not planned any more
            if met.person == soul.id and met.kind in ("counselling", "outreach"):
                met.is_open = False
        self.town.consented = [one for one in self.town.consented if one.person != soul.id]
        self.town.speaks = [
            one for one in self.town.speaks if soul.id not in (one.person, one.representative)
        ]
        for one in self.town.applied:
            if one.person == soul.id and one.withdrawn_at is None:
                one.withdrawn_at = self.intake.clock.now()

    def _survivor(self, soul: Soul) -> str:
        return soul.merged_into or soul.id


SERVED = ("receive", "accept", "serve")
ENDINGS = (
    (),
    ("receive",),
    SERVED[:2],
    SERVED,
    ("receive", "return"),
    (*SERVED, "close"),
    (*SERVED, "close"),
    ("receive", "return", "close"),
)


async def _events(build: Builder, today: date, often: float) -> None:
    """A round of events for all, some of them ended. `often`: how much happens, so that grounds end too."""
    draw = build.draw
    souls = list(build.town.souls.values())
    for soul in [one for one in souls if one.merged_into is None and not one.erased]:
        if draw.random() < 0.4 * often:
            await desks.contact(build, soul, done=draw.random() < 0.6)
        if draw.random() < 0.3 * often:
            await desks.draft(build, soul, with_file=draw.random() < 0.4)
        if draw.random() < 0.35 * often:
            await build.apply(soul, withdrawn=draw.random() < 0.5)
        if draw.random() < 0.35 * often:
            await build.case(soul, closed=draw.random() < 0.6)
        if draw.random() < 0.6 * often:
            await build.refer(soul, *draw.choice(ENDINGS))
        if draw.random() < 0.4 * often:
            days = draw.choice([2, 200])  # some are over when it is asked
            await build.consent(soul, until=today + timedelta(days=days), withdrawn=draw.random() < 0.3)


async def make(intake: World, seed: int, people: int = PEOPLE) -> Town:
    """The town as it is in the end; the clock stands at its `now`."""
    build = Builder(intake, random.Random(seed), Town(intake.clock.now()))
    await build.programmes()
    start = korean_date(intake.clock.now())
    souls = [
        await build.soul(n, subject=f"citizen-{n}" if n % 5 == 0 else None, agency=AGENCIES[n % 3])
        for n in range(people)
    ]
    at_windows = [one for one in souls if one.subject is None]
    await desks.begin(build)
    await build.agree(JUNG, NAM, {"name", "birth_date"}, start, start + timedelta(days=9))  # over by then
    await _events(build, start, 1.0)
    spoken_for = ((0, 5, 300, False), (1, 10, 3, False), (2, 15, 300, True), (3, 0, 300, False))
    lapsed = tuple((one, 5 * (one % 3), 5, False) for one in range(9, 16))
    for one, by, days, ended in spoken_for + lapsed:
        await build.speak(at_windows[one], souls[by], until=start + timedelta(days=days), ended=ended)
    await build.erase(at_windows[8])
    for one, into in ((4, 6), (5, 7)):  # registered by two agencies, found to be one by whoever serves both
        first, second = at_windows[one], at_windows[into]
        await _serve_both(build, first, second)
    intake.advance(days=11)
    build.town.now = intake.clock.now()
    await desks.review(build)
    await _events(build, korean_date(build.town.now), 0.5)
    intake.advance(days=3)
    build.town.now = intake.clock.now()
    today = korean_date(build.town.now)
    await build.agree(YOUTH, JUNG, {"name", "phone", "application"}, today, today)
    await build.agree(NAM, YOUTH, {"email"}, today + timedelta(days=1), today + timedelta(days=9))  # not yet
    await _events(build, today, 0.3)
    return build.town


async def _serve_both(build: Builder, first: Soul, second: Soul) -> None:
    """The first one's agency takes in an application of the second, and merges what it now serves."""
    id_ = next(name for name, agency in PROGRAMMES.items() if agency == first.agency)
    if not build.town.serves(first.agency, second.id):
        asked = {"person": second.id, "programme": id_, "choices": ["Y22-001"]}
        made = await build.ok("applications", asked, agency=first.agency)
        build.town.applied.append(Applied(made["id"], second.id, first.agency, first.agency, programme=id_))
    both = {
        one.programme for one in build.town.applied if one.person == first.id and one.withdrawn_at is None
    }
    for one in build.town.applied:  # a programme has one live application a person
        if one.person == second.id and one.programme in both and one.withdrawn_at is None:
            await build.ok(f"applications/{one.id}/withdrawal", agency=first.agency)
            one.withdrawn_at = build.intake.clock.now()
    await build.merge(first, second, first.agency)


def everybody(town: Town) -> list[Who]:
    """Whoever may ask: desks of all agencies and of none, citizens, and those who have no business here."""

    def who(*roles: str, subject: str = "kim", agency: str | None = None) -> Who:
        return Who(frozenset(roles), subject, agency)

    desks = [who(role, agency=agency) for role in ("staff", "official") for agency in AGENCIES]
    others = [
        who("staff"), who("staff", agency="dong-gu-hope"), who("staff", "official", agency=JUNG),
        who("staff", subject="lee", agency=JUNG), who("official", subject="park", agency=JUNG),
        who("workplace", agency=YOUTH), who("operator", agency=YOUTH), who("auditor", agency=JUNG),
        who("operator", "auditor", agency=NAM), who("staff", "operator", agency=NAM), Who(),
    ]  # fmt: skip
    citizens = [who("citizen", subject=one.subject) for one in town.souls.values() if one.subject]
    named = [who("citizen", subject=one.id) for one in list(town.souls.values())[:4]]
    return [*desks, *desks, *others, *citizens, *named, who("citizen", subject="nobody")]
