"""A day in a query, as it is written and not as a number: pydantic takes `0` for 1 January 1970."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

# Of years in which a Korean day has a beginning in UTC, with room on both sides.
PATTERN = r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$"
_WRITTEN = re.compile(PATTERN)


def _written(value: object) -> object:
    if isinstance(value, str) and not _WRITTEN.search(value):
        raise PydanticCustomError(
            "wrong-type",
            "the wrong kind of value",
            {"ko": "날짜는 2026-11-22와 같이 적어 주십시오.", "en": "A day is written like 2026-11-22."},
        )
    return value


Day = Annotated[
    date,
    BeforeValidator(_written),
    WithJsonSchema({"type": "string", "format": "date", "pattern": PATTERN}),
]
"""A day of the calendar (RFC 3339, full-date)."""
