"""Who may get what, told to the person, to staff, and whenever it changes; on a real database."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ieum.common.events.envelope import Event
from ieum.common.events.intake import ApplicationSubmitted, ProgrammePublished
from ieum.common.events.intake_referrals import (
    ReferralAccepted,
    ReferralClosed,
    ReferralReceived,
    ReferralReturned,
    ReferralSent,
    ReferralServed,
)
from ieum.common.events.matching_roadmaps import RoadmapTold
from ieum.common.events.model import EventData, Sealed
from ieum.common.kernel.clock import ManualClock
from ieum.common.privacy.objects import open_sealed
from ieum.common.testing.browser import at_phone_width
from ieum.matching.roadmap import jobs

from .facts import changed, erased, event, profile, uid
from .world import World

pytestmark = pytest.mark.servers

NOON = datetime(2026, 4, 1, 3, tzinfo=UTC)
AGENCY = "daegu-youth-centre"


def a_programme(id_: str, version: int = 1, **changes: Any) -> Event:
    refusal = {"ko": "만 19세부터 34세까지 신청하실 수 있습니다.", "en": "From 19 to 34."}
    definition = {
        "id": id_,
        "version": version,
        "name": {"ko": f"{id_} 사업", "en": id_},
        "kind": "benefit",
        "agency": AGENCY,
        "life_stages": ["youth"],
        "year": 2026,
        "period": {"opens": "2026-01-01", "closes": "2026-12-31"},
        "eligibility": {"age": {"minimum": 19, "maximum": 34, "at": "application", "refusal": refusal}},
        "choices": {"min": 0, "max": 0},
        "messages": {},
    } | changes
    data = ProgrammePublished(programme=id_, version=version, definition=definition)
    return event(data, id_, sequence=version)


def stand_at(world: World, moment: datetime) -> ManualClock:
    made = ManualClock(moment)
    world.service.clock = world.service.database.clock = made  # type: ignore[assignment]
    return made


@pytest.fixture(autouse=True)
def clock(matching: World) -> ManualClock:
    return stand_at(matching, NOON)


async def rescreen(world: World) -> None:
    while await jobs.rescreen(world.service):
        pass


async def told(world: World, name: str = "미래") -> list[RoadmapTold]:
    """What roadmap.changed told a person, in order; each with the next sequence."""
    facts = [one for one in await world.told("roadmap.changed") if one.data["person"] == str(uid(name))]
    assert [one.sequence for one in facts] == list(range(1, len(facts) + 1))
    sealed = [Sealed.model_validate(one.data["private"]["profile"]) for one in facts]
    return [open_sealed(one, world.keys.keys[one.kid], RoadmapTold) for one in sealed]


async def apply(world: World, name: str, programme: str, *, agency: str = AGENCY) -> None:
    """An application, so that the agency of the programme serves the person."""
    data = ApplicationSubmitted(
        person=uid(name), programme=programme, programme_version=1, choices=[],
        channel="web", agency=agency, submitted_at=NOON,
    )  # fmt: skip
    await world.apply(event(data, uid(f"application {name} {programme}"), at=NOON))


async def test_a_person_sees_what_opens_when_they_turn_nineteen_in_43_days(matching: World) -> None:
    await matching.apply(a_programme("allowance"), matching.person("미래", birth_date=date(2007, 5, 14)))
    answer = await matching.get(f"/people/{uid('미래')}/programmes", "citizen", subject=str(uid("미래")))
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    assert (item["state"], item["opens_on"]) == ("later", "2026-05-14")
    (reason,) = item["reasons"]
    assert reason["ko"] == "만 19세부터 34세까지 신청하실 수 있습니다."
    assert (reason["gap"]["unit"], reason["gap"]["by"]) == ("days", 43)
    accesses = await matching.told("access.recorded")
    assert [(one.data["person"], one.data["reason"]) for one in accesses] == [
        (str(uid("미래")), "eligibility")
    ]


async def test_the_roadmap_changes_on_the_birthday_by_itself_and_on_no_other_day(
    matching: World, clock: ManualClock
) -> None:
    """Two days pass in which nothing turns, then the birthday, then another day: told twice in all."""
    await matching.apply(a_programme("allowance"), matching.person("미래", birth_date=date(2007, 4, 4)))
    await rescreen(matching)
    (first,) = await told(matching)
    assert (first.life_stage, first.open, [str(one.on) for one in first.next]) == (
        "child",
        [],
        ["2026-04-04"],
    )
    for _ in range(2):
        clock.advance(timedelta(days=1))
        await rescreen(matching)
    assert len(await told(matching)) == 1
    clock.advance(timedelta(days=1))
    await rescreen(matching)
    _, second = await told(matching)
    assert (second.life_stage, second.open, second.next) == ("youth", ["allowance"], [])
    clock.advance(timedelta(days=1))
    await rescreen(matching)
    assert len(await told(matching)) == 2


async def test_a_certificate_that_expires_closes_a_programme_by_itself(
    matching: World, clock: ManualClock
) -> None:
    refusal = {"ko": "확인서가 있어야 신청하실 수 있습니다.", "en": "A certificate is needed."}
    rules = {"statuses": [{"of": "status", "any_of": ["near-poor"], "refusal": refusal}]}
    paper = {"status": "near-poor", "seen_on": "2026-01-05", "expires_on": "2026-04-02"}
    await matching.apply(
        a_programme("shop", eligibility=rules), matching.person("미래", certificates=[paper])
    )
    for _ in range(3):
        await rescreen(matching)
        clock.advance(timedelta(days=1))
    first, second = await told(matching)
    assert first.open == ["shop"]
    assert [(one.programme, one.rules) for one in second.closed] == [("shop", ["status"])]


async def test_a_changed_profile_a_new_version_and_an_opening_period_screen_again(
    matching: World, clock: ManualClock
) -> None:
    await matching.apply(a_programme("allowance"), matching.person("미래", birth_date=date(1980, 1, 1)))
    await rescreen(matching)
    sealed = matching.keys.seal(uid("미래"), profile(birth_date=date(2000, 1, 1)))
    await matching.apply(changed("미래", sealed, district="27110"))
    await rescreen(matching)
    later = {"opens": "2026-04-03", "closes": "2026-12-31"}
    await matching.apply(a_programme("allowance", 2, period=later))
    await rescreen(matching)
    clock.advance(timedelta(days=2))
    await rescreen(matching)
    said = await told(matching)
    assert [(len(one.open), len(one.next), len(one.closed)) for one in said] == [
        (0, 0, 0),  # for youth, and that is over
        (1, 0, 0),
        (0, 1, 0),
        (1, 0, 0),
    ]


async def test_what_makes_no_difference_is_told_to_nobody(matching: World) -> None:
    """Another skill, a second version with other words, the same fact again: one roadmap, told once."""
    await matching.apply(a_programme("allowance"), matching.person("미래"))
    await rescreen(matching)
    sealed = matching.keys.seal(uid("미래"), profile(skills=["python"]))
    await matching.apply(changed("미래", sealed, district="27110"))
    await matching.apply(a_programme("allowance", 2, name={"ko": "새 이름", "en": "Another name"}))
    await rescreen(matching)
    assert len(await told(matching)) == 1
    assert await jobs.rescreen(matching.service) == 0


async def test_two_processes_at_once_tell_it_once(matching: World) -> None:
    """Each person stands on the list several times, and four timers work it off at the same moment."""
    people = [matching.person(f"사람{number}") for number in range(30)]
    await matching.apply(a_programme("allowance"))
    for _ in range(4):
        await matching.apply(*people)
    await matching.fetch("insert into screening_due (person) select id from person, generate_series(1, 8)")
    while sum(await asyncio.gather(*(jobs.rescreen(matching.service) for _ in range(4)))):
        pass
    assert len(await matching.told("roadmap.changed")) == len(people)
    for number in range(30):
        assert len(await told(matching, f"사람{number}")) == 1


async def test_a_place_that_is_held_is_left_out_everywhere(matching: World) -> None:
    """The accepted match takes the programme out of answers, counts and roadmap; a proposal does not."""
    stand_at(matching, datetime(2022, 2, 11, tzinfo=UTC))
    await matching.market({"가": 1}, policy="rolling")
    await matching.applicant("미래", "가", moving_in=None)
    await rescreen(matching)
    assert (await told(matching))[-1].open == ["yes-matching-2022"]
    match = await matching.match_of("미래")
    answer = await matching.post(f"/matches/{match}/acceptance", "citizen", subject=str(uid("미래")))
    assert answer.status_code == 200, answer.text
    await rescreen(matching)
    assert (await told(matching))[-1].open == []
    mine = await matching.get(f"/people/{uid('미래')}/programmes", "citizen", subject=str(uid("미래")))
    assert mine.json()["items"] == []
    theirs = await matching.get("/programmes/yes-matching-2022/people", "staff", agency=AGENCY)
    assert theirs.json()["counts"] == {
        "eligible": 0,
        "held": 1,
        "refused": {"age": 0, "residence": 0, "employment": 0},
    }


def referral(step: type[EventData], sequence: int, **more: Any) -> Event:
    """Of 미래 by one agency to another."""
    data = {"person": uid("미래"), "from_agency": "daegu-youth-centre", "to_agency": "daegu-welfare"} | more
    return event(step.model_validate(data), uid("referral"), sequence=sequence, at=NOON)


def sent(programme: str | None = "allowance") -> Event:
    about = {
        "number": "R-1",
        "need": "income",
        "urgency": "normal",
        "basis": "consent",
        "programme": programme,
    }
    return referral(ReferralSent, 1, district="27110", life_stage="youth", **about)


@pytest.mark.parametrize(
    "over",
    [
        referral(ReferralServed, 4),
        referral(ReferralClosed, 4),
        referral(ReferralReturned, 4, reason="person-declined"),
    ],
    ids=lambda over: over.data.event_type.split(".")[-2],
)
async def test_a_service_by_referral_is_left_out_while_the_other_agency_has_taken_it_on(
    matching: World, over: Event
) -> None:
    await matching.apply(a_programme("allowance"), a_programme("bus"), matching.person("미래"))
    await matching.apply(sent(), referral(ReferralReceived, 2))
    await rescreen(matching)
    await matching.apply(referral(ReferralAccepted, 3))
    await rescreen(matching)
    mine = await matching.get(f"/people/{uid('미래')}/programmes", "citizen", subject=str(uid("미래")))
    assert [item["programme"] for item in mine.json()["items"]] == ["bus"]
    theirs = await matching.get("/programmes/allowance/people", "staff", agency=AGENCY)
    assert (theirs.json()["counts"]["eligible"], theirs.json()["counts"]["held"]) == (0, 1)
    await matching.apply(over)
    await rescreen(matching)
    assert [one.open for one in await told(matching)] == [["allowance", "bus"], ["bus"], ["allowance", "bus"]]
    assert await matching.fetch("select * from referral") == []


async def test_a_referral_that_came_and_went_in_one_batch_or_names_no_programme_holds_nothing(
    matching: World,
) -> None:
    await matching.apply(a_programme("allowance"), matching.person("미래"))
    await matching.apply(sent(), referral(ReferralAccepted, 2), referral(ReferralServed, 3))
    await matching.apply(sent(None), referral(ReferralAccepted, 2))
    await rescreen(matching)
    assert [one.open for one in await told(matching)] == [["allowance"]]


async def test_nothing_of_a_referral_stays_of_who_is_erased_and_nothing_comes_later(matching: World) -> None:
    await matching.apply(matching.person("미래"), sent(), erased("미래", "profile"))
    assert await matching.fetch("select * from referral") == []
    await matching.apply(sent(), referral(ReferralAccepted, 2))
    assert await matching.fetch("select * from referral") == []


async def test_erasure_takes_what_was_told_and_nothing_is_told_after_it(matching: World) -> None:
    await matching.apply(a_programme("allowance"), matching.person("미래"))
    await rescreen(matching)
    await matching.apply(erased("미래", "profile"))
    assert await matching.fetch("select * from screening") == []
    matching.keys.destroy(uid("미래"))
    await rescreen(matching)
    assert await matching.fetch("select * from screening") == []
    assert await matching.fetch("select * from screening_due") == []
    assert len(await matching.told("roadmap.changed")) == 1


async def test_no_row_tells_a_day_of_anybodys(matching: World) -> None:
    """Two people with one roadmap have different hashes, and the only day kept is the day of screening."""
    await matching.apply(a_programme("allowance"), matching.person("미래"), matching.person("하늘"))
    await rescreen(matching)
    rows = await matching.fetch("select * from screening")
    assert len({bytes(row["told"]) for row in rows}) == 2
    assert {row["screened_on"] for row in rows} == {date(2026, 4, 1)}
    assert [type(value) for row in rows for value in row.values()].count(date) == 2


async def test_staff_see_whom_their_agency_serves_and_strangers_nobody(matching: World) -> None:
    await matching.apply(a_programme("allowance"), matching.person("미래"), matching.person("하늘"))
    await apply(matching, "미래", "allowance")
    served, other = f"/people/{uid('미래')}", f"/people/{uid('하늘')}"
    for page in ("/programmes", "/roadmap"):
        assert (await matching.get(served + page, "staff", agency=AGENCY)).status_code == 200
        assert (await matching.get(served + page, "staff", agency="other")).status_code == 404
        assert (await matching.get(other + page, "staff", agency=AGENCY)).status_code == 404
        assert (await matching.get(served + page, "citizen", subject=str(uid("하늘")))).status_code == 404


async def test_a_programmes_people_are_counted_and_paged(matching: World) -> None:
    young = [matching.person(f"사람{number}") for number in range(5)]
    old = [matching.person(f"어른{number}", birth_date=date(1970, 1, 1)) for number in range(2)]
    await matching.apply(a_programme("allowance"), *young, *old)
    first = (await matching.get("/programmes/allowance/people?limit=3", "staff", agency=AGENCY)).json()
    assert first["counts"] == {"eligible": 5, "held": 0, "refused": {"age": 2}}
    assert first["next"] == first["items"][-1]["person"]
    path = f"/programmes/allowance/people?limit=3&after={first['next']}"
    second = (await matching.get(path, "staff", agency=AGENCY)).json()
    assert (second["counts"], second["next"]) == (None, None)
    people = [one["person"] for one in first["items"] + second["items"]]
    assert people == sorted(str(uid(f"사람{number}")) for number in range(5))
    assert {tuple(sorted(one)) for one in first["items"]} == {("district", "person")}
    assert (await matching.get("/programmes/allowance/people", "staff", agency="other")).status_code == 404
    looked = [one.data["reason"] for one in await matching.told("access.recorded")]
    assert looked.count("programme-screening") == 2


async def test_the_page_says_it_in_korean(matching: World) -> None:
    """The present stage with what is open, the next one, and what is closed: its reason and distance."""
    ended = {"opens": "2025-01-01", "closes": "2025-12-31"}
    await matching.apply(
        a_programme("allowance"),
        a_programme("ended", period=ended),
        a_programme("bus", life_stages=["child", "youth"], eligibility={}),
        matching.person("미래", birth_date=date(2007, 5, 14)),
    )
    page = await matching.get(f"/people/{uid('미래')}/roadmap", "citizen", subject=str(uid("미래")))
    assert page.status_code == 200, page.text
    for text in (
        "아동·청소년기 (현재)",
        "bus 사업",
        "청년기",
        "allowance 사업",
        "2026-05-14",
        "(43일 뒤)",
        "신청 기간이 2025년 12월 31일에 끝났습니다. 91일이 지났습니다.",
    ):
        assert text in page.text
    assert page.text.index("bus 사업") < page.text.index("allowance 사업")


async def test_at_the_width_of_a_telephone_nothing_of_the_page_sticks_out(
    matching: World, tmp_path: Path
) -> None:
    """As a browser lays it out at 390 px, with the closed ones unfolded."""
    long = {"ko": "대구광역시청년의미래를함께준비하는종합지원사업", "en": "A" * 60}
    ended = {"opens": "2025-01-01", "closes": "2025-12-31"}
    await matching.apply(
        a_programme("allowance", name=long),
        a_programme("ended", name=long, period=ended, life_stages=["child"]),
        matching.person("미래", birth_date=date(2007, 5, 14)),
    )
    path = f"/people/{uid('미래')}/roadmap"
    page = (await matching.get(path, "citizen", subject=str(uid("미래")))).text
    laid = await at_phone_width(page.replace("<details>", "<details open>"), tmp_path)
    assert laid.wide == laid.screen
    assert laid.controls, "what is closed can be unfolded"
    assert all(one.height >= 44 for one in laid.controls), laid.controls
