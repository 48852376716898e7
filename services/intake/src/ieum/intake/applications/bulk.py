"""Many applications in one request, each decided by itself: the good ones stay, the others are explained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.web.idempotency import KEPT
from ieum.intake.applications import store
from ieum.intake.applications.domain import Shown, Submission
from ieum.intake.applications.submitting import apply_all

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

CHUNK_LINES = 500
"""Decided and sealed in one go; between two, other requests have their turn."""
Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the request, from 1: what it asks for, or the result that its own words got it."""

    number: int
    asked: Submission | Result


async def apply_lines(tx: Tx, lines: Sequence[Line]) -> tuple[UUID, list[Result]]:
    """Submit the good lines; gives the id under which the results are kept, and the results in order."""
    results = {line.number: line.asked for line in lines if isinstance(line.asked, dict)}
    good = [(line.number, line.asked) for line in lines if isinstance(line.asked, Submission)]
    for start in range(0, len(good), CHUNK_LINES):
        chunk = good[start : start + CHUNK_LINES]
        made = await apply_all(tx, [(tx, asked) for _, asked in chunk])
        results |= {number: _result(number, one) for (number, _), one in zip(chunk, made, strict=True)}
    id_ = new_id(tx.now)
    ordered = [results[line.number] for line in lines]
    await store.insert_bulk(tx, id_, tx.actor.agency or "", ordered)
    return id_, ordered


async def results(tx: Tx, id_: UUID) -> list[Result]:
    """What became of a request; raises LookupError."""
    return await store.bulk(tx, id_)


async def delete_expired(tx: Tx) -> int:
    """Delete the results that no key asks for any more; gives how many requests'."""
    return await store.delete_bulk(tx, tx.now - KEPT)


def _result(number: int, made: Shown | Refusal) -> Result:
    if isinstance(made, Shown):
        return {
            "line": number,
            "status": 201,
            "id": str(made.application.id),
            "receipt": made.application.receipt,
        }
    return refused(number, made.status, made.code, ko=made.ko, en=made.en, pointer=made.pointer)


def refused(number: int, status: int, code: str, *, ko: str, en: str, pointer: str | None = None) -> Result:
    """Why a line was turned away; never a value of it."""
    where = {"pointer": pointer} if pointer else {}
    return {"line": number, "status": status, "code": code, **where, "ko": ko, "en": en}
