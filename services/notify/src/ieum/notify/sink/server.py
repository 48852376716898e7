"""The sink's SMTP side: 250 is answered only for a message that is on the disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, Envelope, Session

from ieum.notify.sink.faults import Fault, FaultDice, FaultPlan

if TYPE_CHECKING:
    from ieum.notify.sink.maildir import Maildir

BYTES_MAX = 10 * 1024 * 1024
"""The largest message taken; larger ones are answered 552."""

_KEPT = {Fault.NONE, Fault.DROP, Fault.LIE}
_CUT = {Fault.DROP, Fault.LOSE}
_ANSWERS = {
    Fault.NONE: "250 2.0.0 kept as {number}",
    Fault.DEFER: "451 4.3.0 come again (asked for by the fault plan)",
    Fault.LIE: "451 4.3.0 come again (asked for by the fault plan)",
    Fault.REFUSE: "550 5.7.1 refused (asked for by the fault plan)",
}


class SinkHandler:
    """Takes messages for aiosmtpd; a file named `faults` in the folder replaces the plan while it runs."""

    def __init__(self, maildir: Maildir, plan: FaultPlan) -> None:
        self._maildir = maildir
        self._dice = FaultDice(plan)
        self._control = maildir.folder / "faults"
        self._control_stamp = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Deal with one message as the plan says; the answer is an SMTP reply line."""
        self._look_at_control()
        fault = self._dice.draw()
        await asyncio.sleep(self._dice.plan.slow_ms / 1000)
        number = self._maildir.next_number() if fault in _KEPT else 0
        if number:
            await asyncio.to_thread(self._maildir.add, number, _with_trace(session, envelope))
        if fault in _CUT and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        return _ANSWERS.get(fault, "421 4.3.2 closing").format(number=number)

    def _look_at_control(self) -> None:
        try:
            stamp = self._control.stat().st_mtime_ns
        except FileNotFoundError:
            return
        if stamp != self._control_stamp:
            self._control_stamp = stamp
            self._dice = FaultDice(FaultPlan.parse(self._control.read_text()))


def _with_trace(session: Session, envelope: Envelope) -> bytes:
    """The message with the envelope written above it, as a delivering server does (RFC 5321, section 4.4)."""
    lines = [f"Return-Path: <{envelope.mail_from}>"]
    lines += [f"Delivered-To: {recipient}" for recipient in envelope.rcpt_tos]
    lines.append(f"Received: from {session.host_name} by sink")
    trace = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")
    return trace + bytes(envelope.original_content or b"")


async def listen(maildir: Maildir, host: str, port: int, plan: FaultPlan) -> asyncio.Server:
    """Prepare the folder and listen; port 0 takes a free one. Raises OSError when the port is taken."""
    maildir.prepare()
    handler = SinkHandler(maildir, plan)
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(handler, hostname="sink.ieum.local", ident="Ieum mail sink", data_size_limit=BYTES_MAX),
        host,
        port,
    )
