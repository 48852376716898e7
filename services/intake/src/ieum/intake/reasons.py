"""Why somebody looks at what is sealed: a query parameter, kept in clear with the record of access."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator

from ieum.common.kernel.forbidden import find_forbidden, refusal


def _allowed(reason: str) -> str:
    """A reason is kept in clear: nobody's number may be in it."""
    if found := find_forbidden(reason):
        raise refusal(found.kind)
    return reason


_REASON = Query(min_length=2, max_length=200, description="왜 보는지 / why", examples=["상담 준비"])
Reason = Annotated[str, AfterValidator(_allowed), _REASON]
OptionalReason = Annotated[Annotated[str, AfterValidator(_allowed)] | None, _REASON]
