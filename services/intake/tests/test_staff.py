"""The registry of staff: who gives which access, what it tells, and how an account ends."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ieum.intake.departures import jobs

from .cases import AGENCY, DUTY, LEAD, Cases
from .staff import body, leave, put, registered
from .test_reviews import applied, name, score
from .world import AGENCY as YOUTH_CENTRE
from .world import YAML, World, opening, organisation, problem

pytestmark = pytest.mark.servers

OFFICIAL: dict[str, Any] = {"role": "official", "subject": "official-1", "agency": AGENCY}
ELSEWHERE: dict[str, Any] = {"role": "official", "subject": "official-2", "agency": "jung-gu-hope"}


async def test_an_account_is_given_told_without_a_name_and_sealed(intake: World) -> None:
    made = await registered(intake, name="이담당", email="Lee@Dalseo.example", until="2022-12-31")
    assert made["holder"] is None
    assert made["since"] == "2022-02-15"
    [told] = [one for one in await intake.told("intake-organisations") if one]
    assert told == {
        "account": "lee-1", "agency": AGENCY, "roles": ["staff"],
        "since": "2022-02-15", "until": "2022-12-31",
    }  # fmt: skip
    dump = await intake.dump()
    assert "이담당" not in dump
    assert "dalseo.example" not in dump.lower()


async def test_who_holds_an_account_is_opened_for_a_reason_and_that_is_recorded(intake: World) -> None:
    made = await registered(intake, email="lee@dalseo.example")
    shown = await intake.get(f"staff/{made['id']}", params={"reveal": "연락"}, **OFFICIAL)
    assert shown.json()["holder"] == {"name": "이담당", "email": "lee@dalseo.example"}
    [access] = await intake.told("intake-access")
    assert (access["actor"], access["person"], access["reason"]) == ("official-1", made["id"], "연락")


async def test_an_official_gives_access_to_the_own_agency_alone_and_no_more_than_that(intake: World) -> None:
    async def status(who: dict[str, Any], **changes: Any) -> tuple[int, str]:
        answer = await intake.post("staff", body(**changes), **who)
        return (201, "") if answer.status_code == 201 else problem(answer)

    refused = (403, "not-yours-to-give")
    assert await status(ELSEWHERE) == refused
    assert await status(OFFICIAL, roles=["operator"]) == refused
    assert await status(OFFICIAL, roles=["staff", "auditor"]) == refused
    assert await status({"role": "staff", "agency": AGENCY}) == (403, "forbidden")
    assert await status(OFFICIAL, roles=["staff", "official"]) == (201, "")
    assert await status(OFFICIAL) == (409, "staff-known")
    made = await registered(intake, account="op-2", roles=["operator"])
    assert problem(await put(intake, made, {"roles": ["staff"], "agency": AGENCY}, **OFFICIAL)) == refused


async def test_nobody_changes_or_ends_their_own_access(intake: World) -> None:
    made = await registered(intake, account="official-1", roles=["official"])
    more = {"roles": ["staff", "official"], "agency": AGENCY}
    assert problem(await put(intake, made, more, **OFFICIAL)) == (403, "own-access")
    assert problem(await leave(intake, made, **OFFICIAL)) == (403, "own-access")


async def test_another_agency_does_not_see_an_account(intake: World) -> None:
    made = await registered(intake)
    assert problem(await intake.get(f"staff/{made['id']}", **ELSEWHERE)) == (404, "staff-unknown")
    assert problem(await leave(intake, made, **ELSEWHERE)) == (404, "staff-unknown")
    assert (await intake.get("staff", **ELSEWHERE)).json() == {"items": []}
    assert len((await intake.get("staff", **OFFICIAL)).json()["items"]) == 1
    assert len((await intake.get("staff", role="auditor", agency=None)).json()["items"]) == 1


async def test_a_change_needs_the_version_that_was_read_and_is_told(intake: World) -> None:
    made = await registered(intake)
    more = {"roles": ["staff", "official"], "agency": AGENCY}
    assert (await put(intake, made, more)).headers["ETag"] == '"2"'
    assert (await put(intake, made, more)).status_code == 412
    told = (await intake.told("intake-organisations"))[-1]
    assert (told["roles"], told["new_holder"]) == (["staff", "official"], False)
    moved = await put(intake, made | {"version": 2}, more | {"agency": "jung-gu-hope"})
    assert problem(moved) == (422, "agency-fixed")
    changes = await intake.fetch("select change, by, roles from staff_change order by version")
    assert [(row["change"], row["by"]) for row in changes] == [("registered", "op"), ("changed", "op")]


async def test_who_leaves_with_open_matters_names_a_successor(intake: World) -> None:
    """Refused with the count; then the case, and notes that nobody else could read, are the successor's."""
    cases = Cases(intake)
    lee = await registered(intake)
    await registered(intake, account="kim-1", name="김담당")
    case = await cases.begun()
    await cases.done(case["id"], "owner", {"owner": "lee-1"})
    note = {"topic": "violence", "text": "가정폭력 우려", "readers": ["lee-1"]}
    await cases.done(case["id"], "notes", note, by="lee-1")
    refused = await leave(intake, lee)
    assert problem(refused) == (409, "matters-open")
    assert "1건" in refused.json()["detail_ko"]
    for wrong in ("lee-1", "nobody", "jung-gu-hope-lead"):
        assert problem(await leave(intake, lee, successor=wrong)) == (422, "successor-unknown")
    done = await leave(intake, lee, successor="kim-1")
    assert (done.status_code, done.json()["passed"]) == (200, 1)
    shown = (await cases.show(case["id"], by="kim-1")).json()
    assert shown["owner"] == "kim-1"
    [told] = [one for one in await intake.told("intake-organisations") if one.get("reason")]
    assert (told["successor"], told["passed"], told["reason"]) == ("kim-1", 1, "moved")
    rows = await intake.fetch("select readers from case_note")
    assert [row["readers"] for row in rows] == [["kim-1"]]
    again = await leave(intake, done.json())
    assert problem(again) == (409, "staff-left")


async def test_a_note_that_others_may_read_is_not_shown_to_one_more(intake: World) -> None:
    cases, lee = Cases(intake), await registered(intake)
    await registered(intake, account="kim-1")
    case = await cases.begun()
    await cases.done(case["id"], "owner", {"owner": "lee-1"})
    readers = {"topic": "violence", "text": "가정폭력 우려", "readers": ["lee-1", LEAD]}
    await cases.done(case["id"], "notes", readers, by="lee-1")
    assert (await leave(intake, lee, successor="kim-1")).status_code == 200
    rows = await intake.fetch("select readers from case_note")
    assert [row["readers"] for row in rows] == [[LEAD]]


async def test_nothing_is_given_to_who_left_or_never_came(intake: World) -> None:
    """Once an agency has a registry: not by the owner's form, not by handing over, not while they leave."""
    cases, lee = Cases(intake), await registered(intake)
    case = await cases.begun()
    await leave(intake, lee)
    for gone in ("lee-1", "nobody"):
        version = (await cases.show(case["id"])).json()["version"]
        answer = await cases.do(case["id"], "owner", {"owner": gone}, version=version)
        assert problem(answer) == (422, "owner-unknown")
    handed = await intake.post("cases/handover", {"from": DUTY, "to": "lee-1"}, agency=AGENCY, subject=LEAD)
    assert problem(handed) == (422, "owner-unknown")
    assert (await cases.show(case["id"])).json()["owner"] == DUTY


async def test_giving_a_case_and_leaving_at_once_ends_with_an_owner_who_is_there(intake: World) -> None:
    """Twenty races: whichever comes first, the case is never the leaver's afterwards."""
    cases = Cases(intake)
    await registered(intake, account="kim-1")
    case = await cases.begun()
    for turn in range(20):
        one = await registered(intake, account=f"race-{turn}", email=f"race-{turn}@dalseo.example")
        version = (await cases.show(case["id"])).json()["version"]
        await asyncio.gather(
            cases.do(case["id"], "owner", {"owner": one["account"]}, version=version),
            leave(intake, one, successor="kim-1"),
        )
        assert (await cases.show(case["id"])).json()["owner"] in (DUTY, "kim-1")


async def test_an_account_on_a_desk_gets_another_holder_but_does_not_end(intake: World) -> None:
    lead = await registered(intake, account=LEAD, email="old@dalseo.example")
    assert problem(await leave(intake, lead, successor=DUTY)) == (409, "account-on-desk")
    holder = {"name": "박새롬", "email": "new@dalseo.example"}
    changed = await put(intake, lead, {"roles": ["staff"], "agency": AGENCY, "holder": holder})
    assert changed.status_code == 200, changed.text
    assert (await intake.told("intake-organisations"))[-1]["new_holder"] is True
    await registered(intake, account="other", email="old@dalseo.example")  # the mailbox is free again


async def test_the_last_day_ends_an_account_and_the_lead_has_what_was_theirs(intake: World) -> None:
    cases = Cases(intake)
    await registered(intake, until="2022-02-16")
    case = await cases.begun()
    await cases.done(case["id"], "owner", {"owner": "lee-1"})
    assert await jobs.end_due(intake.service) == 0
    intake.advance(days=2)
    assert await jobs.end_due(intake.service) == 1
    assert (await cases.show(case["id"])).json()["owner"] == LEAD
    assert (await intake.told("intake-organisations"))[-1]["reason"] == "term-ended"


async def test_who_held_an_account_is_forgotten_three_years_after_its_end(intake: World) -> None:
    made = await registered(intake, email="lee@dalseo.example")
    assert (await leave(intake, made)).status_code == 200
    intake.advance(days=3 * 366 - 1)
    assert await jobs.destroy_due(intake.service) == 0
    intake.advance(days=1)
    assert await jobs.destroy_due(intake.service) == 1
    assert await intake.fetch("select 1 from person_key where person = $1", made["id"]) == []
    shown = await intake.get(f"staff/{made['id']}", params={"reveal": "확인"}, **OFFICIAL)
    assert (shown.json()["account"], shown.json()["holder"]) == ("lee-1", None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"agency": None}, "agency-needed"),
        ({"agency": "nowhere"}, "agency-unknown"),
        ({"since": "2022-03-01", "until": "2022-02-01"}, "invalid"),
        ({"roles": []}, "invalid"),
        ({"roles": ["citizen"]}, "invalid"),
        ({"name": "900101-1234567"}, "forbidden-number"),
    ],
)
async def test_what_does_not_fit_is_refused(intake: World, changes: dict[str, Any], expected: str) -> None:
    answer = await intake.post("staff", body() | changes, role="operator", subject="op", agency=None)
    assert answer.status_code == 422
    assert expected in ("invalid", problem(answer)[1])


async def test_who_breaks_the_glass_is_told_of_and_nobody_else_may_say_so(intake: World) -> None:
    said = {"reason": "provider-away"}
    assert problem(await intake.post("staff/emergencies", said)) == (403, "forbidden")
    done = await intake.post("staff/emergencies", said, subject="break-glass/1", agency=AGENCY)
    assert done.status_code == 201, done.text
    [told] = await intake.told("intake-organisations")
    assert told == {"account": "break-glass/1", "agency": AGENCY, "roles": ["staff"], **said}


async def test_an_opening_waits_for_verified_papers_where_the_city_wants_it(intake: World) -> None:
    settings = intake.service.settings
    intake.service.settings = settings.model_copy(update={"verified_openings_only": True})
    await intake.post("programmes", {"yaml": YAML})
    firm = (await intake.post("organisations", organisation())).json()
    assert problem(await intake.post("openings", opening(firm["id"]))) == (409, "organisation-unverified")
    headers = intake.headers("official") | {"If-Match": '"1"'}
    seen = {"source": "business-registration", "on": "2022-02-15"}
    path = f"/intake/organisations/{firm['id']}/verification"
    assert (await intake.client.post(path, json=seen, headers=headers)).status_code == 200
    assert (await intake.post("openings", opening(firm["id"]))).status_code == 201


async def test_a_reviewer_who_leaves_is_followed_in_the_panel_and_keeps_what_they_scored(
    intake: World,
) -> None:
    first, second = await applied(intake, people=2)
    here = {"agency": YOUTH_CENTRE}
    lee = await registered(intake, **here)
    await registered(intake, account="kim-1", **here)
    assert (await name(intake, "lee-1", "park", "choi")).json()["seated"] == 6
    assert (await score(intake, first, "lee-1")).status_code == 200
    refused = await leave(intake, lee)
    assert problem(refused) == (409, "matters-open")
    assert "1건" in refused.json()["detail_ko"]
    assert (await leave(intake, lee, successor="kim-1")).json()["passed"] == 1
    assert problem(await score(intake, second, "lee-1")) == (404, "review-unknown")
    assert (await score(intake, second, "kim-1")).status_code == 200
    seats = await intake.fetch("select application, reviewer from review_seat where scores is not null")
    assert {(str(row["application"]), row["reviewer"]) for row in seats} == {
        (first, "lee-1"), (second, "kim-1"),
    }  # fmt: skip
