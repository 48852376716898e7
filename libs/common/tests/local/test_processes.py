"""Processes are known by pid and start time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from ieum.common.local.processes import Process, spawn, tail

SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]
IGNORE = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
STUBBORN = [*SLEEPER[:2], IGNORE + SLEEPER[2]]


def _until_up(log: Path) -> None:
    while "up" not in tail(log):
        os.sched_yield()


def test_a_pid_that_now_belongs_to_another_process_is_never_signalled(tmp_path: Path) -> None:
    ours = spawn(SLEEPER, log=tmp_path / "log")
    boot, _, ticks = ours.started.partition(":")
    for recycled in (
        Process(ours.pid, f"{boot}:{int(ticks) - 1}"),  # the same pid, another start
        Process(ours.pid, f"00000000-0000-0000-0000-000000000000:{ticks}"),  # the same, after a reboot
    ):
        assert not recycled.alive
        recycled.send(signal.SIGKILL)
        recycled.stop(1)
        recycled.kill()
    assert ours.alive
    ours.kill()
    assert not ours.alive


def test_a_process_that_ended_is_not_alive_though_nobody_waited_for_it(tmp_path: Path) -> None:
    process = spawn([sys.executable, "-c", "print('gone')"], log=tmp_path / "log")
    assert process.wait(20)
    assert tail(tmp_path / "log") == "gone"


def test_what_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    process = spawn(STUBBORN, log=tmp_path / "log")
    _until_up(tmp_path / "log")
    process.send(signal.SIGTERM)
    assert not process.wait(0.2)
    process.stop(0.2)
    assert not process.alive


def test_a_kill_takes_children_that_lead_sessions_of_their_own(tmp_path: Path) -> None:
    script = f"import subprocess; subprocess.Popen({SLEEPER!r}, start_new_session=True); {SLEEPER[2]}"
    parent = spawn([*SLEEPER[:2], script], log=tmp_path / "log")
    _until_up(tmp_path / "log")
    (child,) = parent.children()
    parent.kill()
    assert not parent.alive
    assert not child.alive


def test_a_started_process_is_in_a_session_of_its_own(tmp_path: Path) -> None:
    process = spawn(SLEEPER, log=tmp_path / "log")
    assert os.getsid(process.pid) == process.pid != os.getsid(0)
    process.kill()


def test_the_process_behind_a_pid_is_the_one_that_was_started() -> None:
    with subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL) as child:
        found = Process.of(child.pid)
        assert found is not None
        assert found.alive
        child.kill()
    assert not found.alive


def test_a_process_is_alive_while_any_thread_of_it_runs(tmp_path: Path) -> None:
    """A killed server's threads hold its port a little longer than its first thread lives."""
    program = (
        "import ctypes, threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,)).start()\n"
        "ctypes.CDLL(None).pthread_exit(None)\n"
    )
    process = spawn([sys.executable, "-c", program], log=tmp_path / "log")
    try:
        while _state(process.pid) != "Z":
            os.sched_yield()
        assert process.alive
    finally:
        process.kill()
    assert not process.alive


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
