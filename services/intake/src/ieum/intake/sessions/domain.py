"""How long a session lives, and where a sign-in may lead. Pure.

Idle and absolute limits, warning and extension: 개인정보의 안전성 확보조치 기준 6 ④ (work stops after a time
without any), WCAG 2.2.1 (it can be extended), OWASP ASVS 5.0, 7.3.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit
from uuid import UUID

from ieum.common.kernel.errors import Refusal

Kind = Literal["staff", "citizen"]

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=9)
TOKEN_MINUTES = 5
RENEWED_BEFORE = timedelta(minutes=1)
SEEN_EVERY = timedelta(minutes=1)
"""A session is noted as used once a minute at most."""
SIGN_IN = timedelta(minutes=10)
"""How long somebody may take at the provider."""

HOME = "/intake/session/page"
NEXT_LENGTH_MAX = 2000
_PLAIN = re.compile(r"/[\x21-\x5b\x5d-\x7e]*")  # no control characters, spaces or backslashes


@dataclass(frozen=True)
class Session:
    """A session as stored; `staff` is the account's id, roles and agency as they were at the sign-in."""

    id: UUID
    kind: Kind
    subject: str
    staff: UUID | None
    agency: str | None
    roles: Sequence[str]
    started_at: datetime
    seen_at: datetime
    ends_at: datetime

    @property
    def until(self) -> datetime:
        """When it ends, unless it is used or extended before."""
        return min(self.seen_at + IDLE, self.ends_at)

    def lives(self, now: datetime) -> bool:
        """Whether it was neither left alone for too long nor is over."""
        return now < self.until


def own_path(text: str | None, origins: Collection[str] = ()) -> str:
    """Where to go after a sign-in: a path of our own or a page at one of these origins, else our own page.

    An origin is compared letter by letter and cut off, so that no reading of the rest names another host.
    """
    if not text or len(text) > NEXT_LENGTH_MAX:
        return HOME
    origin = next((one for one in origins if text.startswith(f"{one}/")), "")
    path = text.removeprefix(origin)
    if not _PLAIN.fullmatch(path) or path.startswith("//"):
        return HOME
    try:
        parts = urlsplit(path)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else text


def off() -> Refusal:
    """503: no provider is configured."""
    return Refusal(
        "sign-in-off",
        ko="아직 로그인을 사용할 수 없습니다. 운영자에게 문의해 주십시오.",
        en="Signing in is not set up yet. Please ask the operator.",
        status=503,
    )


def away() -> Refusal:
    """503: the provider does not answer as it should."""
    return Refusal(
        "sign-in-away",
        ko="로그인 서비스가 응답하지 않습니다. 잠시 후 다시 시도해 주십시오.",
        en="The sign-in service does not answer. Please try again shortly.",
        status=503,
    )


def refused() -> Refusal:
    """403: what came back does not fit what was begun; not said why, so that nothing can be probed."""
    return Refusal(
        "sign-in-refused",
        ko="로그인을 마치지 못했습니다. 처음부터 다시 시도해 주십시오.",
        en="The sign-in could not be completed. Please begin again.",
        status=403,
    )


def unknown() -> Refusal:
    """403: who signed in holds no account of staff."""
    return Refusal(
        "not-registered",
        ko="등록된 담당자가 아니거나 사용 기간이 아닙니다. 소속 기관의 책임자에게 문의해 주십시오.",
        en="You are not registered as staff, or not for today. Please ask the lead of your agency.",
        status=403,
    )
