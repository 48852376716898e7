"""`ieum token`: a bearer token for development, where no sign-in service runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ieum.common.kernel.clock import SystemClock
from ieum.common.web.tokens import ROLES, issue


def token(
    *,
    role: list[str],
    agency: str | None = None,
    name: str | None = None,
    subject: str | None = None,
    minutes: int = 480,
    secrets: Annotated[Path, Parameter(env_var="IEUM_SECRETS")] = Path(".ieum/secrets"),
    mode: Annotated[str, Parameter(env_var="IEUM_MODE", show=False)] = "development",
) -> None:
    """Print a signed token for these roles; in development only.

    Args:
        role: citizen, staff, official, workplace, operator or auditor; may be given several times.
        agency: the id of the agency the holder works for.
        name: the name shown to colleagues.
        subject: the holder's id; the first role and the agency where it is left out.
        minutes: how long the token holds.
        secrets: the folder with token_private.pem.
        mode: production refuses.
    """
    if mode != "development":
        raise SystemExit("ieum token works in development only")
    if unknown := set(role) - ROLES:
        raise SystemExit(f"unknown role: {', '.join(sorted(unknown))}; there are {', '.join(sorted(ROLES))}")
    print(
        issue(
            _private_key(secrets),
            subject=subject or "@".join([role[0], agency or "ieum"]),
            roles=role,
            agency=agency,
            name=name,
            minutes=minutes,
            now=SystemClock().now(),
        )
    )


def _private_key(secrets: Path) -> bytes:
    try:
        return (secrets / "token_private.pem").read_bytes()
    except FileNotFoundError:
        raise SystemExit(f"no token_private.pem in {secrets}: `ieum up` or `ieum prepare` makes it") from None
