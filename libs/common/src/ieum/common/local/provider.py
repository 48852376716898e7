"""`python -m ieum.common.local.provider`: a sign-in provider for development, with a page to pick somebody.

It asks for no password, so it serves this machine alone, and never in production.
"""

from __future__ import annotations

import signal
import sys
from threading import Thread
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

from ieum.common.local.people import PEOPLE

HOST = "127.0.0.1"


class ProviderSettings(BaseSettings):
    """Environment variables; where nobody says that this is development, it is not."""

    model_config = SettingsConfigDict(env_prefix="IEUM_", extra="ignore")

    mode: Literal["development", "production"] = "production"
    port: int = 8030


def main(settings: ProviderSettings) -> None:
    """Serve until SIGTERM or SIGINT; raises SystemExit in production."""
    if settings.mode != "development":
        raise SystemExit("this provider asks for no password: it runs in development only")
    # Imported here: it is installed with the extra `local` alone.
    from oidc_provider_mock import User, app
    from werkzeug.serving import make_server

    users = [
        User(sub=one.id, claims={"name": one.name, "email": one.email, "email_verified": True})
        for one in PEOPLE
    ]
    # app() wraps itself in a debugger that shows source text; the bare application is served instead.
    made = app(require_nonce=True, issue_refresh_token=False, user_claims=users)
    made.debug = False
    server = make_server(HOST, settings.port, made.wsgi_app.app, threaded=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        # From a thread of its own: shutdown waits for the loop that this handler interrupts.
        signal.signal(number, lambda *_: Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)
    server.server_close()


if __name__ == "__main__":
    main(ProviderSettings())
    sys.exit(0)
