"""Ports on 127.0.0.1 that are free."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 20_000
_TRIES = 200


def is_free(port: int) -> bool:
    """Whether a server could bind to this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose(preferred: int | None = None, *, taken: frozenset[int] = frozenset()) -> int:
    """`preferred` where it is free, else another free port that is not in `taken`.

    Others lie below the range from which the kernel gives outgoing connections their ports: a client that
    redials a killed server could otherwise get, or even connect to itself on, the server's own port, and
    the server could not come back on it.
    """
    if preferred and preferred not in taken and is_free(preferred):
        return preferred
    first_ephemeral = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else _LOWEST
    for _ in range(_TRIES if first_ephemeral > _LOWEST + _TRIES else 0):
        port = random.randrange(_LOWEST, first_ephemeral)  # noqa: S311 - a port is no secret
        if port not in taken and is_free(port):
            return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
