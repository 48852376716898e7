"""What the environment tells notify beside what every service is told."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ieum.common.service.settings import ServiceSettings


class NotifySettings(ServiceSettings):
    """Environment variables `IEUM_…`; the provider's password is the secret file `smtp_password`."""

    port: int = 8002
    smtp: str = "127.0.0.1:8025"
    """The provider, host:port."""
    smtp_security: Literal["none", "starttls", "tls"] = "none"
    smtp_username: str | None = None
    smtp_connections: int = Field(default=2, ge=1, le=16)
    smtp_timeout_seconds: float = Field(default=20.0, gt=0)
    mail_from: str = "no-reply@ieum.example"
    """The address of the sender; the name shown is the city's."""
    public_url: str = "http://127.0.0.1:8001"
    """Where people reach Ieum, without a path: answers to proposals go there."""
    batch_max: int = Field(default=50, ge=1, le=50)
    lease_seconds: float = Field(default=30.0, ge=10)
    quiet_hours: bool | None = None
    """Whether messages wait from 21:00 to 08:00. Not given: in production, as a sink wakes nobody."""
