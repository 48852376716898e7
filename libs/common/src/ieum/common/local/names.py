"""The four services and the ports they are documented at."""

from __future__ import annotations

SERVICES: dict[str, int] = {"intake": 8000, "matching": 8001, "notify": 8002, "audit": 8003}
"""Name → default port, in the order in which events pass them."""

SIGN_IN = "sign-in"
SIGN_IN_PORT = 8030
"""A sign-in provider for development: whoever opens its page picks one of a few invented people."""

MAIL = "mail"
MAIL_PORT = 8025
