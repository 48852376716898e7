"""A change says which version it was made on (RFC 9110, 13.1.1): a stale one overwrites nothing.

428 where a change comes without `If-Match` (RFC 6585, 3), 412 where its version is not the present one.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Header

from ieum.common.kernel.errors import Refusal

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=100, description='The version the change was made on, as "3".'),
]


def etag(version: int) -> str:
    """The strong entity tag of a version."""
    return f'"{version}"'


def check_version(if_match: str | None, version: int) -> None:
    """Raise Refusal 428 `version-missing` or 412 `version-stale`; `*` does not say what was seen."""
    if if_match is None or not if_match.strip() or if_match.strip() == "*":
        raise Refusal(
            "version-missing",
            ko="If-Match 헤더에 바꾸려는 버전을 적어 주십시오.",
            en="The header If-Match must name the version to be changed.",
            status=428,
        )
    if etag(version) not in (tag.strip() for tag in if_match.split(",")):
        raise Refusal(
            "version-stale",
            ko="그 사이에 내용이 바뀌었습니다. 다시 불러온 뒤 고쳐 주십시오.",
            en="It was changed in the meantime. Load it again and repeat your change.",
            status=412,
        )
