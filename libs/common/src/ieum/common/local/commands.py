"""`ieum doctor`, `ieum clock`, `ieum deadletters` and `ieum token`: what an operator asks of a stack."""

from __future__ import annotations

import asyncio
import re
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from ieum.common.events.intake_staff import EmergencyReason
from ieum.common.kernel.clock import SystemClock
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.local.remote import Remote

if TYPE_CHECKING:
    from ieum.common.local.home import Home
    from ieum.common.service.doctor import Target

Url = Annotated[str | None, Parameter(env_var="IEUM_URL")]
Token = Annotated[str | None, Parameter(env_var="IEUM_TOKEN")]

clock = App(name="clock", help="개발용 시계를 움직입니다. Move the clock of the services, in development.")
deadletters = App(name="deadletters", help="보류된 기록을 다룹니다. Deal with dead letters.")

EMERGENCY_MINUTES = 60
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_SPAN = re.compile(r"(?:[0-9]{1,6}[dhms])+")


def doctor() -> None:
    """Check connections, versions, clocks, encodings, topics, migrations and secrets; exits 0 or 1."""
    from ieum.common.local.home import Home
    from ieum.common.service.doctor import examine

    found = asyncio.run(examine(_target(Home.find())))
    table = Table("", "", "한국어", "English")
    for finding in found:
        table.add_row("✓" if finding.ok else "✗", finding.about, finding.ko, finding.en)
    Console().print(table)
    sys.exit(0 if all(finding.ok for finding in found) else 1)


def _target(home: Home) -> Target:
    from ieum.common.local import stack
    from ieum.common.local.names import SERVICES
    from ieum.common.local.services import service_dsn
    from ieum.common.service.doctor import Target

    found = stack.status(home)
    passwords = {name: _password(home.secrets / f"postgres_{name}") for name in SERVICES}
    # Without a server the DSNs lead nowhere, and the doctor says so of each.
    superuser = found["postgres"] or "postgresql://127.0.0.1:1/postgres"
    return Target(
        kafka=found["kafka"],
        databases={n: service_dsn(superuser, f"ieum_{n}", secret) for n, secret in passwords.items()},
        services={name: each["url"] for name, each in found["services"].items()},
        secrets=home.secrets,
    )


def _password(path: Path) -> str:
    return path.read_text(encoding="ascii").strip() if path.is_file() else ""


@clock.command
def advance(span: str, *, url: Url = None, token: Token = None) -> None:
    """Move every service's clock on; timers that fall due by it run at once.

    Args:
        span: such as 7d, 12h or 1d12h30m.
        url: the origin of all services; those of the local stack where it is left out.
        token: an operator's token; made from the local secrets where it is left out.
    """
    seconds = int(parse_span(span).total_seconds())
    remote = Remote.find(url, token)
    for service in remote.urls:
        told = remote.ask(service, "PUT", "development/clock", json={"seconds": seconds})
        print(f"{service:9} {told['now']}")


def parse_span(text: str) -> timedelta:
    """`1d12h` as a timedelta; refuses what is none."""
    if not _SPAN.fullmatch(text):
        raise Refusal(
            "span-invalid",
            ko=f"{text}은(는) 기간이 아닙니다. 7d, 12h, 1d12h30m처럼 적어 주십시오.",
            en=f"{text} is no span of time: write 7d, 12h or 1d12h30m.",
        )
    parts = re.findall(r"([0-9]+)([dhms])", text)
    return sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())


@deadletters.command(name="list")
def list_letters(*, group: str | None = None, url: Url = None, token: Token = None) -> None:
    """List the dead letters of all services, or of one consumer group.

    Args:
        group: a consumer group, such as notify-deliveries.
        url: the origin of all services; those of the local stack where it is left out.
        token: an operator's token; made from the local secrets where it is left out.
    """
    remote = Remote.find(url, token)
    table = Table("Group", "No.", "Topic", "Offset", "Parked at", "Attempts", "Key waits", "Reason")
    for service in [_service(group)] if group else remote.urls:
        query = {"group": group} if group else {}
        for one in remote.ask(service, "GET", "operations/deadletters", params=query):
            place = f"{one['topic']}-{one['part']}"
            waits = "✓" if one["parks_key"] else ""
            table.add_row(
                one["grp"], str(one["id"]), place, str(one["offs"]), one["parked_at"],
                str(one["attempts"]), waits, one["reason"],
            )  # fmt: skip
    Console().print(table)


@deadletters.command
def show(group: str, letter: int, *, url: Url = None, token: Token = None) -> None:
    """Print one dead letter: why it waits, its headers, its value.

    Args:
        group: its consumer group.
        letter: its number in the list.
        url: the origin of all services; those of the local stack where it is left out.
        token: an operator's token; made from the local secrets where it is left out.
    """
    one = Remote.find(url, token).ask(_service(group), "GET", f"operations/deadletters/{group}/{letter}")
    print(f"{one['topic']}-{one['part']} @ {one['offs']}  {one['reason']}")
    if one["withheld"]:
        print("원문은 보관하지 않습니다. The record itself is not kept.")
        return
    print(f"key: {one['key']}")
    for name, value in one["headers"]:
        print(f"{name}: {value}")
    print(f"\n{one['value']}")


@deadletters.command
def redrive(group: str, *, letter: int | None = None, url: Url = None, token: Token = None) -> None:
    """Run a group's handlers on its dead letters in order; exits 1 if any of them stays.

    Args:
        group: the consumer group.
        letter: only this one, by its number in the list.
        url: the origin of all services; those of the local stack where it is left out.
        token: an operator's token; made from the local secrets where it is left out.
    """
    query = {"letter": letter} if letter is not None else {}
    path = f"operations/deadletters/{group}/redrive"
    done = Remote.find(url, token).ask(_service(group), "POST", path, params=query)
    print(f"{done['applied']}건을 처리했고 {done['failed']}건이 남았습니다.")
    print(f"{done['applied']} applied, {done['failed']} failed again.")
    sys.exit(1 if done["failed"] else 0)


@deadletters.command
def discard(group: str, letter: int, *, url: Url = None, token: Token = None) -> None:
    """Give a dead letter up for good.

    Args:
        group: its consumer group.
        letter: its number in the list.
        url: the origin of all services; those of the local stack where it is left out.
        token: an operator's token; made from the local secrets where it is left out.
    """
    Remote.find(url, token).ask(_service(group), "DELETE", f"operations/deadletters/{group}/{letter}")
    print("지웠습니다. Discarded.")


def _service(group: str) -> str:
    """A group is named `<service>-<feature>`."""
    return group.partition("-")[0]


def token(
    *,
    role: list[str],
    agency: str | None = None,
    name: str | None = None,
    subject: str | None = None,
    minutes: int = 480,
    break_glass: EmergencyReason | None = None,
    url: Url = None,
    secrets: Annotated[Path | None, Parameter(env_var="IEUM_SECRETS")] = None,
    mode: Annotated[str, Parameter(env_var="IEUM_MODE", show=False)] = "development",
) -> None:
    """Print a signed token for these roles; in production only to break the glass, for an hour, and told of.

    Args:
        role: citizen, staff, official, workplace, operator or auditor; may be given several times.
        agency: the id of the agency the holder works for.
        name: the name shown to colleagues.
        subject: the holder's id; the first role and the agency where it is left out.
        minutes: how long the token holds.
        break_glass: why somebody must work past the sign-in; intake tells of it before the token is printed.
        url: the origin of all services, to tell; the local stack's intake where it is left out.
        secrets: the folder with token_private.pem; the local stack's where it is left out.
        mode: production refuses without --break-glass.
    """
    from ieum.common.local.home import Home
    from ieum.common.web.tokens import BREAK_GLASS, ROLES, issue

    if mode != "development" and break_glass is None:
        raise SystemExit("ieum token works in development only, or with --break-glass")
    if unknown := set(role) - ROLES:
        raise SystemExit(f"unknown role: {', '.join(sorted(unknown))}; there are {', '.join(sorted(ROLES))}")
    now = SystemClock().now()
    made = issue(
        _private_key(secrets or Home.find().secrets),
        subject=f"{BREAK_GLASS}{new_id(now)}"
        if break_glass
        else subject or "@".join([role[0], agency or "ieum"]),
        roles=role,
        agency=agency,
        name=name,
        minutes=min(minutes, EMERGENCY_MINUTES) if break_glass else minutes,
        now=now,
    )
    if break_glass:
        told = {"json": {"reason": break_glass}, "headers": {"Idempotency-Key": str(new_id(now))}}
        Remote.find(url, made).ask("intake", "POST", "staff/emergencies", **told)
    print(made)


def _private_key(secrets: Path) -> bytes:
    try:
        return (secrets / "token_private.pem").read_bytes()
    except FileNotFoundError:
        raise SystemExit(f"no token_private.pem in {secrets}: `ieum up` or `ieum prepare` makes it") from None
