"""The sink's folder: a Maildir that only grows, one numbered file per message taken.

A message is in `new/` under its number only when its bytes and its name are on the disk, so an answer of 250
given after `add` outlives a kill of the sink and a loss of power. Any mail reader opens the folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from email import policy
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage


@dataclass(frozen=True)
class Mail:
    """One message in the sink: its number (1, 2, 3 …), its file, and its headers or the whole of it."""

    number: int
    path: Path
    message: EmailMessage

    @property
    def recipients(self) -> list[str]:
        """The envelope's recipients, as the sender named them."""
        return [str(value) for value in self.message.get_all("Delivered-To", [])]


class Maildir:
    """Adds messages to a folder and reads them back; one process adds, any number read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._new = folder / "new"
        self._tmp = folder / "tmp"
        self._last = 0

    def prepare(self) -> None:
        """Make the folders, drop what a killed sink left half written, and go on after the last number."""
        for part in (self._new, self._tmp, self.folder / "cur"):
            part.mkdir(parents=True, exist_ok=True)
        for unfinished in self._tmp.iterdir():
            unfinished.unlink()
        self._last = max((_number(path) for path in self._new.glob("*.eml")), default=0)

    def next_number(self) -> int:
        """The number of the next message; called from one thread only."""
        self._last += 1
        return self._last

    def add(self, number: int, content: bytes) -> Path:
        """Keep a message durably under its number; may run in a thread. Raises OSError when it cannot."""
        unfinished = self._tmp / f"{number:08d}.eml"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        final = self._new / unfinished.name
        unfinished.rename(final)
        _sync_folder(self._new)
        return final

    def headers(self) -> Iterator[Mail]:
        """All messages with their headers alone, by number."""
        parser = BytesHeaderParser(policy=policy.default)
        for path in sorted(self._new.glob("*.eml")):
            with path.open("rb") as file:
                yield Mail(_number(path), path, parser.parse(file))

    def read(self, number: int) -> Mail:
        """One whole message; raises FileNotFoundError for a number that was never given."""
        path = self._new / f"{number:08d}.eml"
        with path.open("rb") as file:
            return Mail(number, path, BytesParser(policy=policy.default).parse(file))


def _number(path: Path) -> int:
    return int(path.stem)


def _sync_folder(folder: Path) -> None:
    # The rename itself is durable only when the folder is on the disk too (fsync(2)).
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
