"""`If-Match` on every change of what somebody else may change too (RFC 9110, 13.1.1; RFC 6585, 3).

Invariant: a stale edit overwrites nothing. Without the header 428; whoever has the row compares the version
under its lock, and raises `kernel.errors.Stale` (412).
"""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from ieum.common.kernel.errors import Refusal

HEADER = "If-Match"
# Strong and exact: `*` would overwrite whatever is there, which is what the header is to prevent.
PATTERN = r'^"([1-9][0-9]{0,8})"$'
_TAG = re.compile(PATTERN)


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def _version(
    if_match: Annotated[
        str | None, Header(alias=HEADER, description="The ETag under which it was read", examples=['"3"'])
    ] = None,
) -> int:
    if if_match is None:
        raise Refusal(
            "if-match-missing",
            ko=f"{HEADER} 헤더에 불러온 판(ETag)을 적어 주십시오.",
            en=f"The header {HEADER} with the ETag that was read is required.",
            status=428,
        )
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise Refusal(
            "if-match-malformed",
            ko=f'{HEADER} 헤더는 "3"과 같은 형식이어야 합니다.',
            en=f'The header {HEADER} has the form "3".',
            status=400,
        )
    return int(found[1])


Version = Annotated[int, Depends(_version)]
"""A route's parameter: the version the caller has read; 428 without the header, 400 if it is malformed."""
