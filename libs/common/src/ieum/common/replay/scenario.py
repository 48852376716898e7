"""A scenario: events without anybody's data, one JSON object a line, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from ieum.common.kernel.errors import Refusal


class Attributes(BaseModel):
    """What a scenario keeps of an event's CloudEvents attributes; source and position are made anew."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: UUID
    type: str
    subject: str
    sequence: int
    time: datetime
    correlation: str
    causation: str | None = None


class Recorded(BaseModel):
    """One event. `data["private"]` holds synthetic plain objects by record class, about `person`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: str
    key: str
    headers: Attributes
    person: UUID | None = None
    data: dict[str, Any]


def write(path: Path, events: Iterable[Recorded]) -> None:
    """Write a scenario file."""
    lines = [event.model_dump_json(exclude_none=True) + "\n" for event in events]
    path.write_text("".join(lines), encoding="utf-8")


def read(path: Path) -> list[Recorded]:
    """Read a scenario file; refuses one that is none, with the line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            found.append(Recorded.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = "/".join(map(str, first["loc"]))
            raise Refusal(
                "scenario-invalid",
                ko=f"{path.name} {number}행을 이벤트로 읽을 수 없습니다: {where}.",
                en=f"{path.name}, line {number} is no event of a scenario: {first['msg']} at {where!r}.",
            ) from None
    return found
