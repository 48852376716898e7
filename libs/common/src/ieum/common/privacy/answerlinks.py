"""Signed links by which somebody without an account answers one proposal. Pure.

A token is base64url (RFC 4648, 5) of the match's id (16 bytes), a flag (1) and the signature (16:
HMAC-SHA-256 cut, RFC 2104) over both, the person and the end of the offer. The last two stay out of it: who
holds the match checks with what it knows, so nothing personal stands in an address, and no end can be
changed. Both services have the secret `search`, none a private key of the other. Whoever holds a token may
answer: it is never logged.
"""

from __future__ import annotations

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ieum.common.kernel.errors import Refusal
from ieum.common.privacy.search import SearchKey

PATH = "/matching/answers/"
_ID, _MAC = 16, 16
_LENGTH = 44


@dataclass(frozen=True)
class AnswerLink:
    """What a token says of itself; `neutral`: what it opens must tell a stranger nothing."""

    match: UUID
    neutral: bool
    mac: bytes = field(repr=False)


def sign(key: SearchKey, match: UUID, *, person: UUID, until: datetime, neutral: bool) -> str:
    """The token of a proposal that stands until a moment; seconds are its finest unit."""
    return urlsafe_b64encode(
        match.bytes + bytes([neutral]) + _mac(key, match, person, until, neutral=neutral)
    ).decode()


def read(token: str) -> AnswerLink:
    """What a token says, not yet checked; raises Refusal 404 `link-invalid`."""
    try:
        raw = urlsafe_b64decode(token) if len(token) == _LENGTH and token.isascii() else b""
    except (binascii.Error, ValueError):
        raise invalid() from None
    # 33 bytes are 44 characters without one to spare: each token has one spelling.
    if len(raw) != _ID + 1 + _MAC or raw[_ID] > 1 or urlsafe_b64encode(raw).decode() != token:
        raise invalid()
    return AnswerLink(UUID(bytes=raw[:_ID]), bool(raw[_ID]), raw[_ID + 1 :])


def check(key: SearchKey, link: AnswerLink, *, person: UUID, until: datetime) -> None:
    """Raise Refusal 404 `link-invalid` unless it was signed for this person and end."""
    expected = _mac(key, link.match, person, until, neutral=link.neutral)
    if not hmac.compare_digest(link.mac, expected):
        raise invalid()


def invalid() -> Refusal:
    """The answer to a link that does not hold, whatever is wrong with it."""
    return Refusal(
        "link-invalid",
        ko="올바른 링크가 아닙니다. 받으신 메시지의 주소를 다시 확인해 주십시오.",
        en="This link does not hold. Please check the address in the message you received.",
        status=404,
    )


def _mac(key: SearchKey, match: UUID, person: UUID, until: datetime, *, neutral: bool) -> bytes:
    return key.of("answer-link", f"{match}/{person}/{int(until.timestamp())}/{int(neutral)}")
