"""Which fact opens whom, to whom, for how long; and what a desk may do about whom it may not open."""

from __future__ import annotations

from typing import Any

import pytest

from ieum.intake.people.masking import mask_name

from .referrals import body as referral
from .referrals import walk
from .town import JUNG, NAM, YOUTH
from .world import HONG, PROGRAMME, YAML, World, opening, organisation, problem

pytestmark = pytest.mark.servers


async def reveal(intake: World, person: str, **who: Any) -> Any:
    return await intake.get(f"people/{person}", params={"reveal": "상담 준비"}, **who)


async def status(intake: World, person: str, agency: str) -> int:
    return (await reveal(intake, person, agency=agency)).status_code


@pytest.mark.parametrize(
    ("name", "masked"),
    [("홍길동", "홍*동"), ("남궁민수", "남**수"), ("홍길", "홍*"), ("Jane Doe", "J**e D*e"), ("Li", "L*")],
)
def test_a_masked_name_shows_its_first_and_last_letter(name: str, masked: str) -> None:
    assert mask_name(name) == masked


async def test_any_window_finds_somebody_registered_elsewhere_masked_and_recorded(intake: World) -> None:
    """Nobody tells their story twice; and to recognise somebody is not to open them."""
    person = await intake.person()
    (found,) = (await intake.get("people", params={"phone": "010-0123-4567"}, agency=JUNG)).json()["items"]
    assert found == {
        "id": person, "name": "홍*동", "birth_year": 1997, "phone_end": "67", "district": "27290",
        "entitled": False,
    }  # fmt: skip
    (told,) = await intake.told("intake-access")
    assert (told["person"], told["agency"], told["masked"], told["record_classes"]) == (
        person, JUNG, True, ["contact", "profile"],
    )  # fmt: skip
    refused = await reveal(intake, person, agency=JUNG)
    assert problem(refused) == (403, "not-entitled")
    assert "방문이나 신청" in refused.json()["detail_ko"]
    assert "record the visit" in refused.json()["detail_en"]
    assert len(await intake.told("intake-access")) == 1


async def test_duplicates_of_elsewhere_are_shown_masked(intake: World) -> None:
    elsewhere = await intake.person()
    here = (await intake.post("people", HONG | {"name": "홍길순"}, agency=JUNG)).json()
    assert here["duplicates"] == [elsewhere]
    shown = await intake.get(f"people/{here['id']}/duplicates", agency=JUNG)
    assert [one["masked"]["name"] for one in shown.json()["items"]] == ["홍*동"]
    assert "홍길동" not in shown.text
    assert [one["person"] for one in await intake.told("intake-access")] == [elsewhere]


async def test_danger_to_life_opens_anybody_once_and_an_auditor_reads_of_it(intake: World) -> None:
    person = await intake.person()
    path, asked = f"people/{person}", {"urgent": "danger-to-life"}
    assert problem(await intake.get(path, params=asked, agency=JUNG)) == (422, "reason-missing")
    opened = await intake.get(path, params=asked | {"reveal": "의식이 없음"}, agency=JUNG)
    assert opened.json()["contact"]["name"] == "홍길동"
    told = await intake.told("intake-access")
    assert [(one["urgent"], one["purpose"], one["reason"]) for one in told] == [
        (True, "danger-to-life", "의식이 없음")
    ] * 2
    assert await status(intake, person, JUNG) == 403
    for role in ("operator", "auditor", "official", "workplace"):
        answer = await intake.get(path, params=asked | {"reveal": "확인"}, role=role, agency=JUNG)
        assert problem(answer) == (403, "forbidden")


async def test_an_application_opens_its_person_to_the_programmes_agency_until_five_days_after(
    intake: World,
) -> None:
    await intake.market("Y22-001")
    person = (await intake.post("people", HONG, agency=JUNG)).json()["id"]
    assert await status(intake, person, YOUTH) == 403
    elsewhere = await intake.apply(person, ["Y22-001"], agency=NAM)
    assert problem(elsewhere) == (403, "not-entitled"), "not its programme, and it does not serve the person"
    made = await intake.apply(person, ["Y22-001"], agency=YOUTH)
    assert made.status_code == 201, "the window of the programme takes it in from whoever comes"
    assert await status(intake, person, YOUTH) == 200
    assert (await intake.post(f"applications/{made.json()['id']}/withdrawal")).status_code == 201
    intake.advance(days=4, hours=23)
    assert await status(intake, person, YOUTH) == 200
    intake.advance(hours=1)
    assert await status(intake, person, YOUTH) == 403
    assert (await intake.get(f"applications/{made.json()['id']}", agency=YOUTH)).status_code == 200
    assert problem(await intake.get(f"applications/{made.json()['id']}", agency=NAM)) == (
        404,
        "application-unknown",
    )


async def test_a_referral_opens_its_person_once_accepted_and_five_days_after_it_is_closed(
    intake: World,
) -> None:
    person = await intake.person()
    sent = (await intake.post("referrals", referral(person), agency=YOUTH)).json()
    assert await status(intake, person, JUNG) == 403
    accepted = await walk(intake, sent, "receive", "accept")
    assert await status(intake, person, JUNG) == 200
    await walk(intake, accepted, "serve", "close")
    assert await status(intake, person, JUNG) == 200
    intake.advance(days=5)
    assert await status(intake, person, JUNG) == 403


async def test_only_who_serves_somebody_hands_them_on(intake: World) -> None:
    person = await intake.person()
    refused = await intake.post("referrals", referral(person, to_agency=NAM), agency=JUNG)
    assert problem(refused) == (403, "not-entitled")


async def test_a_consent_opens_the_fields_it_names_to_whom_it_names_until_it_is_withdrawn(
    intake: World,
) -> None:
    person = await intake.person()
    asked = {"purpose": "housing", "recipients": [JUNG], "fields": ["phone"], "until": "2022-03-01"}
    others = await intake.post(f"people/{person}/consents", asked, agency=NAM)
    assert problem(others) == (403, "not-entitled"), "a desk takes consents for itself, or of whom it serves"
    given = await intake.post(f"people/{person}/consents", asked, agency=JUNG)
    assert given.status_code == 201, given.text
    shown = (await reveal(intake, person, agency=JUNG)).json()
    assert (shown["fields"], shown["contact"]["phone"], shown["contact"]["name"]) == (
        ["phone"], "+821001234567", "홍*동",
    )  # fmt: skip
    assert (shown["contact"]["email"], shown["profile"], shown["registration"]) == (None, None, None)
    assert problem(await intake.get(f"people/{person}/data?reason=확인", agency=JUNG)) == (
        403,
        "not-entitled",
    )
    path = f"people/{person}/consents/{given.json()['items'][0]['id']}/withdrawal"
    assert (await intake.post(path, agency=JUNG)).status_code == 201
    assert await status(intake, person, JUNG) == 403


async def test_an_agreement_opens_what_it_shares_of_whom_the_other_serves(intake: World) -> None:
    person = await intake.person()
    terms = {
        "from_agency": YOUTH, "to_agency": JUNG, "needs": ["debt"], "purpose": "청년 위기 지원 연계",
        "basis": "개인정보 보호법 17", "since": "2022-02-15", "until": "2022-02-16", "shares": ["birth_date"],
    }  # fmt: skip
    for role, agency in (("official", JUNG), ("operator", None)):
        refused = await intake.post("agreements", terms, role=role, agency=agency)
        assert problem(refused) == (403, "shares-of-another"), "nobody grants themselves another's data"
    unknown = await intake.post("agreements", terms | {"shares": ["iq"]}, role="official", agency=YOUTH)
    assert problem(unknown) == (422, "shares-unknown")
    assert (await intake.post("agreements", terms, role="official", agency=YOUTH)).status_code == 201
    shown = (await reveal(intake, person, agency=JUNG)).json()
    assert (shown["contact"], shown["profile"]["birth_date"], shown["profile"]["skills"]) == (
        None,
        "1997-03-05",
        [],
    )
    theirs = (await intake.post("people", HONG | {"phone": "010-0999-8888"}, agency=NAM)).json()["id"]
    assert await status(intake, theirs, JUNG) == 403, "of others than the partner's it says nothing"
    intake.advance(days=2)
    assert await status(intake, person, JUNG) == 403


async def test_a_guardian_acts_for_a_child_while_it_holds(intake: World) -> None:
    """The desk has seen the document; signed in, the guardian sees and does what the child may."""
    guardian = (await intake.post("people", HONG, role="citizen", subject="parent")).json()["id"]
    child = await intake.person(name="홍아들", phone="010-0222-3333")
    path = f"people/{child}"
    asked = {
        "representative": guardian, "relation": "parent", "document": "family-certificate",
        "seen_on": "2022-02-14", "until": "2022-02-20",
    }  # fmt: skip
    assert problem(await intake.get(path, role="citizen", subject="parent")) == (404, "person-unknown")
    assert problem(await intake.post(f"{path}/representatives", asked, agency=JUNG)) == (403, "not-entitled")
    assert problem(await intake.post(f"{path}/representatives", asked | {"until": "2022-02-14"}))[0] == 422
    made = (await intake.post(f"{path}/representatives", asked)).json()["items"][0]
    seen = await reveal(intake, child, role="citizen", subject="parent")
    assert seen.json()["contact"]["name"] == "홍아들"
    assert problem(await intake.get(path, role="citizen", subject="uncle")) == (404, "person-unknown")
    end = f"{path}/representatives/{made['id']}/end"
    assert (await intake.post(end, role="citizen", subject="parent")).json()["ended_at"] is not None
    assert problem(await intake.get(path, role="citizen", subject="parent")) == (404, "person-unknown")
    await intake.post(f"{path}/representatives", asked)
    assert (await intake.get(path, role="citizen", subject="parent")).status_code == 200
    intake.advance(days=6)
    assert problem(await intake.get(path, role="citizen", subject="parent")) == (404, "person-unknown")
    await intake.post(f"people/{guardian}/erasure", role="citizen", subject="parent")
    assert await intake.fetch("select 1 from representation") == [], (
        "who spoke for whom is forgotten with either"
    )


async def test_a_window_reports_anybody_in_need_without_opening_them(intake: World) -> None:
    person = await intake.person()
    told = {
        "situation": "며칠째 보이지 않습니다.",
        "district": "27110",
        "source": "neighbour",
        "person": person,
    }
    made = await intake.post("reports", told, agency=NAM)
    assert made.status_code == 201, made.text
    assert [await status(intake, person, one) for one in (JUNG, NAM)] == [200, 403]


async def test_nobody_takes_a_programme_over_or_gives_away_its_places(intake: World) -> None:
    """Else a new version under another agency's name would open its applicants."""
    await intake.market("Y22-001")
    taken = YAML.replace("version: 1", "version: 2").replace(f"agency: {YOUTH}", f"agency: {JUNG}")
    refused = await intake.post("programmes", {"yaml": taken}, agency=JUNG)
    assert problem(refused) == (403, "programme-of-another-agency")
    firm = (await intake.post("organisations", organisation(), agency=JUNG)).json()["id"]
    given = await intake.post("openings", opening(firm, code="X-1", programme=PROGRAMME), agency=JUNG)
    assert problem(given) == (403, "programme-of-another-agency")


async def test_an_auditor_reads_who_looked_and_nothing_else(intake: World) -> None:
    person = await intake.person()
    who: dict[str, Any] = {"role": "auditor", "agency": YOUTH}
    assert (await intake.get(f"people/{person}/accesses", **who)).json() == {"items": []}
    for path in ("", "/consents", "/data", "/applications"):
        assert problem(await intake.get(f"people/{person}{path}", **who)) == (403, "forbidden")
