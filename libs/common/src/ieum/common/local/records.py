"""What a server of ours wrote down about itself, so that later commands find it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from ieum.common.local.processes import Process

if TYPE_CHECKING:
    from typing import Self


class Record(BaseModel):
    """A small JSON file, readable by its owner alone, replaced in one step."""

    @classmethod
    def load(cls, path: Path) -> Self | None:
        """The record in that file; None where there is none."""
        return cls.model_validate_json(path.read_bytes()) if path.exists() else None

    def save(self, path: Path) -> None:
        """Write it; a reader sees the old or the new record, never a part of one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.touch(mode=0o600)
        draft.write_text(self.model_dump_json(indent=2) + "\n")
        draft.replace(path)


class ServerRecord(Record):
    """A server's ports, which it keeps over restarts, and its process."""

    port: int
    second_port: int | None = None
    pid: int | None = None
    started: str = ""

    @property
    def process(self) -> Process | None:
        """Its process, where that still runs."""
        process = Process(self.pid, self.started) if self.pid else None
        return process if process and process.alive else None

    def now_running(self, process: Process | None) -> ServerRecord:
        """The same ports with another process, or with none."""
        return self.model_copy(
            update={
                "pid": process.pid if process else None,
                "started": process.started if process else "",
            }
        )
