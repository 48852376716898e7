"""Accounts for the invented staff of development, so that they can sign in at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from ieum.common.kernel.clock import SystemClock
from ieum.common.kernel.errors import Refusal
from ieum.common.local.people import PEOPLE
from ieum.common.web.tokens import issue

if TYPE_CHECKING:
    from ieum.common.local.home import Home

_DONE = {httpx.codes.CREATED, httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY}
"""Made now; there already; or this city has no such agency."""


def welcome(home: Home, intake: str) -> None:
    """Register whoever is not registered yet; refuses where intake does not take them."""
    private = (home.secrets / "token_private.pem").read_bytes()
    token = issue(private, subject="ieum-up", roles=["operator"], minutes=5, now=SystemClock().now())
    # trust_env: a proxy set for the internet must not be asked for this machine.
    with httpx.Client(trust_env=False, base_url=intake, timeout=10) as client:
        for one in (person for person in PEOPLE if person.roles):
            headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"up-{one.id}"}
            answer = client.post("/intake/staff", json=one.account, headers=headers)
            if answer.status_code not in _DONE:
                raise Refusal(
                    "welcome-failed",
                    ko=f"개발용 계정 {one.id}을(를) 등록하지 못했습니다({answer.status_code}).",
                    en=f"The account {one.id} of development was not registered ({answer.status_code}).",
                )
