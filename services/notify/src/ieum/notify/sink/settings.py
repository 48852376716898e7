"""The sink's settings: `IEUM_SINK_PORT`, `IEUM_SINK_DIR`, `IEUM_SINK_HOST`, `IEUM_SINK_FAULTS`."""

from __future__ import annotations

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class SinkSettings(BaseSettings):
    """Where the sink listens, where it keeps what it takes, and what it does wrong."""

    model_config = SettingsConfigDict(env_prefix="IEUM_SINK_")

    host: str = "127.0.0.1"
    port: int = 8025
    dir: Path = Path(".ieum/mail")
    faults: str = ""
    """A fault plan as `ieum.notify.sink.faults` has it; empty: none."""
