"""Services, mail sink and sign-in provider as processes: how they start, and whether they are ready."""

from __future__ import annotations

import hashlib
import json
import smtplib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

import httpx

from ieum.common.local.names import MAIL, SERVICES, SIGN_IN
from ieum.common.local.processes import Process, spawn
from ieum.common.local.records import Record
from ieum.common.local.settings import LocalSettings, inherited

if TYPE_CHECKING:
    from pathlib import Path

    from ieum.common.local.home import Home

START_SECONDS = 60
STOP_SECONDS = 10
PROBE_SECONDS = 2.0
HOST = "127.0.0.1"
_MODULES = {MAIL: "ieum.notify.sink", SIGN_IN: "ieum.common.local.provider"}
_READY = {SIGN_IN: "/.well-known/openid-configuration"}


class Running(Record):
    """A process that `up` started: what to know to find, ask and stop it."""

    name: str
    pid: int
    started: str
    port: int
    environment: str
    """A digest of what it was started with: another one means that it must be started anew."""

    @property
    def process(self) -> Process:
        """The process, alive or not."""
        return Process(self.pid, self.started)

    @property
    def url(self) -> str:
        """Where it answers: HTTP, for the mail sink SMTP."""
        return f"{HOST}:{self.port}" if self.name == MAIL else f"http://{HOST}:{self.port}"

    def is_ready(self) -> bool:
        """Whether it runs and says that it is ready."""
        if not self.process.alive:
            return False
        if self.name == MAIL:
            return _takes_mail(self.port)
        return _is_ready(f"{self.url}{_READY.get(self.name, '/readyz')}")


@dataclass(frozen=True)
class Addresses:
    """What services are told: host:port list, a superuser's DSN, host:port of SMTP, and matching's URL.

    A message says where to answer it: at matching, wherever it runs. None: at its documented port.
    `sign_in` is the issuer by which people sign in; None: nobody does by browser.
    """

    kafka: str
    postgres: str
    smtp: str
    matching: str | None = None
    sign_in: str | None = None
    services: Mapping[str, str] = field(default_factory=dict)
    """Each service's URL: there is no ingress here, so that each is an origin of its own."""


def service_environment(
    home: Home, name: str, addresses: Addresses, *, prefix: str = "ieum"
) -> dict[str, str]:
    """The `IEUM_*` variables of one service, but its port."""
    settings = LocalSettings()
    password = (home.secrets / f"postgres_{name}").read_text().strip()
    environment = {
        "IEUM_KAFKA": addresses.kafka,
        "IEUM_DATABASE": service_dsn(addresses.postgres, f"{prefix}_{name}", password),
        "IEUM_SECRETS": str(home.secrets),
        "IEUM_CITY": settings.city,
        "IEUM_CITIES": str(settings.cities or home.cities),
        "IEUM_MODE": "development",
        "IEUM_HOST": HOST,
        "IEUM_REPLICA": "0",
    }
    own = {"notify": _of_notify, "intake": _of_intake}.get(name, _of_others)(addresses)
    return environment | _ways(name, addresses.services) | own


def _ways(name: str, urls: Mapping[str, str]) -> dict[str, str]:
    """The way to sign in at intake, and intake's ways back."""
    if name == "intake":
        others = [url for other, url in urls.items() if other != name]
        return {"IEUM_RETURN_ORIGINS": json.dumps(others)} if others else {}
    return {"IEUM_SIGN_IN_ORIGIN": urls["intake"]} if "intake" in urls else {}


def _of_others(_: Addresses) -> dict[str, str]:
    return {}


def _of_intake(addresses: Addresses) -> dict[str, str]:
    return {"IEUM_OIDC_ISSUER": addresses.sign_in} if addresses.sign_in else {}


def _of_notify(addresses: Addresses) -> dict[str, str]:
    public_url = LocalSettings().public_url or addresses.matching
    return {"IEUM_SMTP": addresses.smtp} | ({"IEUM_PUBLIC_URL": public_url} if public_url else {})


def service_dsn(superuser_dsn: str, role: str, password: str) -> str:
    """The DSN of a service's own database as its application role, on the superuser's server."""
    parts = urlsplit(superuser_dsn)
    server = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{server}", path=f"/{role}"))


def mail_environment(home: Home) -> dict[str, str]:
    """The variables of the mail sink, but its port."""
    return {"IEUM_SINK_DIR": str(home.mail), "IEUM_SINK_HOST": HOST}


def launch(home: Home, name: str, environment: dict[str, str], port: int) -> Running:
    """Start one of the processes; it is not ready yet."""
    module = _MODULES.get(name, f"ieum.{name}")
    variable = "IEUM_SINK_PORT" if name == MAIL else "IEUM_PORT"
    process = spawn(
        [sys.executable, "-m", module],
        log=log_of(home, name),
        env=inherited() | environment | {variable: str(port), "PYTHONUNBUFFERED": "1"},
        cwd=home.root,
    )
    return Running(
        name=name, pid=process.pid, started=process.started, port=port, environment=digest(environment)
    )


def log_of(home: Home, name: str) -> Path:
    """The log of a service, of the mail sink, of the sign-in provider or of a server."""
    servers = {"kafka": home.kafka, "postgres": home.postgres}
    return servers[name] / "server.log" if name in servers else home.run / f"{name}.log"


def known_logs() -> tuple[str, ...]:
    """The names `log_of` takes."""
    return (*SERVICES, MAIL, SIGN_IN, "kafka", "postgres")


def digest(environment: dict[str, str]) -> str:
    """A digest of an environment; it tells nothing of the passwords in it."""
    return hashlib.sha256(json.dumps(environment, sort_keys=True).encode()).hexdigest()


def _is_ready(url: str) -> bool:
    try:
        # trust_env: a proxy set for the internet must not be asked for this machine.
        with httpx.Client(trust_env=False, timeout=PROBE_SECONDS) as client:
            return client.get(url).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _takes_mail(port: int) -> bool:
    try:
        with smtplib.SMTP(HOST, port, timeout=PROBE_SECONDS) as client:
            return client.noop()[0] == 250  # noqa: PLR2004 - RFC 5321, section 4.2.3: done
    except (OSError, smtplib.SMTPException):
        return False
