"""When two registrations may become one, and when that may be undone. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from ieum.common.kernel.errors import Refusal

Reason = Literal["same-phone", "same-name-and-birth-date", "said-by-person", "document-seen"]
"""How staff knew; a code, so that no words about a person are kept in clear."""


class Registration(Protocol):
    """What the rules ask of a person's row."""

    @property
    def id(self) -> UUID:
        """Which one."""

    @property
    def erased_at(self) -> datetime | None:
        """When they asked to be forgotten."""

    @property
    def merged_into(self) -> UUID | None:
        """Who they are, where they were merged."""


@dataclass(frozen=True)
class Merge:
    """One merging, undone or not; `attached_at`: since when something new hangs on the survivor."""

    id: UUID
    merged: UUID
    survivor: UUID
    reason: Reason
    staff: str
    agency: str | None
    merged_at: datetime
    attached_at: datetime | None = None
    undone_at: datetime | None = None
    undone_by: str | None = None

    @property
    def undoable(self) -> bool:
        """Whether it can still be undone."""
        return self.undone_at is None and self.attached_at is None


def check(
    merged: Registration, survivor: Registration, *, absorbed: bool, both_applied: Collection[str]
) -> None:
    """Whether one may be merged into the other; raises Refusal 409 (or 422 for one and the same).

    `absorbed`: others were merged into the first; `both_applied`: programmes with a live application of each.
    """
    if merged.id == survivor.id:
        raise _refused(
            "merge-self",
            ko="같은 등록끼리는 합칠 수 없습니다.",
            en="A registration cannot be merged into itself.",
            status=422,
        )
    if merged.erased_at or survivor.erased_at:
        raise _refused(
            "person-erased",
            ko="파기를 요청하신 분의 등록은 합칠 수 없습니다.",
            en="Somebody who asked to be forgotten cannot be merged.",
        )
    if merged.merged_into or survivor.merged_into:
        raise _refused(
            "person-merged",
            ko="이미 다른 등록과 합쳐진 분입니다. 남은 등록을 골라 주시기 바랍니다.",
            en="One of them was merged already; please choose the registration that remains.",
        )
    if absorbed:
        raise _refused(
            "person-absorbed",
            ko="이미 다른 등록을 합쳐 받은 분입니다. 이분 쪽으로 합쳐 주시기 바랍니다.",
            en="Others were merged into this person; please merge towards them.",
        )
    if both_applied:
        raise _refused(
            "both-applied",
            ko="두 등록이 같은 사업에 신청되어 있습니다. 한 신청을 취소한 뒤 합쳐 주시기 바랍니다.",
            en="Both have applied to the same programme; please withdraw one application first.",
        )


def check_undo(merge: Merge) -> None:
    """Whether a merging may be undone; raises Refusal 409."""
    if merge.attached_at:
        raise _refused(
            "merge-in-use",
            ko="합친 뒤 새 신청이나 기록이 붙어 되돌릴 수 없습니다.",
            en="Something new was attached since; this can no more be undone.",
        )


def _refused(code: str, *, ko: str, en: str, status: int = 409) -> Refusal:
    return Refusal(code, ko=ko, en=en, status=status, pointer="/into" if status == 422 else None)  # noqa: PLR2004
