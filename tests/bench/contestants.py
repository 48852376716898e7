"""A contestant's turn: a process of its own, as in production, that prints the seconds it took."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping

from . import ours, peers

Turn = Callable[[str, str, int], Awaitable[float]]

TURNS: Mapping[str, Turn] = {
    "bare": peers.bare,
    "each": peers.faststream_each,
    "drain": peers.drain,
    "consume": ours.consume,
    "publish": ours.consume_and_publish,
    "relay": ours.relay,
}
SECONDS_MAX = 110


async def run(name: str, bootstrap: str, dsn: str, count: int) -> float:
    """The events a second of one turn in a fresh process."""
    arguments = ("-m", __name__, name, bootstrap, dsn, str(count))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
    try:
        output, _ = await asyncio.wait_for(process.communicate(), SECONDS_MAX)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise RuntimeError(f"{name} ended with {process.returncode}")
    return count / float(output)


if __name__ == "__main__":
    _name, _bootstrap, _dsn, _count = sys.argv[1:]
    print(asyncio.run(TURNS[_name](_bootstrap, _dsn, int(_count))))
