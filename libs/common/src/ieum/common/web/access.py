"""Who may do what: `access.yaml` read once, and asked by every route (개인정보 보호법 29, 안전조치 기준 5).

A cell says `no`, or how far a role reaches. `no` is answered here, by 401 or 403; the rest by the features
and, underneath, by row-level security.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

Column = Literal["public", "citizen", "staff", "official", "workplace", "operator", "auditor"]
Scope = Literal["no", "any", "own", "agency", "entitled", "masked", "met", "code"]
Row = Mapping[str, Scope]

FILE = Path(__file__).with_name("access.yaml")
COLUMNS: tuple[str, ...] = get_args(Column)
SCOPES: tuple[str, ...] = get_args(Scope)
EVERY = "every"
"""The section of what all services have; its paths leave out the service."""


class AccessFileInvalid(ValueError):
    """The file does not say what it must."""


def read(text: str) -> dict[str, dict[str, Row]]:
    """Section → operation (`GET /people/{id}`) → column → scope; raises AccessFileInvalid."""
    return {
        section: {name: _row(f"{section}: {name}", cells) for name, cells in (rows or {}).items()}
        for section, rows in yaml.safe_load(text).items()
    }


@cache
def table() -> Mapping[str, Mapping[str, Row]]:
    """The file of this installation."""
    return read(FILE.read_text(encoding="utf-8"))


def row(service: str, operation_: str) -> Row | None:
    """The row of a service's operation; None where the file has none."""
    return table().get(service, {}).get(operation_) or table()[EVERY].get(operation_)


def allowed(service: str, operation_: str) -> tuple[bool, frozenset[str]] | None:
    """Whether the public is let in, and which roles; None where the file has no row."""
    found = row(service, operation_)
    if found is None:
        return None
    return found["public"] != "no", frozenset(name for name in COLUMNS[1:] if found[name] != "no")


def operation(method: str, path: str | None, service: str) -> str:
    """An operation as the file names it: the path without its service, `/` for the service itself."""
    return f"{method} {(path or '').removeprefix(f'/{service}') or '/'}"


def differences(service: str, operations: Iterable[str]) -> tuple[list[str], list[str]]:
    """Operations of a service that have no row, and rows of it that have no operation."""
    there, section = set(operations), table().get(service, {})
    missing = sorted(one for one in there if row(service, one) is None)
    return missing, sorted(set(section) - there)


def _row(name: str, cells: object) -> Row:
    if not isinstance(cells, list) or len(cells) != len(COLUMNS):
        raise AccessFileInvalid(f"{name}: one cell for each of {', '.join(COLUMNS)}")
    said: list[Any] = [
        "no" if cell is False else cell for cell in cells
    ]  # YAML 1.1 reads a bare `no` as false
    if unknown := [cell for cell in said if cell not in SCOPES]:
        raise AccessFileInvalid(f"{name}: unknown scope {unknown[0]!r}")
    return dict(zip(COLUMNS, said, strict=True))
