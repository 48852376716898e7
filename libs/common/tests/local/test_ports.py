"""Documented ports where they are free, else others."""

from __future__ import annotations

import socket
from pathlib import Path

from ieum.common.local import ports


def test_the_preferred_port_is_taken_where_it_is_free() -> None:
    free = ports.choose()
    assert ports.choose(free) == free


def test_another_port_is_chosen_where_the_preferred_one_is_in_use() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        used = holder.getsockname()[1]
        other = ports.choose(used)
        assert other != used
        assert ports.is_free(other)
        assert not ports.is_free(used)


def test_a_port_promised_to_somebody_else_is_not_chosen() -> None:
    free = ports.choose()
    assert ports.choose(free, taken=frozenset({free})) != free


def test_chosen_ports_are_no_ports_of_outgoing_connections() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert all(ports.choose() < first for _ in range(50))
