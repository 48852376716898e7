"""The round: its lottery drawn by platform and observer together, computed, confirmed by a named official."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from ieum.demo.summary import RoundFacts

if TYPE_CHECKING:
    from ieum.demo.run import Run


OBSERVER = "대구참여연대(가상)"


async def clear(run: Run) -> RoundFacts:
    """Open, commit, close, reveal, compute and confirm; the files go to the run's folder, byte for byte.

    They name nobody but synthetic applicants, by random ids, so they may lie there:
    `ieum match verify market.json result.json` checks them without a platform.
    """
    bar = run.progress.add_task("배정 회차 · Round", total=3)
    opened = await run.api.post(
        "/matching/rounds", run.official, {"programme": run.programme.id}, key=run.key("round")
    )
    round_ = opened.document["id"]
    # The observer's secret of an invented round: a real one is drawn at random, and kept until the closing.
    part = sha256(f"ieum/{run.sample.seed}/{run.sample.year}/observer".encode()).digest()
    commitment = {"party": OBSERVER, "commitment": sha256(part).hexdigest()}
    await run.api.act(f"/matching/rounds/{round_}/commitments", run.observer, commitment)
    await run.api.act(f"/matching/rounds/{round_}/closing", run.official)
    await run.api.act(f"/matching/rounds/{round_}/reveals", run.observer, {"part": part.hex()})
    run.progress.advance(bar)
    computed = await run.api.act(f"/matching/rounds/{round_}/computation", run.official)
    for name in ("market", "result"):
        content = await run.api.read(f"/matching/rounds/{round_}/{name}", run.official)
        run.folder.mkdir(parents=True, exist_ok=True)
        (run.folder / f"{name}.json").write_bytes(content)
    run.progress.advance(bar)
    confirmed = await run.api.act(f"/matching/rounds/{round_}/confirmation", run.official)
    run.progress.advance(bar)
    return RoundFacts(
        id=round_,
        official=f"청년정책과 {confirmed['decided_name']}",
        commitment=computed["commitment"],
        seed=computed["seed"],
        market_digest=computed["market_digest"],
        result_digest=computed["result_digest"],
        lines_root=computed["lines_root"],
        parties=["platform", *(one["party"] for one in computed["contributions"])],
        applicants=computed["counts"]["applicants"],
        places=computed["counts"]["places"],
        matched=computed["counts"]["matched"],
    )
