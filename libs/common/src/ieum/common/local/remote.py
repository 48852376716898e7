"""Asking running services as an operator does: over HTTP, with a token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from ieum.common.kernel.clock import SystemClock
from ieum.common.kernel.errors import Refusal
from ieum.common.local import stack
from ieum.common.local.home import Home
from ieum.common.local.names import SERVICES
from ieum.common.web.tokens import issue

TIMEOUT_SECONDS = 60.0
TOKEN_MINUTES = 10


class Remote:
    """The services' HTTP addresses by name, and the token that is shown to them."""

    def __init__(self, urls: dict[str, str], token: str) -> None:
        self.urls = urls
        self._token = token

    @classmethod
    def find(cls, url: str | None, token: str | None) -> Remote:
        """All services under one origin `url`, else those of the local stack; `token`, else one made here.

        Refuses where nothing runs, or where there is neither a token nor the key to make one.
        """
        if url is not None:
            urls = dict.fromkeys(SERVICES, url.rstrip("/"))
        else:
            services = stack.status(Home.find())["services"]
            urls = {name: each["url"] for name, each in services.items() if each["url"]}
        if not urls:
            raise Refusal(
                "no-services",
                ko="실행 중인 서비스가 없습니다. --url로 주소를 적어 주십시오.",
                en="No service runs here. Give an address with --url.",
            )
        return cls(urls, token or _operator(Home.find().secrets / "token_private.pem"))

    def ask(self, service: str, method: str, path: str, **arguments: Any) -> Any:
        """What `/<service>/<path>` answers, as JSON; None without content. Its refusals are ours."""
        url = f"{self.urls.get(service, '')}/{service}/{path}"
        if service not in self.urls:
            raise _unreachable(service)
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            # trust_env: a proxy set for the internet must not be asked for this machine.
            with httpx.Client(trust_env=False, timeout=TIMEOUT_SECONDS, headers=headers) as client:
                response = client.request(method, url, **arguments)
        except (httpx.HTTPError, httpx.InvalidURL):
            raise _unreachable(service) from None
        if response.is_error:
            raise _refused(service, response)
        return response.json() if response.content else None


def _operator(private: Path) -> str:
    try:
        key = private.read_bytes()
    except OSError:
        raise Refusal(
            "no-token",
            ko="IEUM_TOKEN 또는 --token으로 운영자 토큰을 주십시오.",
            en="Give an operator's token by IEUM_TOKEN or --token.",
        ) from None
    return issue(
        key, subject="operator@ieum", roles=["operator"], minutes=TOKEN_MINUTES, now=SystemClock().now()
    )


def _refused(service: str, response: httpx.Response) -> Refusal:
    try:
        problem = response.json()
        return Refusal("refused", ko=problem["detail_ko"], en=problem["detail_en"])
    except (ValueError, KeyError, TypeError):
        return Refusal(
            "refused",
            ko=f"{service} 서비스가 {response.status_code}(으)로 답했습니다.",
            en=f"{service} answered {response.status_code}.",
        )


def _unreachable(service: str) -> Refusal:
    return Refusal(
        "unreachable",
        ko=f"{service} 서비스에 연결할 수 없습니다.",
        en=f"The service {service} cannot be reached.",
    )
