"""Two registrations of one person: found by keyed hashes, merged by staff, undone again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ieum.common.events.intake import PersonContact

from .test_corrections import opened
from .world import AGENCY, HONG, PROGRAMME, World, problem

pytestmark = pytest.mark.servers

OTHER_PHONE = "010-0888-0000"


async def merge(intake: World, person: str, into: str, **who: Any) -> Any:
    return await intake.post(f"people/{person}/merge", {"into": into, "reason": "said-by-person"}, **who)


async def twice(intake: World) -> tuple[str, str]:
    """Hong, registered at two windows with two phones."""
    return await intake.person(), await intake.person(phone=OTHER_PHONE, email="new@mail.ieum.test")


@pytest.mark.parametrize(
    ("other", "likely"),
    [
        ({"phone": OTHER_PHONE}, True),
        ({"phone": OTHER_PHONE, "name": "홍 길 동"}, True),
        ({"phone": OTHER_PHONE, "name": "홍길둥"}, True),
        ({"phone": OTHER_PHONE, "name": "홍길"}, True),
        ({"phone": OTHER_PHONE, "name": "김철수"}, False),
        ({"phone": OTHER_PHONE, "birth_date": "1997-03-06"}, False),
        ({"phone": "+82 10-0123-4567", "name": "김철수", "birth_date": "1970-01-01"}, True),
        ({"phone": None, "name": "홍길동"}, True),
        ({"phone": None, "name": "홍길동", "birth_date": "1997-05-03"}, False),
    ],
)
async def test_who_registers_again_is_found_at_once_by_staff(
    intake: World, other: dict[str, Any], likely: bool
) -> None:
    first = await intake.person()
    answer = await intake.post("people", HONG | other)
    assert answer.json()["duplicates"] == ([first] if likely else [])
    found = (await intake.get(f"people/{first}/duplicates")).json()["items"]
    assert [one["person"] for one in found] == ([answer.json()["id"]] if likely else [])


async def test_citizens_do_not_learn_who_else_is_registered(intake: World) -> None:
    first = await intake.person()
    answer = await intake.post("people", HONG, role="citizen", subject="c-1")
    assert answer.json()["duplicates"] == []
    for path in (f"people/{first}/duplicates", f"people/{first}/merges"):
        assert problem(await intake.get(path, role="citizen", subject=first))[0] == 403


async def test_the_merged_person_is_a_pointer_and_all_is_found_under_the_survivor(intake: World) -> None:
    await intake.market("Y22-001")
    first, second = await twice(intake)
    application = (await intake.apply(first, ["Y22-001"])).json()["id"]
    made = (await merge(intake, first, second)).json()
    assert (made["merged"], made["into"], made["staff"], made["undoable"]) == (first, second, "kim", True)
    assert (await intake.get(f"people/{first}")).json()["merged_into"] == second
    for person in (first, second):
        listed = (await intake.get(f"people/{person}/applications")).json()["items"]
        assert [one["id"] for one in listed] == [application]
    for phone in ("010-0123-4567", OTHER_PHONE):
        found = (await intake.get("people", params={"phone": phone})).json()["items"]
        assert [one["id"] for one in found] == [second]
    assert (await intake.get(f"people/{second}/duplicates")).json()["items"] == []
    assert problem(await intake.apply(first, ["Y22-001"])) == (409, "application-exists")
    assert problem(await intake.patch(f"people/{first}", {"phone": None}, version=3)) == (
        409,
        "person-merged",
    )


async def test_holders_of_the_old_id_go_on_with_what_holds_now(intake: World) -> None:
    """Under the old id and its keys come the survivor's data, and its own after undoing."""
    first, second = await twice(intake)
    await merge(intake, first, second)
    assert (
        await intake.patch(f"people/{second}", {"email": "c@mail.ieum.test"}, version=1)
    ).status_code == 200
    assert (await intake.post(f"people/{first}/unmerge")).status_code == 201
    rows = await intake.fetch(
        "select key, headers, value from outbox where topic = 'intake-people' order by id"
    )
    kinds = [row["headers"].partition(".person.")[2].partition(".")[0] for row in rows if row["key"] == first]
    assert kinds == ["registered", "merged", "changed", "changed", "unmerged", "changed"]
    told = [one for one in await intake.told("intake-people") if first in str(one.get("private"))]
    emails = [(await opened(intake, one, "contact", PersonContact)).email for one in told]
    assert emails == ["hong@mail.ieum.test", "new@mail.ieum.test", "c@mail.ieum.test", "hong@mail.ieum.test"]


async def test_undoing_leaves_two_people_and_the_history_of_it(intake: World) -> None:
    first, second = await twice(intake)
    await merge(intake, first, second)
    undone = (await intake.post(f"people/{first}/unmerge", subject="lee")).json()
    assert (undone["undoable"], undone["undone_by"]) == (False, "lee")
    assert (await intake.get(f"people/{first}")).json()["merged_into"] is None
    assert problem(await intake.post(f"people/{first}/unmerge")) == (404, "merge-unknown")
    intake.advance(minutes=1)
    assert (await merge(intake, second, first)).status_code == 201
    for person in (first, second):
        history = (await intake.get(f"people/{person}/merges")).json()["items"]
        assert [(one["merged"], one["undone_by"]) for one in history] == [(first, "lee"), (second, None)]


@pytest.mark.parametrize("under", [0, 1])
async def test_what_was_attached_since_keeps_a_merging_from_being_undone(intake: World, under: int) -> None:
    await intake.market("Y22-001")
    pair = await twice(intake)
    await merge(intake, *pair)
    assert (await intake.apply(pair[under], ["Y22-001"])).json()["person"] == pair[1]
    assert problem(await intake.post(f"people/{pair[0]}/unmerge")) == (409, "merge-in-use")


async def test_what_cannot_be_merged_is_refused(intake: World) -> None:
    await intake.market("Y22-001")
    first, second = await twice(intake)
    third = await intake.person(name="홍길동", phone="010-0111-0000")
    assert problem(await merge(intake, first, first)) == (422, "merge-self")
    assert problem(await merge(intake, first, "019f38a8-1e87-7e79-9631-e602bf5fbd30")) == (
        422,
        "person-unknown",
    )
    assert problem(await merge(intake, first, second, role="citizen")) == (403, "forbidden")
    assert (await merge(intake, first, second)).status_code == 201
    assert problem(await merge(intake, first, third)) == (409, "person-merged")
    assert problem(await merge(intake, third, first)) == (409, "person-merged")
    assert problem(await merge(intake, second, third)) == (409, "person-absorbed")
    for person in (second, third):
        assert (await intake.apply(person, ["Y22-001"])).status_code == 201
    assert problem(await merge(intake, third, second)) == (409, "both-applied")


async def test_of_two_mergings_towards_each_other_one_wins(intake: World) -> None:
    first, second = await twice(intake)
    answers = await asyncio.gather(merge(intake, first, second), merge(intake, second, first))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_who_registered_the_merged_one_is_still_the_owner_of_all(intake: World) -> None:
    first = (await intake.post("people", HONG, role="citizen", subject="c-1")).json()["id"]
    second = await intake.person(phone=OTHER_PHONE)
    path = f"people/{second}"
    assert problem(await intake.get(path, role="citizen", subject="c-1")) == (404, "person-unknown")
    refused = await intake.post(f"people/{first}/merge", {"into": second, "reason": "same-phone"})
    assert problem(refused) == (403, "not-entitled")
    await intake.confer(first, AGENCY)
    await merge(intake, first, second)
    assert (await intake.get(path, role="citizen", subject="c-1")).status_code == 200
    assert (await intake.get(path, role="citizen", subject=first)).status_code == 200


async def test_erasing_one_erases_all_of_the_person(intake: World) -> None:
    first, second = await twice(intake)
    await merge(intake, first, second)
    assert (await intake.post(f"people/{first}/erasure")).status_code == 201
    assert await intake.fetch("select 1 from person_key union all select 1 from person_name_part") == []
    rows = await intake.fetch("select contact, profile, phone_hash, birth_hash, identity_hash from person")
    assert [tuple(row) for row in rows] == [(None,) * 5] * 2
    told = [one for one in await intake.told("intake-people") if "record_classes" in one]
    assert len(told) == 2
    assert problem(await intake.post(f"people/{second}/erasure")) == (409, "already-erased")
    assert problem(await intake.post(f"people/{first}/unmerge")) == (409, "merge-in-use")


async def test_a_file_finds_the_survivor(intake: World) -> None:
    await intake.market("Y22-001")
    first, second = await twice(intake)
    await merge(intake, first, second)
    row = "홍길동,1997-03-05,010-0123-4567,달서구,미취업,Y22-001"
    answer = await intake.load(f"이름,생년월일,전화,구군,취업상태,희망1\n{row}\n".encode())
    assert answer.json()["added"] == 1, answer.text
    [application] = await intake.fetch("select person, programme from application")
    assert (str(application["person"]), application["programme"]) == (second, PROGRAMME)
