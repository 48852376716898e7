"""A worker's day: its order, what is sent from the field late and twice, and who is carried over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.intake.contacts.outreach.domain import Place, ordered

from .contacts import CLEAR, FRONT, HOPE, YOUTH, changed, ok, registered
from .referrals import body as referral
from .referrals import step
from .world import OPEN_DAY, World, problem

DAY, NEXT = "2022-02-15", "2022-02-17"
WORKER: dict[str, Any] = {"agency": HOPE, "subject": "park"}
AT = (OPEN_DAY + timedelta(hours=1)).isoformat()

places = st.lists(
    st.builds(
        Place,
        st.sampled_from(["27110", "27140", "27290"]),
        st.none() | st.floats(35.7, 36.0),
        st.none() | st.floats(128.4, 128.8),
    ),
    max_size=12,
)


@given(places, st.sampled_from(["given", "district", "nearest"]))
def test_an_order_has_every_stop_once(found: list[Place], order: Any) -> None:
    made = ordered(found, order)
    assert sorted(made) == list(range(len(found)))
    if order == "given":
        assert made == sorted(made)
    if order == "district":
        assert [found[index].district for index in made] == sorted(place.district for place in found)


def test_the_nearest_comes_next_and_the_unknown_last() -> None:
    """By hand: from the river north, then on; one without coordinates at the end."""
    river, north, far = (Place("27290", latitude, 128.6) for latitude in (35.80, 35.82, 35.90))
    assert ordered([river, Place("27290"), far, north], "nearest") == [0, 3, 2, 1]


async def planned(intake: World, *stops: dict[str, Any], **body: Any) -> dict[str, Any]:
    asked = {"worker": "park", "day": DAY, "stops": list(stops)} | body
    return await ok(await intake.post("outreach/routes", asked, agency=HOPE), 201)


async def record(intake: World, stop: str, key: str | None = None, **body: Any) -> Any:
    asked = {"outcome": "talked", "at": AT} | body
    return await intake.post(f"outreach/stops/{stop}/result", asked, key=key, **WORKER)


@pytest.mark.servers
async def test_a_day_is_planned_visited_and_carried_over(intake: World) -> None:
    """Two people and an address; one not at home is on another day's route with what was written about it."""
    person = await registered(intake, HOPE)
    stops = [
        {"district": "27290", "address": "이음로 77", "note": "문을 두드렸으나 답이 없던 집"},
        {"person": person, "district": "27140", "note": "손목을 다쳤다고 합니다."},
    ]
    route = await planned(intake, *stops, order="district")
    assert [(one["place"], one["district"]) for one in route["stops"]] == [(1, "27140"), (2, "27290")]
    first, second = (one["id"] for one in route["stops"])
    intake.advance(hours=2)
    await ok(await record(intake, first, note={"text": "상환 계획을 듣고 싶어 하십니다."}), 201)
    await ok(await record(intake, second, outcome="not-at-home", again_on=NEXT), 201)
    shown = await ok(await intake.get(f"outreach/routes/{route['id']}", agency=HOPE))
    assert [(one["state"], one["outcome"]) for one in shown["stops"]] == [
        ("done", "talked"), ("done", "not-at-home"),
    ]  # fmt: skip
    [later] = (await ok(await intake.get("outreach/routes", agency=HOPE, params={"since": NEXT})))["items"]
    assert (later["worker"], later["day"]) == ("park", NEXT)
    opened = await ok(
        await intake.get(f"outreach/routes/{later['id']}", agency=HOPE, params={"reveal": "방문 준비"})
    )
    [stop] = opened["stops"]
    assert (stop["carried_from"], stop["notes"][0]["address"]) == (second, "이음로 77")
    told = await intake.told("intake-contacts")
    assert [(one["kind"], one["outcome"]) for one in told] == [
        ("outreach", "talked"),
        ("outreach", "not-at-home"),
    ]
    dump = await intake.dump()
    assert [clear for clear in CLEAR if clear in dump] == []


@pytest.mark.servers
async def test_what_is_sent_again_from_the_field_adds_nothing(intake: World) -> None:
    """Under the same key, and after days under another one: one contact, one count, one fact."""
    route = await planned(intake, {"district": "27290"}, {"district": "27110"})
    stop = route["stops"][0]["id"]
    intake.advance(hours=2)
    for key in ("device-1", "device-1", "device-2"):
        assert (await ok(await record(intake, stop, key), 201))["id"] == stop
    intake.advance(days=3)
    await ok(await record(intake, stop, "device-1"), 201)
    assert len(await intake.told("intake-contacts")) == 1
    assert [row["count"] for row in await intake.fetch("select count from contact_count")] == [1]
    other = await record(intake, stop, outcome="refused")
    assert problem(other) == (409, "stop-done")
    late = await record(intake, route["stops"][1]["id"])
    assert late.status_code == 201, "handed in three days after the visit"


@pytest.mark.servers
async def test_times_of_the_device_have_limits_and_another_day_is_a_later_one(intake: World) -> None:
    route = await planned(intake, {"district": "27290"})
    stop = route["stops"][0]["id"]
    assert problem(await record(intake, stop)) == (422, "time-ahead")
    before = (OPEN_DAY - timedelta(days=1)).isoformat()
    assert problem(await record(intake, stop, at=before)) == (422, "time-other-day")
    here = {"at": OPEN_DAY.isoformat()}
    assert problem(await record(intake, stop, again_on=NEXT, **here)) == (422, "again-on")
    assert problem(await record(intake, stop, outcome="not-at-home", again_on=DAY, **here)) == (
        422,
        "again-on",
    )
    intake.advance(days=15)
    assert problem(await record(intake, stop, **here)) == (422, "time-back")
    assert problem(await intake.get(f"outreach/routes/{route['id']}", agency=YOUTH)) == (404, "route-unknown")


@pytest.mark.servers
async def test_stops_are_added_on_the_way_and_put_into_another_order(intake: World) -> None:
    route = await planned(intake, {"district": "27290"}, {"district": "27110"})
    path = f"outreach/routes/{route['id']}"
    added = await ok(await intake.post(f"{path}/stops", {"district": "27140"}, agency=HOPE), 201)
    ids = [one["id"] for one in added["stops"]]
    headers = intake.headers("staff", agency=HOPE)

    async def reorder(stops: list[str], version: int) -> Any:
        more = {"If-Match": f'"{version}"'}
        return await intake.client.put(f"/intake/{path}/order", json={"stops": stops}, headers=headers | more)

    assert problem(await reorder(ids[:2], added["version"])) == (422, "stops-all")
    assert problem(await reorder(ids, 1)) == (412, "stale")
    turned = await ok(await reorder(ids[::-1], added["version"]))
    assert [one["id"] for one in turned["stops"]] == ids[::-1]


@pytest.mark.servers
async def test_nobody_is_visited_and_so_opened_without_a_ground(intake: World) -> None:
    """A place needs none; of a referral it is its acceptance."""
    person = await intake.person()
    asked = {"worker": "park", "day": DAY, "stops": [{"district": "27290"}, {"person": person}]}
    refused = await intake.post("outreach/routes", asked, agency=HOPE)
    assert problem(refused) == (403, "stop-without-ground")
    for way in ("의뢰", "동의", "신고"):
        assert way in refused.json()["detail_ko"]
    for way in ("referral", "consent", "report"):
        assert way in refused.json()["detail_en"]
    assert await intake.fetch("select 1 from outreach_stop") == [], "none of the day is planned"
    assert await sees(intake, person) == 403
    place = await planned(intake, {"district": "27290"})
    stops = f"outreach/routes/{place['id']}/stops"
    assert problem(await intake.post(stops, {"person": person}, agency=HOPE)) == (403, "stop-without-ground")
    sent = (await intake.post("referrals", referral(person, to_agency=HOPE))).json()
    assert problem(await intake.post(stops, {"person": person}, agency=HOPE)) == (403, "stop-without-ground")
    for version, verb in enumerate(("receive", "accept"), start=sent["version"]):
        assert (await step(intake, sent["id"], verb, version, agency=HOPE)).status_code == 200
    await ok(await intake.post(stops, {"person": person}, agency=HOPE), 201)
    unknown = await intake.post(stops, {"person": place["id"]}, agency=HOPE)
    assert problem(unknown) == (422, "person-unknown")


@pytest.mark.servers
async def test_a_report_is_a_ground_to_visit_and_a_planned_visit_keeps_it(intake: World) -> None:
    person = await intake.person()
    told = {
        "situation": "며칠째 보이지 않습니다.",
        "district": "27290",
        "source": "neighbour",
        "person": person,
    }
    await ok(await intake.post("reports", told | {"agency": HOPE}, agency=FRONT), 201)
    route = await planned(intake, {"person": person}, day="2022-02-28")
    [row] = await intake.fetch("select case_id from case_person where person = $1", UUID(person))
    path, lead = f"cases/{row['case_id']}/closing", {"agency": HOPE, "subject": f"{HOPE}-lead"}
    await changed(intake, path, {"reason": "set-aside", "words": "확인"}, version=1, status=201, **lead)
    intake.advance(days=13)
    assert await sees(intake, person) == 200
    at = intake.clock.now().isoformat()
    await ok(await record(intake, route["stops"][0]["id"], at=at), 201)
    intake.advance(days=6)
    assert await sees(intake, person) == 403


@pytest.mark.servers
async def test_who_may_see_a_few_fields_sees_no_more_by_planning_a_visit(intake: World) -> None:
    person = await intake.person()
    terms = {"purpose": "visit", "recipients": [HOPE], "fields": ["name"], "until": "2022-03-01"}
    await ok(await intake.post(f"people/{person}/consents", terms, agency=YOUTH), 201)
    route = await planned(intake, {"person": person})
    shown = await ok(await intake.get(f"people/{person}", params={"reveal": "방문 준비"}, agency=HOPE))
    assert shown["fields"] == ["name"]
    intake.advance(hours=2)
    await ok(await record(intake, route["stops"][0]["id"]), 201)


async def sees(intake: World, person: str) -> int:
    answer = await intake.get(f"people/{person}", params={"reveal": "방문 준비"}, agency=HOPE)
    return answer.status_code
