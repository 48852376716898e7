"""The figures as a table for people and as JSON for machines."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from .aims import AIMS


@dataclass(frozen=True)
class Figure:
    """One measured figure, and all that it was made of."""

    name: str
    value: float
    parts: dict[str, Any]

    @property
    def met(self) -> bool:
        """Whether the aim is met."""
        return AIMS[self.name].is_met(self.value)


def write(figures: list[Figure], path: Path) -> None:
    """The JSON: machine, moment, figures with aims and parts."""
    machine = {"cores": os.cpu_count(), "system": platform.platform(), "python": sys.version.split()[0]}
    body = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {**machine, "load": [round(each, 2) for each in os.getloadavg()]},
        "figures": [{**asdict(f), "aim": asdict(AIMS[f.name]), "met": f.met} for f in figures],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def show(figures: list[Figure]) -> None:
    """The table, with the aim and whether it is met."""
    table = Table("figure", "measured", "aim", "met", "later aim")
    for figure in figures:
        aim = AIMS[figure.name]
        later = "" if aim.later is None else f"{aim.later:g} {aim.unit}"
        met = "[green]yes" if figure.met else "[red]NO"
        bound, value = f"{aim.sense} {aim.bound:g} {aim.unit}", f"{figure.value:.3g} {aim.unit}"
        table.add_row(aim.what, value, bound, met, later)
    Console(width=130).print(table)
