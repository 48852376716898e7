"""The plan of kills is a pure function of its seed, and the supervisor carries it out."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from .kills import GAP_SECONDS, KAFKA, POSTGRES, SERVICES, Kill, plan, said
from .supervisor import Supervisor, Victim


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("kills", [6, 20, 100])
def test_a_plan_has_as_many_kills_as_asked_and_every_victim(seed: int, kills: int) -> None:
    planned = plan(seed, kills, kafka_max=4)
    counts = Counter(kill.victim for kill in planned)
    assert len(planned) == kills
    assert set(counts) == {*SERVICES, KAFKA, POSTGRES}
    assert counts[KAFKA] <= 4
    of_services = [counts[name] for name in SERVICES]
    assert max(of_services) - min(of_services) <= 1


def test_the_same_seed_makes_the_same_plan_and_another_seed_another() -> None:
    assert plan(7, 20, kafka_max=4) == plan(7, 20, kafka_max=4)
    assert plan(7, 20, kafka_max=4) != plan(8, 20, kafka_max=4)


def test_twenty_kills_fit_into_a_minute() -> None:
    assert all(plan(seed, 20, kafka_max=4)[-1].at < 60 for seed in range(200))


def test_kills_come_in_the_order_of_time_within_the_bounds_of_the_gap() -> None:
    moments = [0.0, *(kill.at for kill in plan(3, 100, kafka_max=4))]
    gaps = [round(later - earlier, 2) for earlier, later in pairwise(moments)]
    assert min(gaps) >= GAP_SECONDS[0] - 0.01
    assert max(gaps) <= GAP_SECONDS[1] + 0.01


def test_a_plan_is_told_in_one_line() -> None:
    assert said([Kill(1.0, "intake"), Kill(2.5, KAFKA)]) == (
        "2 kills over 2 s: intake 1, matching 0, notify 0, audit 0, kafka 1, postgres 0"
    )


class Toy:
    """A victim that notes what was done to it."""

    def __init__(self) -> None:
        self.is_alive = True
        self.history: list[str] = []

    def kill(self) -> None:
        self.is_alive = False
        self.history.append("kill")

    def start(self) -> None:
        self.is_alive = True
        self.history.append("start")

    def victim(self) -> Victim:
        return Victim(self.kill, self.start, lambda: self.is_alive)


async def test_every_victim_is_killed_as_planned_and_back_at_the_end() -> None:
    toys = {"a": Toy(), "b": Toy()}
    supervisor = Supervisor({name: toy.victim() for name, toy in toys.items()})
    await supervisor.carry_out([Kill(0.0, "a"), Kill(0.01, "b"), Kill(0.02, "a")])
    assert toys["a"].history == ["kill", "start"] * 2
    assert toys["b"].history == ["kill", "start"]
    assert [kill.victim for kill in supervisor.done] == ["a", "b", "a"]
    assert supervisor.fallen == []


async def test_a_victim_that_died_of_itself_is_named() -> None:
    toys = {"a": Toy(), "b": Toy()}
    toys["a"].is_alive = False
    supervisor = Supervisor({name: toy.victim() for name, toy in toys.items()})
    await supervisor.carry_out([Kill(0.0, "a")])
    assert supervisor.fallen == ["a"]
    toys["b"].is_alive = False
    await supervisor.carry_out([])
    assert supervisor.fallen == ["a", "b"]


async def test_a_plan_ends_early_when_it_is_enough() -> None:
    toy = Toy()
    supervisor = Supervisor({"a": toy.victim()})
    await supervisor.carry_out([Kill(0.0, "a")] * 5, enough=lambda: len(supervisor.done) >= 2)
    assert toy.history == ["kill", "start"] * 2


async def test_two_victims_may_be_away_at_once() -> None:
    """The second is killed while the first is still on its way back."""
    both_away = asyncio.Event()
    loop = asyncio.get_running_loop()
    slow, quick = Toy(), Toy()

    def slow_start() -> None:
        asyncio.run_coroutine_threadsafe(asyncio.wait_for(both_away.wait(), 5), loop).result()
        slow.start()

    def quick_kill() -> None:
        quick.kill()
        loop.call_soon_threadsafe(both_away.set)

    victims = {
        "slow": Victim(slow.kill, slow_start, lambda: slow.is_alive),
        "quick": Victim(quick_kill, quick.start, lambda: quick.is_alive),
    }
    await Supervisor(victims).carry_out([Kill(0.0, "slow"), Kill(0.01, "quick")])
    assert slow.history == quick.history == ["kill", "start"]
