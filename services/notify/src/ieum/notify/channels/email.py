"""E-mail over SMTP: a few connections kept open, each carrying many messages one after another."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from uuid import UUID

import aiosmtplib
from aiosmtplib import SMTP

from ieum.notify.channels.domain import (
    Away,
    Letter,
    Limits,
    Never,
    Outcome,
    Sent,
    Unknown,
    Untried,
    classify_recipient,
    classify_session,
)
from ieum.notify.channels.mime import compose


@dataclass(frozen=True)
class Mailbox:
    """Where mail is handed in, and as whom. `security` is none (development), starttls or tls."""

    host: str
    port: int
    sender: Address
    city: str
    security: str = "none"
    username: str | None = None
    password: str | None = None
    timeout_seconds: float = 20.0
    connections: int = 2


class EmailChannel:
    """Implements `Channel`; each of its connections is used by one worker at a time."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._lines = [_Line(mailbox) for _ in range(mailbox.connections)]

    async def send(self, letters: Sequence[Letter], limits: Limits) -> Mapping[UUID, Outcome]:
        """Share the letters among the connections; see `Channel`."""
        waiting, outcomes = deque(letters), dict[UUID, Outcome]()
        begin_until = asyncio.get_running_loop().time() + limits.begin_seconds
        try:
            async with asyncio.timeout(limits.end_seconds):
                await asyncio.gather(*(line.work(waiting, outcomes, begin_until) for line in self._lines))
        except TimeoutError:
            for line in self._lines:
                line.cut()
        # Letters are left where the time was up, or because nobody is there to take them.
        away = next((outcome for outcome in outcomes.values() if isinstance(outcome, Away)), None)
        for letter in waiting:
            outcomes[letter.id] = away or Untried()
        for letter in letters:
            outcomes.setdefault(letter.id, Unknown("out-of-time"))
        return outcomes

    async def close(self) -> None:
        """Say QUIT on every connection."""
        for line in self._lines:
            await line.quit()


class _Line:
    """One connection to the provider; opened when first needed and again after it broke."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._client: SMTP | None = None

    async def work(self, waiting: deque[Letter], outcomes: dict[UUID, Outcome], begin_until: float) -> None:
        """Take letters while there are any, there is time, and the provider can be reached."""
        while waiting and asyncio.get_running_loop().time() < begin_until:
            letter = waiting.popleft()
            outcome = outcomes[letter.id] = await self._deliver(letter)
            if isinstance(outcome, Away):
                return

    async def _deliver(self, letter: Letter) -> Outcome:
        try:
            content = compose(letter, sender=self._mailbox.sender, city=self._mailbox.city)
        except ValueError:
            return Never("bad-address")
        try:
            client = await self._begin()
        except aiosmtplib.SMTPResponseException as error:
            self.cut()
            return classify_session(error.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            self.cut()
            return Away(type(error).__name__)
        return await self._hand_in(client, letter.address, content)

    async def _begin(self) -> SMTP:
        """A connection on which MAIL was answered: one the provider closed while idle is found out here.

        Nothing of the message is on its way yet, so a second connection may be tried at once.
        """
        if self._client is not None and self._client.is_connected:
            try:
                await self._client.mail(self._mailbox.sender.addr_spec)
            except (aiosmtplib.SMTPServerDisconnected, OSError):
                self.cut()
            else:
                return self._client
        self._client = _client(self._mailbox)
        await self._client.connect()
        await self._client.mail(self._mailbox.sender.addr_spec)
        return self._client

    async def _hand_in(self, client: SMTP, address: str, content: bytes) -> Outcome:
        try:
            await client.rcpt(address)
        except aiosmtplib.SMTPResponseException as error:
            return await self._refused(client, error.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            self.cut()
            return Away(type(error).__name__)
        try:
            await client.data(content)
        except aiosmtplib.SMTPResponseException as error:
            return await self._refused(client, error.code)
        except (aiosmtplib.SMTPException, OSError) as error:
            self.cut()
            return Unknown(type(error).__name__)
        return Sent()

    async def _refused(self, client: SMTP, code: int) -> Outcome:
        try:
            await client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self.cut()
        return classify_recipient(code)

    def cut(self) -> None:
        """Drop the connection without a word: its state is unknown."""
        if self._client is not None:
            self._client.close()
        self._client = None

    async def quit(self) -> None:
        """End the connection politely, if it is there."""
        if self._client is not None and self._client.is_connected:
            try:
                await self._client.quit()
            except (aiosmtplib.SMTPException, OSError):
                self.cut()
        self._client = None


def _client(mailbox: Mailbox) -> SMTP:
    return SMTP(
        hostname=mailbox.host,
        port=mailbox.port,
        username=mailbox.username,
        password=mailbox.password,
        timeout=mailbox.timeout_seconds,
        use_tls=mailbox.security == "tls",
        start_tls=mailbox.security == "starttls",
        local_hostname=f"notify.ieum.{mailbox.city}",
    )
