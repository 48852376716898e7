"""What desks of the town do beside: contacts, drafts with files, reviews, files of rows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ieum.common.kernel.dates import korean_date

from . import files
from .contacts import ok, queue
from .oracle import AGENCIES, JUNG, YOUTH, Applied, Imported, Met, Reviewed, Soul, Visited, Written
from .test_documents import attach
from .test_drafts import ANSWERS, TRIP, TRIP_YAML
from .test_imports import COLUMNS, GOOD
from .world import opening, organisation

if TYPE_CHECKING:
    from .town import Builder

REVIEWERS = ("lee", "park", "choi")
HOUR = timedelta(hours=1)


async def contact(build: Builder, soul: Soul, *, done: bool) -> None:
    """One contact of a kind that is drawn, at an agency that is drawn; the outreach has a ground before."""
    kind = build.draw.choice(["visit", "call", "counselling", "outreach"])
    agency = build.draw.choice(AGENCIES)
    if kind == "outreach":
        seen = [one for one in AGENCIES if build.town.fields(one, soul.id)]
        if not seen:
            return
        agency = build.draw.choice(seen)
    await KINDS[kind](build, soul, agency, done)


async def _visit(build: Builder, soul: Soul, agency: str, done: bool) -> None:
    front = build.draw.choice(AGENCIES)
    visit = await build.ok("visits", {"agencies": [agency], "person": soul.id}, agency=front)
    [one] = [one for one in await queue(build.intake, agency) if one["visit"] == visit["id"]]
    met = Met(one["id"], "visit", visit["person"], agency, front=front)
    build.town.visited.append(Visited(visit["id"], met))
    build.town.met.append(met)
    if done:
        called = await _change(build, f"windows/{one['id']}/call", {}, 1, agency)
        await _change(build, f"windows/{one['id']}/service", {}, called["version"], agency)
        _over(build, met)


async def _call(build: Builder, soul: Soul, agency: str, done: bool) -> None:
    call = await build.ok("calls", {"person": soul.id, "direction": "in"}, agency=agency)
    met = Met(call["id"], "call", call["person"], agency)
    build.town.met.append(met)
    if done:
        await _change(build, f"calls/{call['id']}/result", {"outcome": "answered"}, 1, agency)
        _over(build, met)


async def _session(build: Builder, soul: Soul, agency: str, done: bool) -> None:
    now, count = build.intake.clock.now(), len(build.town.met)
    asked = {
        "person": soul.id, "field": "debt", "counsellor": f"counsellor-{count}",  # never two at once
        "planned_at": (now + HOUR).isoformat(), "planned_until": (now + 2 * HOUR).isoformat(),
    }  # fmt: skip
    session = await build.ok("counselling/sessions", asked, agency=agency)
    met = Met(session["id"], "counselling", session["person"], agency)
    build.town.met.append(met)
    if done:  # called off: nobody met
        await _change(build, f"counselling/sessions/{met.id}/cancellation", None, 1, agency)
        met.is_open = False


async def _stop(build: Builder, soul: Soul, agency: str, done: bool) -> None:
    now = build.intake.clock.now()
    stop = {"person": soul.id}
    asked = {"worker": f"w{len(build.town.met)}", "day": korean_date(now).isoformat(), "stops": [stop]}
    entitles = build.town.fields(agency, soul.id) == {"*"}
    route = await build.ok("outreach/routes", asked, agency=agency)
    made = route["stops"][0]
    met = Met(made["id"], "outreach", made["person"], agency, part_of=route["id"], entitles=entitles)
    build.town.met.append(met)
    if done:
        came = {"outcome": "talked", "at": now.isoformat()}
        await build.ok(f"outreach/stops/{met.id}/result", came, agency=agency)
        _over(build, met)


KINDS = {"visit": _visit, "call": _call, "counselling": _session, "outreach": _stop}


async def draft(build: Builder, soul: Soul, *, with_file: bool) -> None:
    """Somebody begins an application, at the desk that serves them or signed in."""
    desks = [one for one in AGENCIES if build.town.serves(one, soul.id)]
    if not (soul.subject or desks) or any(
        one.person in build.town.same(soul.id) for one in build.town.drafts
    ):
        return
    who: Any = {"role": "citizen", "subject": soul.subject} if soul.subject else {"agency": desks[0]}
    saved = await build.ok("drafts", {"person": soul.id, "programme": TRIP, "answers": ANSWERS}, **who)
    build.town.drafts.append(Written(saved["id"], saved["person"]))
    if with_file:
        answer = await attach(build.intake, saved["id"], files.xlsx(), "예산.xlsx", **who)
        build.town.documents.append(Written((await ok(answer, 201))["id"], saved["person"]))


async def begin(build: Builder) -> None:
    """A programme with a review, which closes after three days, and who applies; a file of rows each."""
    yaml = TRIP_YAML.replace("2022-04-26", "2022-02-18").replace(f"agency: {YOUTH}", f"agency: {JUNG}", 1)
    for id_, closes in (("reviewed-2022", "2022-02-18"), (TRIP, "2022-04-26")):
        text = yaml.replace(f"id: {TRIP}", f"id: {id_}").replace("2022-02-18", closes)
        await build.ok("programmes", {"yaml": text}, agency=JUNG)
    firm = (await build.ok("organisations", organisation()))["id"]
    plain = {"wage_hourly_won": None, "hours_per_week": None, "months": None, "code": "T-1"}
    await build.ok("openings", opening(firm, programme="reviewed-2022", **plain), agency=JUNG)
    for soul in [one for one in build.town.souls.values() if one.subject is None][16:21]:
        asked = {"person": soul.id, "programme": "reviewed-2022", "choices": ["T-1"], "answers": ANSWERS}
        made = await build.ok("applications", asked, agency=JUNG)
        build.town.applied.append(Applied(made["id"], made["person"], JUNG, JUNG, programme="reviewed-2022"))
    rows = ",".join(COLUMNS[:9]) + "\n" + ",".join(str(GOOD[name]) for name in COLUMNS[:9])
    for agency in AGENCIES:
        report = await ok(await build.intake.load(rows.encode(), kind="people", dry_run=True, agency=agency))
        build.town.imported.append(Imported(report["id"], agency))


async def review(build: Builder) -> None:
    """The programme closed: an official names reviewers, and one of them has scored."""
    headers = build.intake.headers("official", subject="lead", agency=JUNG)
    url = "/intake/programmes/reviewed-2022/reviewers"
    named = await build.intake.client.put(url, json={"reviewers": list(REVIEWERS)}, headers=headers)
    assert named.status_code == 200, named.text
    for one in [one for one in build.town.applied if one.programme == "reviewed-2022"]:
        if one.withdrawn_at is None:
            build.town.reviewed.append(Reviewed(one.id, one.person, JUNG, frozenset(REVIEWERS)))
    headers = build.intake.headers("staff", subject="lee", agency=JUNG) | {"If-Match": '"1"'}
    scores = {"scores": {"question": 40, "plan": 20, "sharing": 25}}
    url = f"/intake/reviews/{build.town.reviewed[0].id}"
    assert (await build.intake.client.put(url, json=scores, headers=headers)).status_code == 200


async def _change(build: Builder, path: str, body: Any, version: int, agency: str) -> Any:
    headers = build.intake.headers("staff", agency=agency) | {"If-Match": f'"{version}"'}
    answer = await build.intake.client.post(f"/intake/{path}", json=body, headers=headers)
    assert answer.status_code == 200, (path, answer.text)
    return answer.json()


def _over(build: Builder, met: Met) -> None:
    met.is_open, met.took_place, met.at = False, True, build.intake.clock.now()
