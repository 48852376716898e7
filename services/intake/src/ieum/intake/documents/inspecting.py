"""Having a file looked into by a process of its own, a few at a time; the event loop waits for none."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ieum.intake.documents.domain import unfit

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Sequence

    from ieum.common.events.programme_parts import DocumentType

COMMAND = (sys.executable, "-I", "-B", "-m", "ieum.intake.documents.inspector")
ANSWER_SECONDS_MAX = 60.0
"""Longer than the processor time an inspector may take, as the machine may be busy."""
PIECE_BYTES = 64 * 1024
AT_ONCE = 2


@dataclass(frozen=True)
class Inspected:
    """What a file is, and the bytes to keep."""

    media: DocumentType
    content: bytes | bytearray


class Inspectors:
    """At most so many inspectors at once; the others' files wait."""

    def __init__(self, at_once: int = AT_ONCE, command: Sequence[str] = COMMAND) -> None:
        self._turn = asyncio.Semaphore(at_once)
        self._command = command

    async def inspect(self, content: bytearray, extension: str) -> Inspected:
        """Look into a file; raises Refusal `document-…` or `forbidden-number`."""
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )
            try:
                async with asyncio.timeout(ANSWER_SECONDS_MAX):
                    head, kept = await _ask(process, content, extension)
            except TimeoutError:
                raise unfit("too-complex") from None
            finally:
                await _end(process)
        return _answer(head, kept, content)


async def _ask(process: Process, content: bytearray, extension: str) -> tuple[bytes, bytes]:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101, PT018 - asked for above
    with suppress(BrokenPipeError, ConnectionResetError):  # it ended early: its answer says why
        process.stdin.write(json.dumps({"extension": extension}).encode() + b"\n")
        for at in range(0, len(content), PIECE_BYTES):  # so that the pipe's buffer holds a piece, not a copy
            process.stdin.write(bytes(memoryview(content)[at : at + PIECE_BYTES]))
            await process.stdin.drain()
        process.stdin.close()
    head = await process.stdout.readline()
    return head, await process.stdout.read()


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _answer(head: bytes, kept: bytes, content: bytearray) -> Inspected:
    if not head.endswith(b"\n"):  # killed for its time or memory before it could answer
        raise unfit("too-complex")
    found = json.loads(head)
    if "unfit" in found:
        raise unfit(found["unfit"], found["kind"])
    return Inspected(found["media"], kept or content)
