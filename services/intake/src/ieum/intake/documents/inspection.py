"""Looking into a file: by its first bytes, never by its name; then by all of it. Runs in the inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.intake.documents.unfit import Unfit

if TYPE_CHECKING:
    from ieum.intake.documents.unfit import Media

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PICTURES: dict[bytes, Media] = {b"\xff\xd8\xff": "jpeg", b"\x89PNG\r\n\x1a\n": "png"}
_ZIP_END, _ZIP_COMMENT_MAX = b"PK\x05\x06", 65_557
_NAMES = {"jpg": "jpeg"}


def inspect(raw: bytes, extension: str) -> tuple[Media, bytes]:
    """What the file is, and the bytes to keep: pictures are written anew. Raises Unfit.

    A parser is loaded only for what needs it, which keeps the inspector quick to start.
    """
    media, kept = _inspect(raw)
    if _NAMES.get(extension, extension) != media:
        raise Unfit("name-differs")
    return media, kept


def _inspect(raw: bytes) -> tuple[Media, bytes]:
    if raw.startswith(_ZIP):
        from ieum.intake.documents import office

        return office.inspect(raw), raw
    if _ZIP_END in raw[-_ZIP_COMMENT_MAX:]:
        raise Unfit("polyglot")
    if raw.startswith(b"%PDF-"):
        from ieum.intake.documents import portable

        portable.inspect(raw)
        return "pdf", raw
    if raw.startswith(_OLE):
        from ieum.intake.documents import hangul

        hangul.inspect(raw)
        return "hwp", raw
    for start, media in _PICTURES.items():
        if raw.startswith(start):
            from ieum.intake.documents import pictures

            return media, pictures.rewritten(raw, "jpeg" if media == "jpeg" else "png")
    raise Unfit("wrong-type")
