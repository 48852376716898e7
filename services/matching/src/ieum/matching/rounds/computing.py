"""What is done to a market: cleared, and what its processes do with the files of a folder, step by step.

The verifier's process gets what a stranger would get, the file of the market and then that of the result;
while the solver computes, it works everything out for itself.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.matching.rounds.lines import Lines

if TYPE_CHECKING:
    from pathlib import Path

    from ieum.matching.clearing.result import Result
    from ieum.matching.clearing.verify import Verifier

MARKET, RESULT = "market.json", "result.json"

_solved: list[Result] = []
"""Of the solver's process alone: what it found."""
_worked_out: list[Verifier] = []
"""Of the verifier's process alone: the one market that it was given."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """A result's exact bytes, the digests of market and result, and the root of the receipts."""

    result: bytes
    market_digest: str
    result_digest: str
    lines_root: str
    matched: int


def clear(market: bytes) -> Cleared:
    """Clear a market here, unverified; raises Refusal (codes in `clearing.refusals`)."""
    # Loaded where it computes: a service with the compiled kernel in memory holds 60 MB for nothing.
    from ieum.matching.clearing.parsing import read
    from ieum.matching.clearing.solve import solve

    result = solve(read(market))
    return Cleared(result.encode(), *_digests(result))


def prepare(module: str) -> None:
    """Either process, before there is a market: load what it will need."""
    # What is made here is kept until the process ends, so looking for garbage would only cost: a third of the
    # time of a large round.
    gc.disable()
    import_module(module)


def solve_file(folder: Path) -> tuple[str, str, str] | None:
    """The solver: from the market's file to the result's; gives code and sentences of a refusal."""
    from ieum.matching.clearing.parsing import read
    from ieum.matching.clearing.solve import solve

    try:
        _solved.append(solve(read((folder / MARKET).read_bytes())))
    except Refusal as refused:  # with keyword arguments, it would not survive the way between processes
        return refused.code, refused.ko, refused.en
    (folder / RESULT).write_bytes(_solved[-1].encode())
    return None


def digests(_folder: Path) -> tuple[str, str, str, int]:
    """The solver, afterwards: what `Cleared` has beside the result."""
    return _digests(_solved[-1])


def _digests(result: Result) -> tuple[str, str, str, int]:
    root = Lines(result.market_digest, result.outcome()).tree.root
    return result.market_digest, result.digest, root, len(result.matches)


def work_out(folder: Path) -> None:
    """The verifier: everything that follows from the market's file alone."""
    import orjson

    from ieum.matching.clearing.verify import Verifier

    _worked_out.append(Verifier(orjson.loads((folder / MARKET).read_bytes())))


def problems(folder: Path) -> list[str]:
    """The verifier, afterwards: what is wrong with the result's file."""
    import orjson

    return _worked_out[-1].problems(orjson.loads((folder / RESULT).read_bytes()))
