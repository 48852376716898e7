"""What the environment tells matching beside what every service is told."""

from __future__ import annotations

from pydantic import Field

from ieum.common.service.settings import ServiceSettings


class MatchingSettings(ServiceSettings):
    """Environment variables `IEUM_…`."""

    port: int = 8001
    clearing_seconds_max: float = Field(default=120.0, gt=0)
    """How long one computation of a round may take before it is given up; it can be asked for again."""
