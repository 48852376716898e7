"""Processes that outlive the command that started them, known by pid *and* start time.

Invariant: no signal is sent to a process whose start time is not the one recorded, so a recycled pid,
also after a reboot, is never killed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLL_SECONDS = 0.02
# Fields of /proc/<pid>/stat behind the command's closing bracket, proc(5): state is field 3, num_threads 20,
# starttime 22.
_STATE, _PARENT, _THREADS, _STARTTIME = 0, 1, 17, 19


@dataclass(frozen=True)
class Process:
    """A process: its pid and `<boot id>:<clock ticks since boot at its start>`."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this pid now; None where there is none, or only a zombie."""
        fields = _stat(pid)
        if fields is None:
            return None
        found = cls(pid, _started(fields))
        # Threads outlive the first one for a moment, a killed JVM's for long enough to hold its port.
        if fields[_STATE] == "Z" and int(fields[_THREADS]) <= 1:
            _reap(pid)
            return None
        return found

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return Process.of(self.pid) == self

    def send(self, number: signal.Signals) -> None:
        """Signal the process and its group; nothing happens where it is gone."""
        if not self.alive:
            return
        try:
            if os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def wait(self, seconds: float) -> bool:
        """Wait for its end; False where it still runs after that many seconds."""
        deadline = time.monotonic() + seconds
        while self.alive:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def stop(self, seconds: float, first: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end and, where it has not after that many seconds, kill it."""
        self.send(first)
        if not self.wait(seconds):
            self.kill()

    def kill(self) -> None:
        """`kill -9` of the process, its group and its children; returns when all are gone."""
        children = self.children()
        for each in (self, *children):
            each.send(signal.SIGKILL)
        for each in (self, *children):
            each.wait(30)

    def children(self) -> list[Process]:
        """Its direct children now. Postgres's lead sessions of their own, so the group misses them."""
        if not self.alive:
            return []
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [each for pid in pids if _parent(pid) == self.pid and (each := Process.of(pid))]


@dataclass(frozen=True)
class User:
    """The account a server runs under, where the caller is root; None elsewhere means: the caller's own."""

    uid: int
    gid: int


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user: User | None = None,
) -> Process:
    """Start a process in a session of its own (a terminal's Ctrl-C does not reach it), output to `log`.

    Raises OSError where the program is missing or may not be executed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=env,
            start_new_session=True,
            **account(user),
        )
    fields = _stat(child.pid)
    # A child that ended at once is a zombie until we reap it, so its line is there.
    return Process(child.pid, _started(fields) if fields else "")


def account(user: User | None) -> dict[str, Any]:
    """The keyword arguments by which subprocess runs a program as that user, in no other group."""
    return {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log, "" where there is none."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _parent(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[_PARENT]) if fields else None


def _started(fields: list[str]) -> str:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}:{fields[_STARTTIME]}"


def _reap(pid: int) -> None:
    """Take the status of a zombie, where it is our own child."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
