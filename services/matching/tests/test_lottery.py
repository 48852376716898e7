"""The lottery of a round: several parties commit, then reveal; who does not is named; ids are random."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import httpx
import pytest

from ieum.common.kernel.errors import Refusal
from ieum.matching.rounds.lottery import revealed, seed_of

from .facts import erased, uid
from .world import World

pytestmark = pytest.mark.servers
PARTS = {"kim": "11" * 16, "lee": "22" * 32}


def by_hand(parts: list[str]) -> str:
    """The seed as docs/lottery.md has it, in code of its own."""
    raw = sorted((bytes.fromhex(part) for part in parts), key=lambda part: sha256(part).digest())
    text = b"ieum-lottery/1\0"
    for part in raw:
        text += bytes([0, 0, 0, len(part)]) + part
    return sha256(text).hexdigest()


async def opened(matching: World, people: str = "abc") -> str:
    await matching.market({"o1": 1})
    for name in people:
        await matching.applicant(name, "o1")
    made = await matching.post("/rounds", "official", {"programme": "yes-matching-2022"})
    return str(made.json()["id"])


async def commit(matching: World, id_: str, who: str, party: str) -> httpx.Response:
    body = {"party": party, "commitment": sha256(bytes.fromhex(PARTS[who])).hexdigest()}
    return await matching.post(f"/rounds/{id_}/commitments", "auditor", body, subject=who)


async def reveal(matching: World, id_: str, who: str, part: str | None = None) -> httpx.Response:
    body = {"part": part or PARTS[who]}
    return await matching.post(f"/rounds/{id_}/reveals", "auditor", body, subject=who)


async def act(matching: World, id_: str, what: str) -> httpx.Response:
    return await matching.post(f"/rounds/{id_}/{what}", "official")


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["type"]).rpartition("/")[2]


async def test_the_seed_follows_from_the_events_alone(matching: World) -> None:
    id_ = await opened(matching)
    for who, party in (("kim", "대구참여연대(가상)"), ("lee", "감사관실")):
        assert (await commit(matching, id_, who, party)).status_code == 200
        assert (await commit(matching, id_, who, party)).status_code == 200, "the same again"
    assert code(await reveal(matching, id_, "kim")) == (409, "round-state")
    closed = (await act(matching, id_, "closing")).json()
    assert (await act(matching, id_, "closing")).json() == closed
    assert code(await act(matching, id_, "computation")) == (409, "parts-outstanding")
    assert code(await reveal(matching, id_, "kim", "33" * 16)) == (422, "part-differs")
    assert code(await reveal(matching, id_, "park", "33" * 16)) == (404, "not-committed")
    for who in PARTS:
        assert (await reveal(matching, id_, who)).status_code == 200
        assert (await reveal(matching, id_, who)).status_code == 200
    assert (await act(matching, id_, "computation")).status_code == 200

    told = await matching.told("round")
    assert [fact.type for fact in told] == [
        "round.opened", "round.committed", "round.committed", "round.closed", "round.revealed",
        "round.revealed", "round.computed",
    ]  # fmt: skip
    assert [fact.sequence for fact in told] == list(range(1, 8))
    computed = told[-1].data
    committed = {told[0].data["commitment"], told[1].data["commitment"], told[2].data["commitment"]}
    assert {one["commitment"] for one in computed["parts"]} == committed
    assert all(
        sha256(bytes.fromhex(one["part"])).hexdigest() == one["commitment"] for one in computed["parts"]
    )
    assert {one["party"] for one in computed["parts"]} == {"platform", "대구참여연대(가상)", "감사관실"}
    assert by_hand([one["part"] for one in computed["parts"]]) == computed["seed"]
    market = (await matching.get(f"/rounds/{id_}/market", "auditor")).json()
    assert market.pop("seed") == computed["seed"]
    frozen = json.dumps(market, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert sha256(frozen).hexdigest() == told[3].data["frozen_digest"], "fixed before any part was revealed"


async def test_nobody_commits_after_the_closing_or_twice_or_in_our_name(matching: World) -> None:
    id_ = await opened(matching)
    await commit(matching, id_, "kim", "감사관실")
    same = {"party": "누구", "commitment": sha256(bytes.fromhex(PARTS["kim"])).hexdigest()}
    for who, body in (
        ("kim", same | {"commitment": "00" * 32}),
        ("lee", same),
        ("lee", {"party": "platform", "commitment": "00" * 32}),
    ):
        answer = await matching.post(f"/rounds/{id_}/commitments", "auditor", body, subject=who)
        assert code(answer) == (409, "already-committed")
    await act(matching, id_, "closing")
    assert code(await commit(matching, id_, "lee", "시민")) == (409, "round-state")


async def test_who_does_not_reveal_is_named_and_all_is_committed_anew(matching: World) -> None:
    id_ = await opened(matching)
    await commit(matching, id_, "kim", "약속만 한 단체")
    await commit(matching, id_, "lee", "감사관실")
    first = (await act(matching, id_, "closing")).json()
    names = {row["alias"] for row in await matching.fetch("select alias from round_applicant")}
    await reveal(matching, id_, "lee")
    assert await matching.recommit() == 0, "there is time yet"
    matching.pass_days(1)
    assert code(await reveal(matching, id_, "kim")) == (409, "round-state")
    assert await matching.recommit() == 1
    assert await matching.recommit() == 0
    anew = (await matching.get(f"/rounds/{id_}", "auditor")).json()
    assert (anew["state"], anew["attempt"], anew["contributions"]) == ("opened", 2, [])
    assert anew["commitment"] != first["commitment"]
    (fact,) = await matching.told("round.recommitted")
    assert (fact.data["failed"], fact.data["attempt"]) == (["약속만 한 단체"], 2)
    assert (await commit(matching, id_, "lee", "감사관실")).status_code == 200
    second = (await act(matching, id_, "closing")).json()
    assert second["frozen_digest"] != first["frozen_digest"]
    others = {row["alias"] for row in await matching.fetch("select alias from round_applicant")}
    assert len(others) == 3
    assert not names & others
    await reveal(matching, id_, "lee")
    assert (await act(matching, id_, "computation")).json()["state"] == "computed"


async def test_applicants_stand_under_random_ids_that_are_nobodys_after_erasure(matching: World) -> None:
    id_ = await opened(matching)
    for what in ("closing", "computation"):
        await act(matching, id_, what)
    document: dict[str, Any] = (await matching.get(f"/rounds/{id_}/market", "auditor")).json()
    ids = [one["id"] for one in document["applicants"]]
    assert ids == sorted(ids)
    assert all(len(bytes.fromhex(one)) == 10 for one in ids)
    rows = await matching.fetch("select * from round_applicant")
    assert {row["alias"] for row in rows} == set(ids)
    await matching.apply(erased("a", "profile", "application"))
    await act(matching, id_, "confirmation")
    left = await matching.fetch("select application from round_applicant")
    assert {row["application"] for row in left} == {uid("application b"), uid("application c")}
    held = await matching.live()
    assert held in ({"o1": [str(uid("b"))]}, {"o1": [str(uid("c"))]}), "a's place is passed on"


def test_a_part_that_is_too_short_or_no_hex_is_refused() -> None:
    for part in ("11" * 15, "zz" * 16, "11" * 65, "AA" * 16):
        with pytest.raises(Refusal, match="lower-case"):
            revealed("00" * 32, part)
    assert seed_of([b"b" * 16, b"a" * 16]) == seed_of([b"a" * 16, b"b" * 16])
    assert seed_of([b"a" * 16]) != seed_of([b"a" * 16, b"b" * 16])
