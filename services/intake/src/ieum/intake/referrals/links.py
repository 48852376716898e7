"""Signed links for agencies without a system: one referral, one agency, one end. Pure.

A token is base64url (RFC 4648, 5) of the referral's id (16 bytes), the end in seconds since 1970 (8), the
signature (16: HMAC-SHA-256 cut, RFC 2104) and the agency's id. Whoever holds it may answer: it is never
logged.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from ieum.common.kernel.errors import Refusal
from ieum.common.privacy.search import SearchKey

TOKEN_LENGTH_MAX = 200
_ID, _END, _MAC = 16, 8, 16


@dataclass(frozen=True)
class Link:
    """What a token speaks for."""

    referral: UUID
    agency: str
    until: datetime


def sign(key: SearchKey, link: Link) -> str:
    """The token of a link; seconds are its finest unit."""
    head = link.referral.bytes + int(link.until.timestamp()).to_bytes(_END, "big")
    return urlsafe_b64encode(head + _mac(key, head, link.agency) + link.agency.encode()).decode().rstrip("=")


def read(key: SearchKey, token: str, now: datetime) -> Link:
    """What a token speaks for; raises Refusal 404 `link-invalid` or 410 `link-expired`."""
    raw = _decoded(token)
    head, mac, agency = raw[: _ID + _END], raw[_ID + _END : _ID + _END + _MAC], raw[_ID + _END + _MAC :]
    name = agency.decode("ascii", errors="replace")
    if not agency or not hmac.compare_digest(mac, _mac(key, head, name)):
        raise _invalid()
    until = datetime.fromtimestamp(int.from_bytes(head[_ID:], "big"), UTC)
    if until <= now:
        raise Refusal(
            "link-expired",
            ko="이 링크의 유효 기간이 지났습니다. 보낸 기관에 새 링크를 요청해 주십시오.",
            en="This link has expired. Please ask the sending agency for a new one.",
            status=410,
        )
    return Link(UUID(bytes=head[:_ID]), name, until)


def _decoded(token: str) -> bytes:
    if len(token) > TOKEN_LENGTH_MAX:
        raise _invalid()
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raise _invalid() from None
    # The last character carries bits that decoding drops: only the one spelling that was signed is taken.
    if urlsafe_b64encode(raw).decode().rstrip("=") != token:
        raise _invalid()
    return raw


def _mac(key: SearchKey, head: bytes, agency: str) -> bytes:
    return key.of("referral-link", f"{head.hex()}/{agency}")


def _invalid() -> Refusal:
    return Refusal(
        "link-invalid",
        ko="올바른 링크가 아닙니다. 주소를 다시 확인해 주십시오.",
        en="This link does not hold. Please check the address.",
        status=404,
    )
