"""`ieum keys`: exchange the key-encryption key; let destroyed keys leave the database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from ieum.common.kernel.errors import Refusal
from ieum.common.local import stack
from ieum.common.local.home import Home
from ieum.common.local.remote import Remote
from ieum.common.local.settings import LocalSettings

app = App(name="keys", help="Keys to personal data.")

Url = Annotated[str | None, Parameter(env_var="IEUM_URL")]
Token = Annotated[str | None, Parameter(env_var="IEUM_TOKEN")]


@app.command
def status(*, url: Url = None, token: Token = None) -> None:
    """Show which key-encryption key wraps now, and how many keys lie under which.

    Args:
        url: the origin of all services; those of the local stack where it is left out.
        token: an operator's token; made from the local secrets where it is left out.
    """
    found = Remote.find(url, token).ask("intake", "GET", "operations/keys")
    for kek, keys in sorted(({found["present"]: 0} | found["keys"]).items()):
        print(f"{keys:>10}  {kek or '?'}{'  ←' if kek == found['present'] else ''}")


@app.command
def rewrap(*, url: Url = None, token: Token = None) -> None:
    """Wrap all keys anew that lie under another key-encryption key; killed, it goes on when run again.

    Args:
        url: the origin of all services; those of the local stack where it is left out.
        token: an operator's token; made from the local secrets where it is left out.
    """
    remote, done, after = Remote.find(url, token), 0, ""
    while after is not None:
        part = remote.ask("intake", "POST", "operations/keys/rewrap", params={"after": after})
        done, after = done + part["rewrapped"], part["after"]
    print(f"열쇠 {done}개를 다시 감쌌습니다. {done} keys were wrapped anew.")


@app.command
def reconcile(*, url: Url = None, token: Token = None) -> None:
    """After intake's database was restored: destroy again the keys that were destroyed since the backup.

    Args:
        url: the origin of all services; those of the local stack where it is left out.
        token: an operator's token; made from the local secrets where it is left out.
    """
    done = Remote.find(url, token).ask("intake", "POST", "operations/keys/reconcile")["destroyed"]
    print(f"되살아난 열쇠 {done}개를 다시 파기했습니다. {done} keys that were back are destroyed again.")


@app.command
def sweep(*, dsn: Annotated[str | None, Parameter(env_var="IEUM_SWEEP_DSN")] = None) -> None:
    """Write anew the tables that held destroyed keys and end the WAL that did; run it once a day.

    Args:
        dsn: intake's database as a superuser, or as a role with MAINTAIN on its tables and pg_checkpoint;
            where it is left out, that of IEUM_POSTGRES or of the local stack.
    """
    from ieum.common.local.sweep import sweep as run

    ended = asyncio.run(run(dsn or _intake()))
    print(f"{ended:%Y-%m-%dT%H:%M:%SZ}: 파기된 열쇠를 지웠습니다. Destroyed keys are gone from the database.")


@app.command
def kek(*, module: Path, token: str, pin: Path, label: str) -> None:
    """Make a key-encryption key in a PKCS#11 module; it never leaves it.

    Args:
        module: the module's shared library.
        token: the token's label.
        pin: the file with its PIN.
        label: the new key's label.
    """
    from ieum.common.privacy.pkcs11 import Token as ModuleToken

    ModuleToken(module, token, pin.read_text(encoding="utf-8").strip()).make_kek(label)
    print(f"{token}/{label}")


def _intake() -> str:
    server = LocalSettings().postgres or stack.status(Home.find())["postgres"]
    if server is None:
        raise Refusal(
            "no-database",
            ko="데이터베이스가 없습니다. --dsn으로 주소를 적어 주십시오.",
            en="There is no database here. Give its address with --dsn.",
        )
    return f"{server.rpartition('/')[0]}/ieum_intake"
