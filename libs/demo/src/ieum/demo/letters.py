"""What reached the mail sink: read from its folder, as any mail reader would."""

from __future__ import annotations

import email
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from email import policy
from email.utils import getaddresses
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LINK = re.compile(r"/matching/answers/[\w-]{44}(?=\s)")


@dataclass(frozen=True, slots=True)
class Letter:
    """A message in the sink; `at` is when it was whole on the disk, in seconds since 1970.

    `answer` is the path at which a proposal can be answered, where the message has one.
    """

    to: str
    message_id: str
    at: float
    answer: str | None = None

    @property
    def match(self) -> str | None:
        """The match that can be answered there: the first bytes of a link are its id."""
        if self.answer is None:
            return None
        return str(UUID(bytes=urlsafe_b64decode(self.answer.rpartition("/")[2])[:16]))


class Sink:
    """The sink's Maildir, read little by little: a message never changes once it is there.

    Only what is for one of these addresses counts: others may use the platform, too.
    """

    def __init__(self, folder: Path, addresses: Iterable[str]) -> None:
        self._folder = folder / "new"
        self._addresses = frozenset(addresses)
        self._letters: dict[str, Letter] = {}
        self._before = set(self._names())

    def letters(self) -> list[Letter]:
        """What has come since this object was made."""
        for name in self._names():
            if name not in self._letters and name not in self._before:
                self._letters[name] = _read(self._folder / name)
        return [letter for letter in self._letters.values() if letter.to in self._addresses]

    def _names(self) -> list[str]:
        return sorted(path.name for path in self._folder.glob("*.eml"))


def _read(path: Path) -> Letter:
    with path.open("rb") as file:
        message = email.message_from_binary_file(file, policy=policy.default)
    to = getaddresses([str(message["To"])])[0][1]
    link = _LINK.search(message.get_content())
    return Letter(to, str(message["Message-ID"]), path.stat().st_mtime, link[0] if link else None)
