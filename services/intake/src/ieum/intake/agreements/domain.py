"""What an agreement says, and whether it holds for a referral on a day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ieum.common.kernel.errors import Refusal
from ieum.intake.consents.domain import FIELDS


@dataclass(frozen=True)
class Agreement:
    """One agency may refer to another for these needs, from `since` to `until` (KST, both included).

    `basis` names the article that allows it; `shares` what the other agency may see of everybody whom the
    first one serves (개인정보 보호법 17(2): recipient, purpose, items, period). `sequence` is the version:
    1 signed, 2 ended before its time.
    """

    id: UUID
    from_agency: str
    to_agency: str
    needs: Sequence[str]
    purpose: str
    basis: str
    since: date
    until: date
    sequence: int
    signed_at: datetime
    shares: Sequence[str] = ()

    def allows(self, from_agency: str, to_agency: str, need: str, day: date) -> bool:
        """Whether a referral of that day between these two agencies for that need may rest on it."""
        between = (self.from_agency, self.to_agency) == (from_agency, to_agency)
        return between and need in self.needs and self.since <= day <= self.until


def check(from_agency: str, to_agency: str, since: date, until: date) -> None:
    """Raise Refusal `agreement-with-oneself` or `agreement-days`."""
    if from_agency == to_agency:
        raise Refusal(
            "agreement-with-oneself",
            ko="서로 다른 두 기관이 맺어야 합니다.",
            en="An agreement is between two agencies.",
            pointer="/to_agency",
        )
    if until < since:
        raise Refusal(
            "agreement-days",
            ko="종료일이 시작일보다 빠릅니다.",
            en="The last day lies before the first.",
            pointer="/until",
        )


def check_shares(shares: Sequence[str], from_agency: str, by: str | None) -> None:
    """Whoever gives says what may be seen; raises Refusal `shares-unknown`, 403 `shares-of-another`."""
    if not FIELDS.issuperset(shares):
        raise Refusal(
            "shares-unknown",
            ko="제공할 수 없는 항목이 있습니다.",
            en="One of the items is not held, so it cannot be shared.",
            pointer="/shares",
        )
    if shares and by != from_agency:
        raise Refusal(
            "shares-of-another",
            ko="개인정보를 제공하는 기관의 담당 공무원만 제공 항목을 정할 수 있습니다.",
            en="Only an official of the agency that gives the data says what is shared.",
            status=403,
            pointer="/shares",
        )


def ended(agreement: Agreement, last_day: date, today: date) -> None:
    """Raise Refusal 409 `agreement-ended`, or `agreement-last-day` for a day it may not end on.

    It may end today or later, and not before its first day: what was referred under it stays as it was.
    """
    if agreement.until < today:
        raise Refusal(
            "agreement-ended",
            ko="이미 끝난 협약입니다.",
            en="This agreement has ended already.",
            status=409,
        )
    if not max(today, agreement.since) <= last_day <= agreement.until:
        raise Refusal(
            "agreement-last-day",
            ko="종료일은 오늘(시작 전이면 협약 시작일)부터 협약 종료일 사이여야 합니다.",
            en="The last day lies between today (or a later first day) and the day it would end.",
            pointer="/last_day",
        )
