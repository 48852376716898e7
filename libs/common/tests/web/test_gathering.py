"""The gatherer by itself: whatever comes and fails when, everybody gets exactly the answer that is theirs."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ieum.common.kernel.errors import Refusal
from ieum.common.web.gathering import Gatherer, Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Broken(Exception):
    """What an ask that breaks its batch raises."""


@dataclass
class Ledger:
    """Work that counts what was done for good: a batch with a breaking ask leaves nothing."""

    done: Counter[int] = field(default_factory=Counter)
    batches: list[list[int]] = field(default_factory=list)
    running: Counter[str] = field(default_factory=Counter)
    gate: asyncio.Event | None = None
    away: bool = False

    async def work(self, asked: Sequence[tuple[int, str, str]]) -> list[int | Exception]:
        """Each ask is (number, kind, behaviour)."""
        self.batches.append([number for number, _, _ in asked])
        kinds = {kind for _, kind, _ in asked}
        assert len(kinds) == 1, "two kinds in one batch"
        (kind,) = kinds
        self.running[kind] += 1
        assert self.running[kind] <= 2, "three batches of a kind at once"
        try:
            if self.gate:
                await self.gate.wait()
            await asyncio.sleep(0)
            if self.away:
                raise ConnectionRefusedError
            if any(behaviour == "breaks" for _, _, behaviour in asked):
                raise Broken
            self.done.update(number for number, _, behaviour in asked if behaviour == "good")
            return [number if behaviour == "good" else _refusal(number) for number, _, behaviour in asked]
        finally:
            self.running[kind] -= 1


async def _until(holds: Callable[[], object]) -> None:
    while not holds():  # noqa: ASYNC110 - turns of the loop are what is waited for
        await asyncio.sleep(0)


def _refusal(number: int) -> Refusal:
    return Refusal(f"no-{number}", ko="안 됩니다.", en="No.")


Ask = tuple[str, str, int, bool]
ASKS = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(["good", "refused", "breaks"]),
        st.integers(0, 4),
        st.booleans(),
    ),
    max_size=25,
)


async def _one(gatherer: Gatherer[tuple[int, str, str], int], number: int, ask: Ask) -> tuple[str, object]:
    kind, behaviour, turns, _ = ask
    for _ in range(turns):
        await asyncio.sleep(0)
    try:
        return "answer", await gatherer.ask((number, kind, behaviour))
    except (Refusal, Broken) as fault:
        return "fault", fault


@settings(max_examples=150, deadline=None)
@given(ASKS, st.integers(1, 6))
async def test_everybody_gets_exactly_their_own_answer(asks: list[Ask], batch_max: int) -> None:
    """Oracle: what each would have got alone. Some give up on the way: theirs is done once or not at all."""
    ledger = Ledger()
    gatherer = Gatherer(ledger.work, kind=lambda ask: ask[1], batch_max=batch_max, beside_min=3)
    tasks = [asyncio.create_task(_one(gatherer, number, ask)) for number, ask in enumerate(asks)]
    for _ in range(3):
        await asyncio.sleep(0)
    for task, (*_, gives_up) in zip(tasks, asks, strict=True):
        if gives_up:
            task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    await _until(lambda: not gatherer._queues)
    for number, ((_, behaviour, _, gives_up), result) in enumerate(zip(asks, results, strict=True)):
        times = ledger.done[number]
        if isinstance(result, asyncio.CancelledError):
            assert gives_up
            assert times <= 1
            continue
        match behaviour, result:
            case "good", ("answer", int(answer)):
                assert (answer, times) == (number, 1)
            case "refused", ("fault", Refusal() as refused):
                assert (refused.code, times) == (f"no-{number}", 0)
            case "breaks", ("fault", Broken()):
                assert times == 0
            case _:
                pytest.fail(f"{behaviour} got {result}")
    assert max(map(len, ledger.batches), default=0) <= batch_max


async def test_nobody_waits_for_company_and_those_who_came_meanwhile_go_together() -> None:
    ledger = Ledger(gate=asyncio.Event())
    gatherer = Gatherer(ledger.work)
    first = asyncio.create_task(gatherer.ask((0, "a", "good")))
    await _until(lambda: ledger.batches)  # it is under way with nobody else there
    others = [asyncio.create_task(gatherer.ask((n, "a", "good"))) for n in range(1, 6)]
    await asyncio.sleep(0)
    ledger.gate.set()
    assert await asyncio.gather(first, *others) == list(range(6))
    assert ledger.batches == [[0], [1, 2, 3, 4, 5]]


async def test_many_who_wait_begin_a_second_batch_beside_the_first_and_never_a_third() -> None:
    ledger = Ledger(gate=asyncio.Event())
    gatherer = Gatherer(ledger.work, beside_min=3)
    tasks = [asyncio.create_task(gatherer.ask((0, "a", "good")))]
    await _until(lambda: ledger.batches)
    for first in (1, 4):
        tasks += [asyncio.create_task(gatherer.ask((n, "a", "good"))) for n in range(first, first + 3)]
        await _until(lambda: len(ledger.batches) == 2)
    assert (ledger.batches, ledger.running["a"]) == ([[0], [1, 2, 3]], 2)
    ledger.gate.set()
    assert await asyncio.gather(*tasks) == list(range(7))
    assert ledger.batches[2:] == [[4, 5, 6]]


async def test_another_kind_goes_beside_and_not_behind() -> None:
    ledger = Ledger(gate=asyncio.Event())
    gatherer = Gatherer(ledger.work, kind=lambda ask: ask[1])
    tasks = [asyncio.create_task(gatherer.ask((n, kind, "good"))) for n, kind in enumerate("ab")]
    await _until(lambda: len(ledger.batches) == 2)
    ledger.gate.set()
    assert await asyncio.gather(*tasks) == [0, 1]


async def test_beyond_the_queue_nobody_is_taken() -> None:
    ledger = Ledger(gate=asyncio.Event())
    gatherer = Gatherer(ledger.work, queue_max=3)
    tasks = [asyncio.create_task(gatherer.ask((0, "a", "good")))]
    await _until(lambda: ledger.batches)
    tasks += [asyncio.create_task(gatherer.ask((n, "a", "good"))) for n in range(1, 4)]
    await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await gatherer.ask((4, "a", "good"))
    ledger.gate.set()
    assert await asyncio.gather(*tasks) == [0, 1, 2, 3]


async def test_while_the_database_is_away_a_batch_is_told_at_once() -> None:
    """One further try, not one for each: a server that does not answer takes seconds to say so."""
    ledger = Ledger(gate=asyncio.Event(), away=True)
    gatherer = Gatherer(ledger.work)
    tasks = [asyncio.create_task(gatherer.ask((n, "a", "good"))) for n in range(9)]
    await asyncio.sleep(0)
    ledger.gate.set()
    for task in tasks:
        with pytest.raises(ConnectionRefusedError):
            await task
    assert len(ledger.batches) == 2
    ledger.away = False
    assert await gatherer.ask((9, "a", "good")) == 9


async def test_whoever_gives_up_before_their_turn_is_left_out() -> None:
    ledger = Ledger(gate=asyncio.Event())
    gatherer = Gatherer(ledger.work)
    first = asyncio.create_task(gatherer.ask((0, "a", "good")))
    await _until(lambda: ledger.batches)
    gone, stays = (asyncio.create_task(gatherer.ask((n, "a", "good"))) for n in (1, 2))
    await asyncio.sleep(0)
    gone.cancel()
    with suppress(asyncio.CancelledError):
        await gone
    ledger.gate.set()
    assert await asyncio.gather(first, stays) == [0, 2]
    assert ledger.done == Counter([0, 2])
