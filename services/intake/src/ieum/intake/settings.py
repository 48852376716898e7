"""What the environment tells intake beside what every service is told."""

from __future__ import annotations

from pydantic import Field

from ieum.common.service.settings import ServiceSettings


class IntakeSettings(ServiceSettings):
    """Environment variables `IEUM_…`."""

    port: int = 8000
    import_bytes_max: int = Field(default=32 * 1024 * 1024, ge=1024)
    """The largest file of an import."""
    keys_sweep_hours: int = Field(default=24, ge=1)
    """How often an operator's timer runs `ieum keys sweep`."""
    backup_days: int = Field(default=30, ge=0)
    """How long a backup of intake's database, or archived WAL, is kept; 0: there is none."""
    document_bytes_max: int = Field(default=10 * 1024 * 1024, ge=1024, le=100 * 1024 * 1024)
    """The largest file that is attached to a draft or an application."""
    documents_max: int = Field(default=10, ge=1, le=100)
    """How many files may be attached to one."""
