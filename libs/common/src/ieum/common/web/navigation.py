"""The one navigation that every page shows, read from navigation.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from ieum.common.web.texts import Text


@dataclass(frozen=True)
class Entry:
    """One service in the navigation: its id, where it begins, its name and what it does."""

    id: str
    path: str
    name: Text
    summary: Text


@cache
def navigation() -> tuple[Entry, ...]:
    """All entries in their order."""
    text = Path(__file__).with_name("navigation.yaml").read_text(encoding="utf-8")
    return tuple(
        Entry(item["id"], item["path"], Text(item["ko"], item["en"]), Text(**item["summary"]))
        for item in yaml.safe_load(text)
    )
