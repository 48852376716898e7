"""What comes free after a round: a market of its own, with the same lottery and its own certificate."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ieum.common.events.programme import Quota, Reserve
from ieum.matching.clearing.verify import verify
from ieum.matching.commands import app
from ieum.matching.rounds import computing, jobs
from ieum.matching.rounds.apart import clear_apart
from ieum.matching.rounds.computing import Cleared, clear

from .facts import uid
from .world import World

pytestmark = pytest.mark.servers


async def answer(matching: World, name: str, what: str) -> None:
    answered = await matching.post(f"/matches/{await matching.match_of(name)}/{what}", "staff")
    assert answered.status_code == 200, answered.text


async def documents(matching: World, id_: str, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    market = await matching.get(f"/rounds/{id_}/refills/{number}/market", "auditor")
    result = await matching.get(f"/rounds/{id_}/refills/{number}/result", "auditor")
    return market.json(), result.json()


async def market(matching: World, people: str = "abcd", **rules: Any) -> str:
    """Two places; a stands before b, before c, before d."""
    await matching.market({"o1": 1, "o2": 1}, **rules)
    for number, name in enumerate(people):
        await matching.applicant(name, "o1", "o2", experience_months=24 - 6 * number)
    return await matching.round()


async def test_a_refill_is_a_market_of_its_own_with_the_same_lottery(matching: World) -> None:
    id_ = await market(matching)
    await answer(matching, "a", "acceptance")
    await answer(matching, "b", "refusal")
    assert await matching.live() == {"o1": [str(uid("a"))], "o2": [str(uid("c"))]}
    first = (await matching.get(f"/rounds/{id_}/market", "auditor")).json()
    refill, result = await documents(matching, id_, 1)
    assert refill["seed"] == first["seed"]
    by_id = {one["id"]: one for one in first["applicants"]}
    assert {one["id"] for one in refill["applicants"]} < by_id.keys()
    assert [one["capacity"] for one in refill["openings"]] in ([0, 1], [1, 0])
    assert sorted(len(one["choices"]) for one in refill["applicants"]) == [1, 2, 2], "b's pair is gone"
    assert verify(refill, result) == []
    assert verify(first, result), "its certificate is good for its own market alone"
    (fact,) = await matching.told("round.refilled")
    assert fact.data["market_digest"] == result["certificate"]["market"]
    assert {name: fact.data[name] for name in ("number", "applicants", "places", "matched")} == {
        "number": 1, "applicants": 3, "places": 1, "matched": 1,
    }  # fmt: skip
    waiting = (await matching.get(f"/applications/{uid('application d')}", "staff")).json()["waiting"]
    assert sorted(one["number"] for one in waiting) == [1, 2], "at o1 behind b, at o2 nobody else waits"


async def test_who_declined_takes_part_again_for_the_rest_of_their_choices(matching: World) -> None:
    await market(matching, "ab")
    await answer(matching, "b", "refusal")  # o2
    assert await matching.live() == {"o1": [str(uid("a"))]}
    await answer(matching, "a", "refusal")  # o1
    assert await matching.live() == {"o1": [str(uid("b"))], "o2": [str(uid("a"))]}


async def test_reserves_and_quotas_left_are_kept_and_empty_places_stay_empty(matching: World) -> None:
    """One place reserved that stays empty, two open ones of which at most one goes to 수성 people."""
    await matching.market(
        {"o1": 3},
        reserves=(Reserve(group="near-poor", places=1, opens=False),),
        quotas=(Quota(group="suseong", at_most=1),),
    )
    for number, (name, groups) in enumerate(
        {"a": ["suseong"], "b": [], "c": ["suseong"], "d": ["suseong"], "e": []}.items()
    ):
        await matching.applicant(name, "o1", experience_months=24 - 4 * number, groups=groups)
    id_ = await matching.round()
    assert await matching.live() == {"o1": sorted_by_time([uid("a"), uid("b")], await matching.live())}
    await answer(matching, "a", "acceptance")
    await answer(matching, "b", "refusal")
    live = await matching.live()
    assert set(live["o1"]) == {str(uid("a")), str(uid("e"))}, "c and d are of a full quota; one stays empty"
    refill, _ = await documents(matching, id_, 1)
    [opening] = refill["openings"]
    assert opening["capacity"] == 2
    assert opening["reserves"] == [{"group": "near-poor", "places": 1, "unfilled": "empty"}]
    assert opening["quotas"] == [{"group": "suseong", "at_most": 0}]


def sorted_by_time(people: list[Any], live: dict[str, list[str]]) -> list[str]:
    """These people, in the order in which they were proposed."""
    wanted = {str(one) for one in people}
    return [one for one in live["o1"] if one in wanted]


async def test_answers_while_a_refill_is_cleared_double_nothing(matching: World) -> None:
    """Somebody declines after the market was gathered: that computation counts for nothing."""
    await market(matching, "abcde")
    await answer(matching, "a", "refusal")
    declined = []

    async def slowly(gathered: bytes, _seconds: float) -> Cleared:
        if not declined:
            declined.append(await matching.match_now("b"))
            again = await matching.post(f"/matches/{declined[0]}/refusal", "staff")
            assert again.status_code == 200
        return clear(gathered)

    assert await jobs.refill(matching.service, slowly) == 1
    rows = await matching.fetch("select number from refill")
    assert rows == [], "it was gathered before b declined"
    live = await matching.live()
    assert {len(held) for held in live.values()} == {1}
    rows = await matching.fetch("select person from match group by person, opening having count(*) > 1")
    assert rows == []
    (fact,) = await matching.told("round.refilled")
    assert (fact.data["places"], fact.data["matched"]) == (2, 2)


async def test_two_timers_at_once_refill_once(matching: World) -> None:
    await market(matching)
    await answer_only(matching, "a")

    async def here(gathered: bytes, _seconds: float) -> Cleared:
        await asyncio.sleep(0)
        return clear(gathered)

    await asyncio.gather(*(jobs.refill(matching.service, here) for _ in range(3)))
    assert len(await matching.told("round.refilled")) == 1
    taken = await matching.fetch("select taken from seat")
    assert [row["taken"] for row in taken] == [1, 1]


async def answer_only(matching: World, name: str) -> None:
    match = await matching.match_now(name)
    assert (await matching.post(f"/matches/{match}/refusal", "staff")).status_code == 200


@pytest.mark.usefixtures("processes")
async def test_a_killed_solver_costs_a_retry_and_changes_nothing(matching: World) -> None:
    """The computing processes are killed; computed again, the result is the same, byte for byte."""
    await matching.market({"o1": 1})
    for name in "abc":
        await matching.applicant(name, "o1")
    made = await matching.post("/rounds", "official", {"programme": "yes-matching-2022"})
    id_ = made.json()["id"]
    await matching.post(f"/rounds/{id_}/closing", "official")
    killing = asyncio.create_task(_kill_children())
    failed = await matching.post(f"/rounds/{id_}/computation", "official")
    assert await killing
    assert failed.status_code == 503, failed.text
    assert (await matching.get(f"/rounds/{id_}", "official")).json()["state"] == "closed"
    computed = (await matching.post(f"/rounds/{id_}/computation", "official")).json()
    stored = (await matching.get(f"/rounds/{id_}/market", "auditor")).content
    again = await clear_apart(stored, 60)
    assert (await matching.get(f"/rounds/{id_}/result", "auditor")).content == again.result
    assert computed["result_digest"] == again.result_digest


async def _kill_children() -> int:
    """End the first processes of a computation as the machine would that runs out of memory."""
    import multiprocessing

    for _ in range(2000):
        children = multiprocessing.active_children()
        if children:
            for child in children:
                child.kill()
            return len(children)
        await asyncio.sleep(0.005)
    return 0


@pytest.mark.usefixtures("processes")
async def test_a_result_that_does_not_pass_is_not_kept(
    matching: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await matching.market({"o1": 1})
    await matching.applicant("a", "o1")
    made = await matching.post("/rounds", "official", {"programme": "yes-matching-2022"})
    path = f"/rounds/{made.json()['id']}"
    await matching.post(f"{path}/closing", "official")
    monkeypatch.setattr(computing, "problems", found_wrong)
    failed = await matching.post(f"{path}/computation", "official")
    assert failed.status_code == 500
    assert failed.json()["type"].endswith("/result-not-verified")
    assert (await matching.get(path, "official")).json()["state"] == "closed"
    assert await matching.told("round.computed") == []
    monkeypatch.undo()
    assert (await matching.post(f"{path}/computation", "official")).json()["state"] == "computed"


def found_wrong(_folder: Path) -> list[str]:
    """What a verifier says that found something; in its own process."""
    return ["a and o1 would both be better off with one another (a blocking pair)"]


async def test_an_ended_round_passes_nothing_on(matching: World) -> None:
    id_ = await market(matching)
    assert (await matching.post(f"/rounds/{id_}/end", "official", name=None)).status_code == 403
    ended = await matching.post(f"/rounds/{id_}/end", "official")
    assert ended.json()["state"] == "ended"
    assert (await matching.post(f"/rounds/{id_}/end", "official")).json() == ended.json()
    await answer(matching, "a", "refusal")
    assert await matching.live() == {"o2": [str(uid("b"))]}
    waiting = (await matching.get(f"/applications/{uid('application c')}", "staff")).json()["waiting"]
    assert waiting == []
    (fact,) = await matching.told("round.ended")
    assert fact.data["official_name"] == "김담당"


async def test_a_person_proves_their_own_line_with_their_receipt(matching: World, tmp_path: Path) -> None:
    id_ = await market(matching)
    application = uid("application c")
    path = f"/rounds/{id_}/applications/{application}/receipt"
    receipt = (await matching.get(path, "citizen", subject=str(uid("c")))).json()
    (computed,) = await matching.told("round.computed")
    assert receipt["root"] == computed.data["lines_root"]
    assert json.loads(receipt["line"])["match"] is None
    assert (await matching.get(path, "citizen", subject=str(uid("a")))).status_code == 404
    assert (await matching.get(path, "staff")).json() == receipt
    assert (await matching.get(path, "staff", agency="elsewhere")).status_code == 404
    good = [(receipt, computed.data["lines_root"], 0), (receipt, "00" * 32, 1)]
    bad = [
        (receipt | {"line": receipt["line"].replace("null", "1")}, receipt["root"], 1),
        (receipt | {"index": (receipt["index"] + 1) % 4}, receipt["root"], 1),
        (receipt | {"proof": receipt["proof"][:-1]}, receipt["root"], 1),
        ({"line": 3}, receipt["root"], 1),
    ]
    for number, (document, root, expected) in enumerate(good + bad):
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(document))
        with pytest.raises(SystemExit) as over:
            app(["receipt", str(file), "--root", root], result_action="sys_exit")
        assert over.value.code == expected, number
    await answer(matching, "a", "refusal")
    await matching.refills()
    refilled = (await matching.get(f"{path}?refill=1", "staff")).json()
    (fact,) = await matching.told("round.refilled")
    assert refilled["root"] == fact.data["lines_root"]
    assert json.loads(refilled["line"])["match"]["rank"] == 1
    assert (await matching.get(f"{path}?refill=2", "staff")).status_code == 404
