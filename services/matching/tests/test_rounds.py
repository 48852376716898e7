"""A round over HTTP: committed, computed, verified from its files alone, confirmed by a named official."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from ieum.common.events.programme import Reserve
from ieum.matching.commands import app

from .facts import uid, withdrawn
from .world import World

pytestmark = pytest.mark.servers


async def market(matching: World, **rules: object) -> None:
    """Two places, four people: a and b stand before c and d."""
    await matching.market({"o1": 1, "o2": 1}, **rules)
    for number, name in enumerate("abcd"):
        await matching.applicant(name, "o1", "o2", experience_months=24 - 6 * number)


async def test_a_round_from_commitment_to_proposals(matching: World) -> None:
    await market(matching)
    id_ = await matching.round()
    shown = (await matching.get(f"/rounds/{id_}", "auditor")).json()
    opened, closed, computed, confirmed = await matching.told("round")
    assert [fact.sequence for fact in (opened, closed, computed, confirmed)] == [1, 2, 3, 4]
    [part] = computed.data["parts"]
    assert opened.data["commitment"] == part["commitment"]
    assert opened.data["commitment"] == sha256(bytes.fromhex(part["part"])).hexdigest()
    assert {name: computed.data[name] for name in ("applicants", "openings", "places", "matched")} == {
        "applicants": 4, "openings": 2, "places": 2, "matched": 2,
    }  # fmt: skip
    assert (confirmed.data["official"], confirmed.data["official_name"]) == ("kim", "김담당")
    assert shown["state"] == "confirmed"
    assert await matching.live() == {"o1": [str(uid("a"))], "o2": [str(uid("b"))]}
    proposed = sorted(await matching.told("match.proposed"), key=lambda fact: int(fact.data["rank"]))
    assert {(fact.data["rank"], fact.data["round"]) for fact in proposed} == {(1, id_), (2, id_)}
    assert matching.explained(proposed[0]).ko[0] == (
        "1지망으로 신청하신 o1(가상)의 ‘o1 일경험’ 자리를 제안드립니다."
    )
    waiting = {fact.application: fact.data["waiting"] for fact in await matching.told("match.waitlisted")}
    assert {one: [entry["number"] for entry in numbers] for one, numbers in waiting.items()} == {
        uid("application c"): [1, 1],
        uid("application d"): [2, 2],
    }
    assert {fact.sequence for fact in await matching.told("match.waitlisted")} == {2}


@pytest.mark.usefixtures("processes")
async def test_strangers_verify_the_round_with_its_two_files(matching: World, tmp_path: Path) -> None:
    await market(matching)
    id_ = await matching.round()
    (computed,) = await matching.told("round.computed")
    for name in ("market", "result"):
        answer = await matching.get(f"/rounds/{id_}/{name}", "auditor")
        (tmp_path / name).write_bytes(answer.content)
    assert computed.data["market_digest"] == sha256((tmp_path / "market").read_bytes()).hexdigest()
    for command, code in (
        (["verify", str(tmp_path / "market"), str(tmp_path / "result")], 0),
        (["clear", str(tmp_path / "market"), "--out", str(tmp_path / "again")], 0),
    ):
        with pytest.raises(SystemExit) as ended:
            app(command, result_action="sys_exit")
        assert ended.value.code == code
    assert (tmp_path / "again").read_bytes() == (tmp_path / "result").read_bytes()


async def test_the_seed_is_hidden_until_the_computation(matching: World) -> None:
    await market(matching)
    made = (await matching.post("/rounds", "official", {"programme": "yes-matching-2022"})).json()
    assert made["seed"] is None
    assert (await matching.get(f"/rounds/{made['id']}/market", "auditor")).status_code == 409
    assert (await matching.post(f"/rounds/{made['id']}/confirmation", "official")).status_code == 409
    assert (await matching.post(f"/rounds/{made['id']}/computation", "official")).status_code == 409
    closed = (await matching.post(f"/rounds/{made['id']}/closing", "official")).json()
    assert (closed["state"], closed["seed"]) == ("closed", None)
    computed = (await matching.post(f"/rounds/{made['id']}/computation", "official")).json()
    again = (await matching.post(f"/rounds/{made['id']}/computation", "official")).json()
    assert computed["state"] == "computed"
    assert len(bytes.fromhex(computed["seed"])) == 32
    assert again == computed
    assert len(await matching.told("round.computed")) == 1


async def test_only_a_confirmed_round_proposes_and_only_by_a_named_official(matching: World) -> None:
    await market(matching)
    id_ = await matching.round(confirmed=False)
    assert await matching.told("match.proposed") == []
    assert (await matching.post(f"/rounds/{id_}/confirmation", "official", name=None)).status_code == 403
    assert (await matching.post(f"/rounds/{id_}/confirmation", "staff")).status_code == 403
    sent_back = await matching.post(
        f"/rounds/{id_}/return", "official", {"reason": "자리 수를 다시 확인합니다."}
    )
    assert (sent_back.json()["state"], sent_back.json()["decided_name"]) == ("sent_back", "김담당")
    assert (await matching.post(f"/rounds/{id_}/confirmation", "official")).status_code == 409
    assert await matching.told("match.proposed") == []
    (fact,) = await matching.told("round.sent_back")
    assert fact.data["reason"] == "자리 수를 다시 확인합니다."
    await matching.round()
    assert len(await matching.told("match.proposed")) == 2


async def test_confirming_again_answers_the_same_and_proposes_once(matching: World) -> None:
    await market(matching)
    id_ = await matching.round()
    again = await matching.post(f"/rounds/{id_}/confirmation", "official")
    assert (again.status_code, again.json()["state"]) == (200, "confirmed")
    assert len(await matching.told("match.proposed")) == 2


async def test_a_second_running_round_and_a_rolling_programme_are_refused(matching: World) -> None:
    await market(matching)
    await matching.round(confirmed=False)
    body = {"programme": "yes-matching-2022"}
    assert (await matching.post("/rounds", "official", body)).status_code == 409
    unknown = await matching.post("/rounds", "official", {"programme": "no-such"})
    assert unknown.status_code == 404


async def test_what_a_withdrawn_applicant_leaves_goes_to_the_next_at_confirmation(matching: World) -> None:
    await market(matching)
    id_ = await matching.round(confirmed=False)
    await matching.apply(withdrawn("a"))
    await matching.post(f"/rounds/{id_}/confirmation", "official")
    # b got o2 in the round and likes o1 better, but the round's answer stands: a refill gives o1 to c.
    assert await matching.live() == {"o1": [str(uid("c"))], "o2": [str(uid("b"))]}
    waiting = (await matching.get(f"/applications/{uid('application d')}", "staff")).json()["waiting"]
    assert [one["number"] for one in waiting] == [1, 1]


async def test_a_second_round_gives_only_the_places_that_are_left(matching: World) -> None:
    """a accepts o1, b declines o2 and c and d too; then only o2 is left, for those not offered it yet."""
    await market(matching)
    await matching.round()
    await matching.post(f"/matches/{await matching.match_of('a')}/acceptance", "staff")
    for name in ("b", "c", "d"):
        await matching.post(f"/matches/{await matching.match_of(name)}/refusal", "staff")
    assert await matching.live() == {"o1": [str(uid("a"))]}
    await matching.applicant("e", "o1", "o2")
    await matching.round()
    assert await matching.live() == {"o1": [str(uid("a"))], "o2": [str(uid("e"))]}


async def test_reserved_places_go_to_their_group_and_only_groups_that_count_are_named(
    matching: World,
) -> None:
    """d has the fewest points but is near-poor: the reserved place is theirs."""
    await matching.market({"o1": 1}, reserves=(Reserve(group="near-poor", places=1),))
    await matching.applicant("a", "o1", experience_months=24)
    await matching.applicant("d", "o1", groups=["near-poor", "disabled"])
    id_ = await matching.round()
    assert await matching.live() == {"o1": [str(uid("d"))]}
    document = (await matching.get(f"/rounds/{id_}/market", "auditor")).json()
    assert sorted(one["groups"] for one in document["applicants"]) == [[], ["near-poor"]]


async def test_without_a_waiting_list_the_others_are_told_they_were_not_placed(matching: World) -> None:
    await market(matching, waiting_list=False)
    await matching.round()
    assert await matching.told("match.waitlisted") == []
    unplaced = await matching.told("match.unplaced")
    assert {fact.application for fact in unplaced} == {uid("application c"), uid("application d")}
    assert unplaced[0].data["reasons"] == ["outranked"]
