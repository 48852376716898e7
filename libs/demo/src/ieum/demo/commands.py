"""`ieum demo`: the main job on synthetic people, told over HTTP like any client."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(name="demo", help="시연: 예스매칭의 한 해를 합성자료로 실행합니다. Run a year of YES! Matching.")

SEED = 2022


@app.default
def demo(
    *,
    load: Annotated[bool, Parameter(negative="")] = False,
    seed: int = SEED,
    as_json: Annotated[Path | None, Parameter(name="--json")] = None,
) -> None:
    """Start the stack, run the next year of YES! Matching on invented people, and report.

    The first run is 2022, the second 2023, and so on, on the state that is there. Exits 0 only if the funnel
    adds up and the transparency log verifies.

    Args:
        load: 300 workplaces and 2,000 youths instead of 34 and 400.
        seed: the same seed invents the same people and workplaces.
        as_json: also write the summary to this file.
    """
    from ieum.common.local import stack
    from ieum.common.local.home import Home
    from ieum.demo.conducting import AS_IN_2022, LOAD, conduct
    from ieum.demo.printing import console, show

    out, home = console(), Home.find()
    status = stack.up(home, report=lambda line: out.print(line, style="dim"))
    summary = asyncio.run(conduct(home, status, LOAD if load else AS_IN_2022, seed, out))
    show(summary, out)
    if as_json:
        as_json.write_text(summary.model_dump_json(indent=2) + "\n", encoding="utf-8")
    sys.exit(0 if summary.ok else 1)
