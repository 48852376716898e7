"""The process that looks into one file, and ends: `python -I -m ieum.intake.documents.inspector`.

It takes a line of JSON (`extension`), then the file, on standard input, and answers with a line of JSON
(`media` or `unfit`), then the bytes to keep where they differ from those sent. Before it reads a byte it
gives up processor time, memory, files and children: a hostile file harms this process alone. It has no
environment, so no secret of the service either.
"""

from __future__ import annotations

import json
import resource
import sys
from contextlib import suppress
from pathlib import Path

from ieum.intake.documents.unfit import Unfit

CPU_SECONDS_MAX = 20
MEMORY_BYTES_MAX = 768 * 1024 * 1024
_LIMITS = {
    resource.RLIMIT_CPU: CPU_SECONDS_MAX,
    resource.RLIMIT_AS: MEMORY_BYTES_MAX,
    resource.RLIMIT_FSIZE: 0,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NPROC: 0,
}


def give_up() -> None:
    """Take less of the machine from here on; a lower limit of its own stays."""
    with suppress(OSError), Path("/proc/self/oom_score_adj").open("w", encoding="ascii") as file:
        file.write("1000")  # where a machine runs out of memory, this process goes and not the service
    for name, limit in _LIMITS.items():
        with suppress(ValueError, OSError):
            resource.setrlimit(name, (limit, limit))


def main() -> None:
    """Look into the file on standard input."""
    give_up()
    asked = json.loads(sys.stdin.buffer.readline())
    raw = sys.stdin.buffer.read()
    answer, kept = _look(raw, asked["extension"])
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    if kept is not raw:
        sys.stdout.buffer.write(kept)


def _look(raw: bytes, extension: str) -> tuple[dict[str, str | None], bytes]:
    from ieum.intake.documents.inspection import inspect

    try:
        media, kept = inspect(raw, extension)
    except Unfit as unfit:
        return {"unfit": unfit.why, "kind": unfit.kind}, raw
    except (MemoryError, RecursionError):
        return {"unfit": "too-complex", "kind": None}, raw
    except Exception:  # noqa: BLE001 - a parser fell over a file made to do so: that file is not taken
        return {"unfit": "damaged", "kind": None}, raw
    return {"media": media}, kept


if __name__ == "__main__":
    main()
