"""A youth abroad comes home: registered from there by herself, placed before she moves, followed to the door.

The Daegu pack's homecoming programme (청년귀환), of this year: an offer is work, housing or a mentor, and the
first that is free is proposed at once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from ieum.common.events.programme_file import load_programme
from ieum.common.testing.builders import AGENCY, key
from ieum.common.testing.platform import CITIES

if TYPE_CHECKING:
    import httpx

    from ieum.common.testing.platform import Platform

pytestmark = pytest.mark.platform

ABROAD, DONG_GU = "00000", "27140"


def made(client: httpx.Client, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(path, json=body, headers=key())
    assert answer.status_code == 201, f"{path}: {answer.status_code} {answer.text}"
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture(scope="module")
def programme(platform: Platform) -> str:
    """The pack's file under a name of its own, open today, with work and a mentor on offer."""
    pack = load_programme(CITIES / "daegu/programmes/homecoming-2019.yaml").model_dump(mode="json")
    id_, staff = f"homecoming-{uuid4().hex[:8]}", platform.client("intake", "staff", agency=AGENCY)
    period = {"opens": "2026-01-01", "closes": "2099-12-31"}
    definition = {**pack, "id": id_, "year": 2026, "period": period}
    made(staff, "/intake/programmes", {"definition": definition})
    firm = {"name": f"귀환공방 {id_}", "roles": ["workplace"], "district": DONG_GU}
    workplace = made(staff, "/intake/organisations", firm)["id"]
    for code, title, field in (("WORK", "공방 일자리", "공예"), ("MENTOR", "정착 멘토", "상담")):
        offer = {"programme": id_, "organisation": workplace, "code": code, "title": title, "field": field}
        made(staff, "/intake/openings", offer | {"capacity": 1, "district": DONG_GU})
    return id_


def test_from_a_form_filled_in_abroad_to_a_place_at_home(platform: Platform, programme: str) -> None:
    """She registers by e-mail and a foreign number, is proposed a place, takes it, and then moves."""
    herself, email = f"abroad-{uuid4().hex[:8]}", f"{uuid4().hex[:8]}@mail.ieum.test"
    citizen = platform.client("intake", "citizen", subject=herself)
    moving = (datetime.now(UTC) + timedelta(days=60)).date().isoformat()
    story = {
        "name": "Kim Hana", "birth_date": "1998-03-05", "email": email, "phone": "+1 202 555 0100",
        "district": ABROAD, "moving_in": moving, "fields": ["공예"], "language": "en",
    }  # fmt: skip
    person = made(citizen, "/intake/people", story)["id"]
    asks = {"person": person, "programme": programme, "choices": ["WORK", "MENTOR"]}
    refused = citizen.post("/intake/applications", json=asks, headers=key())
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/answers/needs"], (
        "the form asks for it"
    )
    application = made(citizen, "/intake/applications", asks | {"answers": {"needs": ["일자리", "멘토"]}})

    [proposed] = platform.until(
        lambda: platform.facts("matching-matches", "match.proposed", person=person), what="a proposal"
    )
    abroad = platform.client("matching", "citizen", subject=person)
    standing = abroad.get(f"/matching/applications/{application['id']}").json()
    assert standing["explanation"]["en"][0] == "You are eligible."
    abroad.post(f"/matching/matches/{proposed.subject}/acceptance").raise_for_status()
    platform.until(lambda: platform.facts("matching-matches", "match.accepted", person=person))
    letters = platform.until(lambda: len(found := platform.mail(email)) >= 3 and found)
    words = letters[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert words.startswith("Dear Kim Hana,"), "she asked for English"
    assert "공방 일자리" in words

    shown = citizen.get(f"/intake/people/{person}")
    moved = citizen.patch(
        f"/intake/people/{person}",
        json={"district": DONG_GU, "moving_in": None, "phone": "010-0123-4567"},
        headers={"If-Match": shown.headers["ETag"]},
    )
    assert moved.json()["district"] == DONG_GU
    platform.until(lambda: platform.facts("intake-people", "person.changed", district=DONG_GU))
    assert [
        fact.data["opening"] for fact in platform.facts("matching-matches", "match.accepted", person=person)
    ]
