"""The encodings of Korean CSV files: Excel writes CP949 or UTF-8 with a mark, other programs plain UTF-8."""

from __future__ import annotations

from typing import Literal

from ieum.common.kernel.errors import Refusal

Encoding = Literal["utf-8", "utf-8-sig", "cp949"]

_BOM = b"\xef\xbb\xbf"


def decode(raw: bytes) -> tuple[str, Encoding]:
    """The text of a file, without its mark, and its encoding: strict UTF-8, else strict CP949.

    Raises Refusal `encoding-unknown` for anything else, workbooks and UTF-16 included.
    """
    marked = raw.startswith(_BOM)
    text = _strict(raw, "utf-8-sig")
    if text is not None:
        return text, "utf-8-sig" if marked else "utf-8"
    # A file that says it is UTF-8 and is not is broken, though CP949 could make some text of it.
    text = None if marked else _strict(raw, "cp949")
    if text is None:
        raise Refusal(
            "encoding-unknown",
            ko="파일의 글자를 읽을 수 없습니다. ‘CSV UTF-8’ 형식으로 저장한 뒤 다시 올려 주시기 바랍니다.",
            en="The file is neither UTF-8 nor CP949. Please save it as “CSV UTF-8” and send it again.",
        )
    return text, "cp949"


def cp949_losses(text: str) -> list[tuple[int, int, str]]:
    """The characters CP949 cannot write: line and column (both from 1, in characters) and the character."""
    if _writable(text):
        return []
    return [
        (line, column, char)
        for line, content in enumerate(text.split("\n"), start=1)
        if not _writable(content)
        for column, char in enumerate(content, start=1)
        if not _writable(char)
    ]


def _strict(raw: bytes, encoding: str) -> str | None:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    # NUL is in no CSV file, but in every workbook and in UTF-16.
    return None if "\0" in text else text


def _writable(text: str) -> bool:
    try:
        text.encode("cp949")
    except UnicodeEncodeError:
        return False
    return True
