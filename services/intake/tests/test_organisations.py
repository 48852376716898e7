"""Organisations after their registration: corrected under If-Match, compared with documents, and shown so."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from .world import World, organisation, problem

pytestmark = pytest.mark.servers
CORPORATE = "1101110062432"
SEEN = {"source": "business-registration", "on": "2022-02-14", "number": "2022-대구-1"}


async def _made(intake: World, **changes: Any) -> dict[str, Any]:
    answer = await intake.post("organisations", organisation(**changes))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def _put(intake: World, one: dict[str, Any], **changes: Any) -> httpx.Response:
    headers = intake.headers() | {"If-Match": f'"{one["version"]}"'}
    return await intake.client.put(
        f"/intake/organisations/{one['id']}", json=organisation(**changes), headers=headers
    )


async def _verify(
    intake: World, one: dict[str, Any], role: str = "official", **changes: Any
) -> httpx.Response:
    headers = intake.headers(role, subject="official-1") | {"If-Match": f'"{one["version"]}"'}
    path = f"/intake/organisations/{one['id']}/verification"
    return await intake.client.post(path, json=SEEN | changes, headers=headers)


async def test_a_new_organisation_is_shown_as_unverified_until_an_official_saw_its_papers(
    intake: World,
) -> None:
    one = await _made(intake, corporate_number="110111-0062432")
    assert (one["verified"], one["corporate_number"]) == (None, CORPORATE)
    assert problem(await _verify(intake, one, role="staff")) == (403, "forbidden")
    done = await _verify(intake, one)
    assert done.headers["ETag"] == '"2"'
    verified = done.json()["verified"]
    assert verified.pop("at")
    assert verified == SEEN | {"by": "official-1"}
    told = [one for one in await intake.told("intake-organisations") if one]
    assert told[0]["corporate_number"] == CORPORATE
    assert told[1] == SEEN | {"by": "official-1"}
    assert (await _verify(intake, one)).status_code == 412
    shown = (await intake.get(f"organisations/{one['id']}")).json()
    assert shown["verified"]["by"] == "official-1"


async def test_another_mailbox_keeps_the_verification_another_name_or_number_does_not(intake: World) -> None:
    one = (await _verify(intake, await _made(intake))).json()
    moved = await _put(intake, one, email="new@firm.example")
    assert moved.json()["verified"]["by"] == "official-1"
    renamed = await _put(intake, moved.json(), email="new@firm.example", name="(가상) 새이름")
    assert renamed.json()["verified"] is None
    again = (await _verify(intake, renamed.json())).json()
    numbered = await _put(intake, again, name="(가상) 새이름", corporate_number=CORPORATE)
    assert numbered.json()["verified"] is None
    told = (await intake.told("intake-organisations"))[-1]
    assert (told["name"], told["corporate_number"]) == ("(가상) 새이름", CORPORATE)


async def test_a_stale_or_blind_change_overwrites_nothing(intake: World) -> None:
    one = await _made(intake)
    assert (await _put(intake, one, name="첫째")).status_code == 200
    assert (await _put(intake, one, name="둘째")).status_code == 412
    blind = await intake.client.put(
        f"/intake/organisations/{one['id']}", json=organisation(), headers=intake.headers()
    )
    assert problem(blind) == (428, "if-match-missing")
    assert (await intake.get(f"organisations/{one['id']}")).json()["name"] == "첫째"


async def test_a_number_belongs_to_one_organisation(intake: World) -> None:
    await _made(intake, corporate_number=CORPORATE)
    taken = organisation(corporate_number=CORPORATE)
    assert problem(await intake.post("organisations", taken)) == (409, "organisation-known")
    other = await _made(intake)
    assert problem(await _put(intake, other, corporate_number=CORPORATE)) == (409, "organisation-known")


@pytest.mark.parametrize("number", ["900101-1234567", "1101"])
async def test_a_corporate_number_is_one_and_no_residents_number(intake: World, number: str) -> None:
    answer = await intake.post("organisations", organisation(corporate_number=number))
    assert answer.status_code == 422
    assert number not in answer.text


async def test_papers_are_seen_today_or_before(intake: World) -> None:
    one = await _made(intake)
    assert problem(await _verify(intake, one, on="2022-02-16")) == (422, "verified-on-later")


@pytest.mark.parametrize("role", ["agency", "workplace", "supplier", "buyer", "donor", "partner"])
async def test_an_organisation_has_any_of_six_roles(intake: World, role: str) -> None:
    one = await _made(intake, roles=[role])
    assert one["roles"] == [role]
    assert problem(await intake.post("organisations", organisation(roles=["landlord"])))[0] == 422
