"""Consents over HTTP on a real Postgres: given, shown, withdrawn, acknowledged, forgotten."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from ieum.common.events.audit import AuditErasureAcknowledged
from ieum.common.events.intake_people import ConsentTerms
from ieum.common.events.matching import MatchingErasureAcknowledged
from ieum.intake.app import on_acknowledgements

from .test_corrections import opened
from .world import GUARDIAN, HONG, World, problem

pytestmark = pytest.mark.servers

CHILD = {"birth_date": "2012-01-01", "representative": GUARDIAN}
TERMS: dict[str, Any] = {
    "purpose": "housing-referral", "recipients": ["daegu-youth-centre"],
    "fields": ["name", "phone", "birth_date"], "until": "2023-02-14",
}  # fmt: skip


async def give(intake: World, person: str, role: str = "staff", subject: str = "kim", **changes: Any) -> Any:
    return await intake.post(f"people/{person}/consents", TERMS | changes, role=role, subject=subject)


async def shown(intake: World, person: str) -> dict[str, Any]:
    answer = await intake.get(f"people/{person}/consents", role="citizen", subject=person)
    found: dict[str, Any] = answer.json()
    return found


async def test_a_consent_is_sealed_told_and_shown_to_its_giver_with_the_bases_of_the_rest(
    intake: World,
) -> None:
    person = await intake.person()
    assert (await give(intake, person, "citizen", person)).status_code == 201
    found = await shown(intake, person)
    assert [one["record_class"] for one in found["bases"]] == ["contact", "profile", "application"]
    assert "제15조" in found["bases"][0]["basis_article"]
    [consent] = found["items"]
    assert (consent["terms"], consent["given_by"], consent["withdrawn_at"]) == (TERMS, "person", None)
    _, told = await intake.told("intake-people")
    assert (told["consent"], told["given_by"]) == (consent["id"], "person")
    assert (await opened(intake, told, "profile", ConsentTerms)).recipients == ["daegu-youth-centre"]
    assert "housing-referral" not in await intake.dump()


async def test_staff_open_a_consent_for_a_reason_alone(intake: World) -> None:
    person = await intake.person()
    await give(intake, person)
    path = f"people/{person}/consents"
    assert (await intake.get(path)).json()["items"][0]["terms"] is None
    seen = (await intake.get(path, params={"reveal": "의뢰 준비"})).json()["items"][0]["terms"]
    assert seen["purpose"] == "housing-referral"
    last = (await intake.told("intake-access"))[-1]
    assert (last["person"], last["reason"], last["record_classes"]) == (person, "의뢰 준비", ["profile"])


async def test_a_withdrawal_waits_for_each_holder_and_counts_their_answers(intake: World) -> None:
    person = await intake.person()
    id_ = (await give(intake, person)).json()["items"][0]["id"]
    path = f"people/{person}/consents/{id_}/withdrawal"
    answer = await intake.post(path, role="citizen", subject=person, key="back")
    assert answer.status_code == 201, answer.text
    assert answer.json()["items"][0]["waiting_for"] == ["matching", "notify", "audit"]
    assert (await intake.post(path, role="citizen", subject=person, key="back")).status_code == 201
    assert problem(await intake.post(path)) == (409, "consent-withdrawn")
    assert (await intake.told("intake-people"))[-1] == {"consent": id_}
    words = (MatchingErasureAcknowledged, "matching"), (AuditErasureAcknowledged, "audit")
    for model, holder in (*words, *words):
        said = model(person=UUID(person), record_classes=[], consent=UUID(id_))
        await intake.consume(on_acknowledgements, said, topic=f"{holder}-acknowledgements")
    [consent] = (await shown(intake, person))["items"]
    assert [one["holder"] for one in consent["acknowledged"]] == ["audit", "matching"]
    assert consent["waiting_for"] == ["notify"]
    assert await intake.fetch("select 1 from erasure_acknowledgement") == []


@pytest.mark.parametrize(
    ("who", "changes", "code"),
    [
        (HONG, {"recipients": ["nowhere"]}, "recipient-unknown"),
        (HONG, {"fields": ["looks"]}, "field-unknown"),
        (HONG, {"until": "2022-02-14"}, "consent-period"),
        (HONG, {"until": "2032-02-14"}, "consent-period"),
        (HONG, {"guardian": True}, "guardian-not-needed"),
        (HONG | CHILD, {}, "guardian-needed"),
        (HONG, {"recipients": []}, "invalid-request"),
    ],
)
async def test_what_cannot_be_consented_to_is_refused(
    intake: World, who: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    person = await intake.person(**who)
    assert problem(await give(intake, person, **changes)) == (422, code)
    assert await intake.fetch("select 1 from consent") == []


async def test_for_a_child_a_guardian_consents_at_a_window(intake: World) -> None:
    child = await intake.person(**CHILD)
    alone = await give(intake, child, "citizen", child, guardian=True)
    assert problem(alone) == (422, "guardian-needed")
    assert (await give(intake, child, guardian=True)).json()["items"][0]["given_by"] == "guardian"


async def test_nobody_sees_or_withdraws_the_consent_of_another(intake: World) -> None:
    person = await intake.person()
    other = await intake.person(phone="010-0999-0000", name="김철수", birth_date="1990-01-01")
    id_ = (await give(intake, person)).json()["items"][0]["id"]
    for path in (f"people/{person}/consents/{id_}/withdrawal", f"people/{other}/consents/{id_}/withdrawal"):
        assert (await intake.post(path, role="citizen", subject=other)).status_code == 404
    seen = await intake.get(f"people/{person}/consents", role="citizen", subject=other)
    assert problem(seen) == (404, "person-unknown")


async def test_after_erasure_only_that_it_was_given_and_withdrawn_is_left(intake: World) -> None:
    person = await intake.person()
    first = (await give(intake, person)).json()["items"][0]["id"]
    intake.advance(minutes=1)
    await give(intake, person, purpose="education")
    await intake.post(f"people/{person}/consents/{first}/withdrawal")
    assert (await intake.post(f"people/{person}/erasure")).status_code == 201
    items = (await shown(intake, person))["items"]
    assert [(one["terms"], one["erased"], one["withdrawn_at"] is None) for one in items] == [
        (None, True, False), (None, True, True),
    ]  # fmt: skip


async def test_consents_of_a_merged_registration_are_the_persons(intake: World) -> None:
    person, other = await intake.person(), await intake.person(phone="010-0999-0000")
    await give(intake, person)
    await intake.post(f"people/{person}/merge", {"into": other, "reason": "said-by-person"})
    assert len((await shown(intake, other))["items"]) == 1
    await give(intake, person, purpose="education")
    rows = await intake.fetch("select person from consent order by id")
    assert {str(row["person"]) for row in rows} == {person, other}
