"""The life of a local server: it keeps its ports and data over `stop`, `kill` and `start`."""

from __future__ import annotations

import signal
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from ieum.common.local import ports
from ieum.common.local.records import ServerRecord
from ieum.common.local.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ieum.common.local.processes import Process

START_SECONDS = 90.0
STOP_SECONDS = 20.0


class LocalServer(ABC):
    """A server with its records in `folder`. `port` is used where it is free; None: any free one."""

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, folder: Path, *, port: int | None) -> None:
        self.folder = folder
        self.log = folder / "server.log"
        self._preferred_port = port
        self._record_path = folder / "server.json"

    @property
    def record(self) -> ServerRecord | None:
        """Its ports and process; None before the first start."""
        return ServerRecord.load(self._record_path)

    @property
    def process(self) -> Process | None:
        """Its process, where that runs."""
        record = self.record
        return record.process if record else None

    def start(self, seconds: float = START_SECONDS) -> None:
        """Start it, unless it runs, and wait until it serves; refuses where it does not come up."""
        process = self.process or self._launch()
        wait_until(self.is_ready, name=self.name, process=process, log=self.log, seconds=seconds)

    def is_ready(self) -> bool:
        """Whether it answers a real request."""
        record = self.record
        return record is not None and not ports.is_free(record.port) and self._serves()

    def stop(self) -> None:
        """Shut it down in order; kills it after 20 s."""
        self._end(lambda process: process.stop(STOP_SECONDS, self.stop_signal))

    def kill(self) -> None:
        """`kill -9` of all its processes: what a crash does."""
        self._end(lambda process: process.kill())

    def restart(self) -> None:
        """Stop and start, on the same ports and data."""
        self.stop()
        self.start()

    def _started(self) -> ServerRecord:
        record = self.record
        if record is None:
            raise RuntimeError(f"this {self.name} was never started")
        return record

    def _end(self, end: Callable[[Process], None]) -> None:
        record = self.record
        if record is None:
            return
        if record.process:
            end(record.process)
        record.now_running(None).save(self._record_path)

    @abstractmethod
    def _launch(self) -> Process:
        """Start the process and record it."""

    @abstractmethod
    def _serves(self) -> bool:
        """Whether it answers a request of its own protocol."""
