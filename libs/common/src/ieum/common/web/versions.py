"""Edits of what one saw: `If-Match` carries its version, so that nobody overwrites what they have not seen.

RFC 9110, section 13.1.1: another version is 412; RFC 6585, section 3: no version is 428.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.versions import stale

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

HEADER = "If-Match"
_STRONG = re.compile(r'"([0-9]{1,9})"')


def show_version(response: Response, version: int) -> None:
    """Tell the version of what is shown, as its `ETag`."""
    response.headers["ETag"] = f'"{version}"'


def version_seen(request: Request) -> int:
    """The version that the caller saw; raises Refusal 428 `version-missing`, 412 `version-stale` for none."""
    value = request.headers.get(HEADER)
    if value is None:
        raise Refusal(
            "version-missing",
            ko=f"{HEADER} 헤더에 지금 보고 계신 판의 ETag 값을 적어 주십시오.",
            en=f"The header {HEADER} must carry the ETag of what you saw.",
            status=428,
        )
    found = _STRONG.fullmatch(value.strip())
    if found is None:
        raise stale()
    return int(found[1])
