"""`ieum`: the command line. What a command needs is imported when it runs.

Services and the demo add their commands by the entry-point group `ieum.commands`.
"""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ieum.common.kernel.errors import Refusal

app = App(name="ieum", help="이음(Ieum): a city's agencies serve people together, joined by events.")

COMMANDS: dict[str, str] = {
    "token": "ieum.common.local.commands:token",
    "schemas": "ieum.common.events.commands:schemas",
    "events": "ieum.common.replay.commands:app",
    "doctor": "ieum.common.local.commands:doctor",
    "clock": "ieum.common.local.commands:clock",
    "deadletters": "ieum.common.local.commands:deadletters",
    "erasure": "ieum.common.local.erasures:app",
    "keys": "ieum.common.local.keys:app",
}
"""Name → `module:function or app` of common's own commands that live elsewhere."""


@app.command
def up() -> None:
    """Start Kafka, Postgres, the services, the mail sink and the sign-in provider, where they do not run."""
    from ieum.common.local import stack
    from ieum.common.local.home import Home

    stack.up(Home.find())


@app.command
def down(*, purge: bool = False) -> None:
    """Stop all that `up` started.

    Args:
        purge: also delete what the servers hold.
    """
    from ieum.common.local import stack
    from ieum.common.local.home import Home

    stack.down(Home.find(), purge=purge)


@app.command
def prepare() -> None:
    """Make databases, roles, migrations and topics; starts servers, where the environment names none."""
    from ieum.common.local import stack
    from ieum.common.local.home import Home

    stack.prepare(Home.find())


@app.command
def secrets(*, out: Path, postgres: str = "postgres:5432") -> None:
    """Make the secret files that the compose file mounts; what is there stays as it is.

    Args:
        out: the folder to make them in.
        postgres: host:port of Postgres as the containers reach it.
    """
    from ieum.common.local.secrets import ensure_compose_secrets

    ensure_compose_secrets(out, postgres)


@app.command
def status(*, as_json: Annotated[bool, Parameter(name="--json", negative="")] = False) -> None:
    """Show what runs and where.

    Args:
        as_json: as one JSON object.
    """
    from ieum.common.local import stack
    from ieum.common.local.home import Home

    found = stack.status(Home.find())
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    print(f"kafka     {found['kafka'] or 'down'}")
    print(f"postgres  {found['postgres'] or 'down'}")
    print(f"mail      {found['mail']['smtp'] or 'down'}")
    print(f"sign-in   {found['sign_in']['url'] or 'down'}")
    for name, service in found["services"].items():
        print(f"{name:9} {service['url'] or 'down'}{'  ready' if service['ready'] else ''}")


@app.command
def logs(service: str, *, lines: int = 50, follow: bool = False) -> None:
    """Show the end of a log.

    Args:
        service: intake, matching, notify, audit, mail, sign-in, kafka or postgres.
        lines: how many lines.
        follow: go on showing what is added, until Ctrl-C.
    """
    from ieum.common.local.home import Home
    from ieum.common.local.services import known_logs, log_of

    if service not in known_logs():
        names = ", ".join(known_logs())
        raise Refusal(
            "unknown-log",
            ko=f"{service}의 기록은 없습니다. 다음 가운데 하나를 적어 주십시오: {names}.",
            en=f"There is no log of {service}. Name one of {names}.",
        )
    log = log_of(Home.find(), service)
    follow_flag = ["-F"] if follow else []
    os.execvp("tail", ["tail", f"-n{lines}", *follow_flag, str(log)])  # noqa: S606, S607


def mount(root: App) -> None:
    """Add common's other commands and those of installed packages, each imported only when it is called."""
    for name, path in COMMANDS.items():
        root.command(path, name=name)
    for entry in entry_points(group="ieum.commands"):
        root.command(entry.value, name=entry.name)


def main() -> None:
    """The entry point: a refusal is told in both languages and ends with 1, without a traceback."""
    mount(app)
    try:
        app()
    except Refusal as refusal:
        print(refusal.ko, refusal.en, sep="\n", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
