"""Taking a file in: read as it comes, held in memory once, and given up where it is too long or too slow.

A file in clear is written to no disk. At most UPLOADS_MAX are held at once, so a process needs so
many times the largest file for them, and no more.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.requests import ClientDisconnect

from ieum.common.kernel.errors import Refusal
from ieum.intake.documents import domain
from ieum.intake.documents.inspecting import Inspectors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

UPLOADS_MAX = 8
SECONDS_MAX, SILENCE_SECONDS_MAX = 120.0, 15.0
HEADER = "Content-Disposition"
NAMED = r"^attachment; filename\*=UTF-8''([!#$&+.^_`|~0-9A-Za-z-]|%[0-9A-Fa-f]{2})+$"
"""How the document asks for the name; what RFC 6266 allows beside it is taken too."""
_NAME = re.compile(r"filename\*\s*=\s*UTF-8'[A-Za-z-]*'([!#$&+.^_`|~0-9A-Za-z%-]+)\s*(?:;|$)", re.IGNORECASE)


@dataclass
class Reception:
    """Where files come in: the limits of the city, and how many are being taken in now."""

    bytes_max: int
    files_max: int
    inspectors: Inspectors = field(default_factory=Inspectors)
    _taking: int = 0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Room for one file; raises Refusal 503 `documents-busy` where there is none."""
        if self._taking >= UPLOADS_MAX:
            raise Refusal(
                "documents-busy",
                ko="지금 많은 파일을 받고 있습니다. 잠시 후 다시 시도해 주십시오.",
                en="Many files are being taken in now. Please try again shortly.",
                status=503,
            )
        self._taking += 1
        try:
            yield
        finally:
            self._taking -= 1

    async def take(self, request: Request) -> bytearray:
        """The body; raises Refusal 413 `document-too-large`, 408 `upload-slow`, 400 `upload-cut-off`."""
        content = bytearray()
        try:
            async with asyncio.timeout(SECONDS_MAX):
                await self._read(request, content)
        except TimeoutError:
            raise _slow() from None
        except ClientDisconnect:
            raise _cut_off() from None
        declared = request.headers.get("content-length")
        if not content or (declared is not None and declared != str(len(content))):
            raise _cut_off()
        return content

    async def _read(self, request: Request, content: bytearray) -> None:
        pieces = request.stream()
        while True:
            async with asyncio.timeout(SILENCE_SECONDS_MAX):
                piece = await anext(pieces, b"")
            if not piece:
                return
            content += piece
            if len(content) > self.bytes_max:
                raise domain.too_large(self.bytes_max)


def name_in(request: Request) -> tuple[str, str]:
    """The file's name from the header (RFC 8187), and its extension: no log keeps headers, all keep paths.

    Raises Refusal 400 `document-name-missing`, and as `domain.named`.
    """
    found = _NAME.search(request.headers.get(HEADER, ""))
    try:
        name = unquote(found[1], errors="strict") if found else None
    except UnicodeDecodeError:
        name = None
    if name is None:
        raise Refusal(
            "document-name-missing",
            ko=f"{HEADER} 헤더에 파일 이름을 filename*=UTF-8''... 형식으로 적어 주십시오.",
            en=f"The header {HEADER} gives the file's name as filename*=UTF-8''….",
            status=400,
        )
    return domain.named(name)


def _slow() -> Refusal:
    return Refusal(
        "upload-slow",
        ko="파일이 너무 느리게 전송되어 중단하였습니다. 다시 시도해 주십시오.",
        en="The file came too slowly and was given up. Please try again.",
        status=408,
    )


def _cut_off() -> Refusal:
    return Refusal(
        "upload-cut-off",
        ko="파일이 끝까지 전송되지 않았습니다. 다시 시도해 주십시오.",
        en="The file did not arrive whole. Please try again.",
        status=400,
    )
