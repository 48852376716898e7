"""The delivery core beside its peers."""

from __future__ import annotations

from . import dataset
from .report import Figure
from .rounds import Rates, Servers, alternate

RELAYED = 40_000
EACH = 300


async def consuming(servers: Servers, events: int, rounds: int) -> list[Figure]:
    """Consuming once-only, without and with an event out, beside bare reading and FastStream."""
    size = await dataset.fill_topic(servers.bootstrap, events)
    print(f"{events:,} applications of {size} bytes in {dataset.PARTITIONS} partitions")
    turns = {"bare": events, "consume": events, "publish": events, "each": EACH}
    rates = await alternate(servers, turns, rounds)
    return [
        _figure("consume", rates, "consume", "bare"),
        _figure("publish", rates, "publish", "bare"),
        _figure("each", rates, "consume", "each"),
    ]


async def relaying(servers: Servers, rounds: int) -> list[Figure]:
    """The relay beside an unordered drain."""
    await dataset.make_topics(servers.bootstrap)
    rates = await alternate(servers, {"drain": RELAYED, "relay": RELAYED}, rounds, filled=True)
    return [_figure("relay", rates, "relay", "drain")]


def _figure(name: str, rates: Rates, ours: str, peer: str) -> Figure:
    per_second = {each: [round(rate) for rate in rates.by_name[each]] for each in (ours, peer)}
    ratios = [round(ratio, 4) for ratio in rates.ratios(ours, peer)]
    return Figure(name, rates.ratio(ours, peer), {"events_per_second": per_second, "ratios": ratios})
