"""Postgres as a plain process on 127.0.0.1, with scram passwords, fsync on and no Unix socket."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal
from ieum.common.local import ports
from ieum.common.local.postgres_programs import find_programs, server_user
from ieum.common.local.processes import account, spawn, tail
from ieum.common.local.records import Record, ServerRecord
from ieum.common.local.server import LocalServer
from ieum.common.local.waiting import run_blocking

if TYPE_CHECKING:
    from ieum.common.local.postgres_programs import Programs
    from ieum.common.local.processes import Process

DEFAULT_PORT = 5432
SUPERUSER = "postgres"
SHARED_TEMPORARY = Path("/var/tmp")  # noqa: S108 - mkdtemp makes an unguessable folder of mode 0700 in it

# fsync, full_page_writes and synchronous_commit stay on, as in production: `kill -9` must lose nothing.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # paths of sockets are limited to 107 bytes, and nobody needs one
    "max_connections": "200",
    "shared_buffers": "64MB",
    "min_wal_size": "64MB",
    "max_wal_size": "512MB",
    "wal_recycle": "off",  # a segment that is used again holds what it held until it is overwritten
    "wal_keep_size": "0",  # a destroyed key lives on in WAL that is kept
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_statement": "none",
    "log_min_error_statement": "panic",  # a statement's values are personal data; they stay out of the log
    "log_parameter_max_length_on_error": "0",
}


class Place(Record):
    """Where the data lie, and the superuser's password."""

    folder: Path
    password: str


class PostgresServer(LocalServer):
    """A database server.

    Where the caller is root the server runs as an unprivileged account, and its data (with a copy of the
    programs where that account cannot reach them) lie in a folder of its own in /var/tmp: no parent folder
    is opened to anybody. Stopping is "fast": sessions are ended.
    """

    name = "Postgres"
    stop_signal = signal.SIGINT

    def __init__(self, folder: Path, *, port: int | None = DEFAULT_PORT) -> None:
        super().__init__(folder, port=port)
        self._place_path = folder / "place.json"

    @property
    def dsn(self) -> str:
        """The superuser's DSN."""
        record, place = self._started(), Place.load(self._place_path)
        if place is None:
            raise RuntimeError("this Postgres has no place")
        return f"postgresql://{SUPERUSER}:{place.password}@127.0.0.1:{record.port}/postgres"

    @property
    def data(self) -> Path | None:
        """The folder of its data; None before it first started."""
        place = Place.load(self._place_path)
        return place.folder / "data" if place else None

    def _serves(self) -> bool:
        return run_blocking(lambda: serves(self.dsn))

    def remove(self) -> None:
        """Kill it and delete its data, wherever they lie."""
        self.kill()
        place = Place.load(self._place_path)
        if place:
            shutil.rmtree(place.folder, ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self) -> Process:
        self.folder.mkdir(parents=True, exist_ok=True)
        place = self._place()
        data = place.folder / "data"
        version = data / "PG_VERSION"
        major = int(version.read_text()) if version.exists() else None
        user = server_user()
        programs = find_programs(major).for_user(user, place.folder / "programs")
        if major is None:
            self._initialise(programs, place)
        before = self.record
        record = ServerRecord(port=ports.choose(before.port if before else self._preferred_port))
        options = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(record.port)}.items()]
        command = [str(programs.bin / "postgres"), "-D", str(data), *options]
        process = spawn(command, log=self.log, cwd=place.folder, user=user)
        record.now_running(process).save(self._record_path)
        return process

    def _place(self) -> Place:
        """The place made before, where it is still there, else a new one."""
        place = Place.load(self._place_path)
        if place and place.folder.is_dir():
            return place
        user = server_user()
        folder = self.folder.resolve() if user is None else _own_folder(self.folder)
        if user:
            os.chown(folder, user.uid, user.gid)
        place = Place(folder=folder, password=secrets.token_urlsafe(24))
        place.save(self._place_path)
        return place

    def _initialise(self, programs: Programs, place: Place) -> None:
        """`initdb` into a draft folder that gets its name when it is whole."""
        draft, user = place.folder / "draft", server_user()
        shutil.rmtree(draft, ignore_errors=True)
        # C.UTF-8: any other C locale would leave Korean without trigrams.
        options = ["--locale=C.UTF-8", "--encoding=UTF8", "--auth=scram-sha-256", f"--username={SUPERUSER}"]
        with tempfile.NamedTemporaryFile("w", dir=place.folder) as password, self.log.open("ab") as log:
            password.write(place.password)
            password.flush()
            if user:
                os.fchown(password.fileno(), user.uid, user.gid)
            command = [str(programs.bin / "initdb"), "-D", str(draft), f"--pwfile={password.name}", *options]
            result = subprocess.run(
                command, stdout=log, stderr=log, check=False, cwd=place.folder, **account(user)
            )
        if result.returncode:
            raise _initdb_failed(self.log)
        draft.rename(place.folder / "data")


async def serves(dsn: str) -> bool:
    """Whether a server there takes the password and answers a query."""
    import asyncpg

    try:
        connection = await asyncpg.connect(dsn, timeout=3)
    except (asyncpg.PostgresError, OSError, TimeoutError):
        return False
    try:
        return bool(await connection.fetchval("select 1") == 1)
    except (asyncpg.PostgresError, OSError):
        return False
    finally:
        connection.terminate()


def _own_folder(folder: Path) -> Path:
    """A new folder of mode 0700 outside the home, whose name says whose it is."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]
    return Path(tempfile.mkdtemp(prefix=f"ieum-{digest}-", dir=SHARED_TEMPORARY))


def _initdb_failed(log: Path) -> Refusal:
    return Refusal(
        "initdb-failed",
        ko=f"Postgres의 자료 폴더를 만들지 못했습니다. 기록은 {log} 파일에 있습니다.",
        en=f"Postgres's data folder could not be made; the log ends with:\n{tail(log)}",
        status=503,
    )
