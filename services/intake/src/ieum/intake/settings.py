"""What the environment tells intake beside what every service is told."""

from __future__ import annotations

from pydantic import Field

from ieum.common.service.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """Environment variables `IEUM_…`."""

    port: int = 8000
    import_bytes_max: int = Field(default=32 * 1024 * 1024, ge=1024)
    """The largest file of an import."""
