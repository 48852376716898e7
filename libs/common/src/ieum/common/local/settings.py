"""What the environment may say to the tools that run a local stack."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from ieum.common.service.settings import MOUNTED


class LocalSettings(BaseSettings):
    """Addresses of servers that are there already, and where to look for what starts one.

    `kafka` is a host:port list, `postgres` the DSN of a superuser; each is None where a server of our own
    is to be started. `secrets` is the folder of secret files, where they are not our own. `public_url` is
    where people reach Ieum, where that is not matching's own address; `oidc_issuer` a sign-in provider that
    is there already.
    """

    model_config = SettingsConfigDict(
        env_prefix="IEUM_", extra="ignore", secrets_dir=MOUNTED if MOUNTED.is_dir() else None
    )

    kafka: str | None = None
    postgres: str | None = None
    home: Path | None = None
    secrets: Path | None = None
    city: str = "daegu"
    cities: Path | None = None
    public_url: str | None = None
    oidc_issuer: str | None = None
    java_home: Path | None = Field(default=None, validation_alias="JAVA_HOME")


def inherited() -> dict[str, str]:
    """This process's environment for a service to inherit, without the superuser's DSN."""
    return {name: value for name, value in os.environ.items() if name != "IEUM_POSTGRES"}
