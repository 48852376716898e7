"""What files are taken, how they are named and sealed, and what is said of those that are not. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import quote
from uuid import UUID

from ieum.common.events.model import PrivateData, Sealed
from ieum.common.events.programme import Programme
from ieum.common.events.programme_parts import DocumentType
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import find_forbidden, refusal

CHUNK_BYTES = 256 * 1024
NAME_CHARACTERS_MAX = 150
EXTENSIONS: Mapping[str, DocumentType] = {
    "pdf": "pdf", "jpg": "jpeg", "jpeg": "jpeg", "png": "png", "hwpx": "hwpx", "hwp": "hwp", "docx": "docx",
    "xlsx": "xlsx",
}  # fmt: skip
_LISTED = "PDF, JPEG, PNG, HWPX, HWP, DOCX, XLSX"
# Control and bidirectional characters would show another name than the one that counts.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')


class DocumentDetails(PrivateData):
    """Record class `application`: a file's own name, and the SHA-256 of what is kept, in hex."""

    record_class: ClassVar[str] = "application"
    name: str
    sha256: str


@dataclass(frozen=True)
class Folder:
    """Where a draft or an application holds its files; `application` is None for a draft."""

    id: UUID
    person: UUID
    programme: str
    programme_version: int
    application: UUID | None


@dataclass(frozen=True)
class Document:
    """A file as stored; its content lies in `chunks` sealed chunks under the key `kid`."""

    id: UUID
    folder: UUID
    person: UUID
    asked: str | None
    media: DocumentType
    size_bytes: int
    chunks: int
    alg: str
    kid: str
    details: Sealed
    attached_at: datetime


def named(name: str) -> tuple[str, str]:
    """A file's name as kept, and its extension.

    Raises Refusal `document-name` or `document-wrong-type`, or for a forbidden number in the name.
    """
    plain = unicodedata.normalize("NFC", name).strip()
    stem, dot, extension = plain.rpartition(".")
    if not stem or not dot or len(plain) > NAME_CHARACTERS_MAX or _UNSAFE.search(plain):
        raise Refusal(
            "document-name",
            ko=f"파일 이름은 확장자를 포함하여 {NAME_CHARACTERS_MAX}자까지이며 / \\ : * 등을 쓸 수 없습니다.",
            en=f"A file's name has an extension, up to {NAME_CHARACTERS_MAX} characters, and no / \\ : *.",
        )
    if found := find_forbidden(plain):
        raise refusal(found.kind)
    if extension.lower() not in EXTENSIONS:
        raise unfit("wrong-type")
    return plain, extension.lower()


def disposition(name: str) -> str:
    """The header by which a browser saves a file and never shows it (RFC 6266, RFC 8187)."""
    extension = name.rpartition(".")[2]
    return f"attachment; filename=\"document.{extension}\"; filename*=UTF-8''{quote(name, safe='')}"


def bound_to(alg: str, kid: str, document: UUID, number: int, total: int) -> bytes:
    """What a chunk is bound to: moved, left out, put in another order or cut off it does not open."""
    return f"{alg}|{kid}|{document}|{number}|{total}".encode()


def chunk_count(size_bytes: int) -> int:
    """How many chunks hold so many bytes."""
    return -(-size_bytes // CHUNK_BYTES)


def check_asked(programme: Programme, asked: str | None, media: DocumentType) -> None:
    """Raise Refusal `document-not-asked`, or `document-wrong-type` where it takes other types."""
    if asked is None:
        return
    for one in programme.documents:
        if one.id == asked:
            if media not in one.types:
                listed = ", ".join(one.types).upper()
                raise Refusal(
                    "document-wrong-type",
                    ko=f"‘{one.name.ko}’ 서류는 {listed} 파일로 내 주십시오.",
                    en=f"“{one.name.en}” is taken as: {listed}.",
                )
            return
    raise Refusal(
        "document-not-asked",
        ko="이 사업에서 받지 않는 서류입니다.",
        en="The programme does not ask for this document.",
    )


def missing(programme: Programme, there: Collection[str | None]) -> list[Refusal]:
    """A refusal `document-missing` for each required document that is not there."""
    return [
        Refusal(
            "document-missing",
            ko=f"‘{one.name.ko}’ 서류를 첨부해 주십시오.",
            en=f"Please attach “{one.name.en}”.",
            pointer=f"/documents/{one.id}",
        )
        for one in programme.documents
        if one.required and one.id not in there
    ]


def check_room(there: Sequence[Document], most: int) -> None:
    """Raise Refusal 409 `documents-too-many`."""
    if len(there) >= most:
        raise Refusal(
            "documents-too-many",
            ko=f"서류는 {most}개까지 첨부하실 수 있습니다.",
            en=f"At most {most} documents may be attached.",
            status=409,
        )


def too_large(bytes_max: int) -> Refusal:
    """413 `document-too-large`."""
    size = f"{bytes_max / 1024 / 1024:.0f} MiB"
    return Refusal(
        "document-too-large",
        ko=f"파일은 하나에 {size}까지 첨부하실 수 있습니다.",
        en=f"A file may have up to {size}.",
        status=413,
    )


_UNFIT: Mapping[str, tuple[str, str]] = {
    "wrong-type": (f"{_LISTED} 파일만 받습니다.", f"Only these files are taken: {_LISTED}."),
    "name-differs": (
        "파일 이름의 확장자와 실제 형식이 다릅니다.",
        "The file is of another type than its name says.",
    ),
    "damaged": (
        "파일이 손상되어 열 수 없습니다. 다시 저장하여 보내 주십시오.",
        "The file is damaged. Please save it anew and send it again.",
    ),
    "encrypted": (
        "암호가 걸렸거나 배포용인 파일은 받지 않습니다. 암호를 풀고 다시 보내 주십시오.",
        "Locked files are not taken. Please remove the password and send it again.",
    ),
    "polyglot": ("여러 형식이 섞인 파일은 받지 않습니다.", "A file of two types at once is not taken."),
    "archive-bomb": (
        "압축을 풀면 지나치게 커지거나 압축 정보가 거짓인 파일은 받지 않습니다.",
        "Files that inflate beyond measure, or lie about their contents, are not taken.",
    ),
    "nested-file": (
        "다른 파일이 들어 있는 파일은 받지 않습니다. 파일마다 따로 첨부해 주십시오.",
        "Files with other files in them are not taken. Please attach each by itself.",
    ),
    "macro": (
        "매크로나 스크립트가 들어 있는 파일은 받지 않습니다.",
        "Files with macros or scripts are not taken.",
    ),
    "active-content": (
        "열 때 무언가를 실행하는 파일은 받지 않습니다. 인쇄용 PDF로 저장하여 보내 주십시오.",
        "Files that run something when opened are not taken. Please save a printable copy.",
    ),
    "external-content": (
        "바깥의 내용을 불러오는 파일은 받지 않습니다. 연결을 끊고 다시 보내 주십시오.",
        "Files that fetch content from elsewhere are not taken. Please break the links.",
    ),
    "picture-too-large": (
        "그림의 크기는 4천만 화소까지 받습니다.",
        "Pictures may have up to 40 million pixels.",
    ),
    "too-complex": (
        "파일이 너무 복잡하여 확인할 수 없습니다. 더 간단하게 저장하여 보내 주십시오.",
        "The file is too complex to be looked into. Please save a simpler copy.",
    ),
}


def unfit(why: str, kind: str | None = None) -> Refusal:
    """The answer to whoever sent a file that is not taken; a forbidden number is told by its kind alone."""
    if why == "forbidden-number":
        return refusal(kind, "/document")  # type: ignore[arg-type]  # one of the kinds, over a pipe
    ko, en = _UNFIT[why]
    return Refusal(f"document-{why}", ko=ko, en=en)
