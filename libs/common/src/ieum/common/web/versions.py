"""Editing what was read: the version goes out as ETag, comes back as If-Match (RFC 9110, 13.1.1)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Depends, Header

from ieum.common.kernel.errors import Refusal, Stale

_STRONG = re.compile(r'"([1-9][0-9]{0,8})"')


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def expected(if_match: Annotated[str | None, Header(max_length=100)] = None) -> int:
    """The version that the caller read; raises Refusal 428 without one, 412 for what is no version of ours.

    `*` is no version: it would overwrite whatever is there.
    """
    if if_match is None:
        raise Refusal(
            "version-needed",
            ko="고치려면 불러온 판의 번호(ETag)를 If-Match 머리글에 적어 주셔야 합니다.",
            en="To change this, send the ETag of what you read as If-Match.",
            status=428,
        )
    found = _STRONG.fullmatch(if_match.strip())
    if found is None:
        raise Stale
    return int(found[1])


def expects_version() -> Any:
    """A FastAPI dependency: the version named in If-Match."""
    return Depends(expected)
