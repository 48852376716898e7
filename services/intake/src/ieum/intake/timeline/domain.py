"""What happened to a person: its order, its pages and its titles. Pure.

No words that anybody wrote: a moment says that something happened, its own page what was said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ieum.common.kernel.errors import Refusal
from ieum.intake.people.domain import Moment

Title = tuple[str, str]
"""Korean, English."""
TITLES: Mapping[str, Title] = {
    "registered": ("등록", "Registered"),
    "changed": ("정보 변경", "Details changed"),
    "merged": ("중복 등록 통합", "Registrations joined"),
    "unmerged": ("중복 등록 통합 취소", "Registrations parted again"),
    "consent-given": ("동의", "Consent given"),
    "consent-withdrawn": ("동의 철회", "Consent withdrawn"),
    "application-submitted": ("신청 접수", "Application submitted"),
    "application-ranked": ("심사 순위 산정", "Application ranked"),
    "application-ineligible": ("신청 자격 미충족", "Not eligible"),
    "application-proposed": ("자리 제안", "Place proposed"),
    "application-accepted": ("제안 수락", "Place accepted"),
    "application-declined": ("제안 거절", "Place declined"),
    "application-expired": ("제안 기한 만료", "Proposal expired"),
    "application-waiting": ("예비순번 부여", "On the waiting list"),
    "application-not-matched": ("미선정", "Not matched"),
    "application-started": ("참여 시작", "Place begun"),
    "application-completed": ("참여 완료", "Place completed"),
    "application-ended-early": ("중도 종료", "Ended early"),
    "application-withdrawn": ("신청 취소", "Application withdrawn"),
    "appeal-filed": ("이의신청 접수", "Appeal filed"),
    "appeal-overdue": ("이의신청 처리 기한 경과", "Answer to the appeal overdue"),
    "appeal-upheld": ("이의신청 인용", "Appeal upheld"),
    "appeal-dismissed": ("이의신청 기각", "Appeal dismissed"),
    "appeal-withdrawn": ("이의신청 취하", "Appeal withdrawn"),
    "case-report": ("사례 접수", "Case reported"),
    "case-overdue": ("사례 처리 기한 경과", "Case step overdue"),
    "case-handover": ("사례 담당자 인계", "Case handed over"),
    "case-advance": ("사례 진행", "Case moved on"),
    "case-assess": ("사례 상담·사정", "Case assessed"),
    "case-plan": ("사례 계획 수립", "Case planned"),
    "case-monitor": ("사례 점검", "Case monitored"),
    "case-follow-up": ("사례 사후관리", "Case followed up"),
    "case-close": ("사례 종결", "Case closed"),
    "case-reopen": ("사례 재개", "Case reopened"),
    "case-assign": ("사례 담당자 지정", "Case assigned"),
    "case-join": ("사례 대상자 추가", "Person joined the case"),
    "case-set-goal": ("사례 목표 설정", "Goal set"),
    "case-provide": ("서비스 제공", "Service provided"),
    "case-confer": ("사례회의", "Case conference"),
    "case-note": ("사례 기록 작성", "Case note written"),
    "referral-sent": ("의뢰 발송", "Referral sent"),
    "referral-received": ("의뢰 접수", "Referral received"),
    "referral-accepted": ("의뢰 수락", "Referral accepted"),
    "referral-returned": ("의뢰 반송", "Referral returned"),
    "referral-served": ("의뢰 서비스 제공", "Referral served"),
    "referral-closed": ("의뢰 종결", "Referral closed"),
    "referral-overdue": ("의뢰 처리 기한 경과", "Referral overdue"),
    "contact-visit": ("창구 방문", "Visit to a window"),
    "contact-call": ("전화", "Telephone call"),
    "contact-outreach": ("찾아가는 상담", "Outreach visit"),
    "contact-counselling": ("상담", "Counselling session"),
    "erasure-requested": ("개인정보 파기 요청", "Erasure requested"),
}
_CURSOR = re.compile(r"([0-9]{1,18})\.([a-z-]{1,40})\.([0-9a-f]{32})\.([0-9a-f-]{0,36})")
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECONDS = 1_000_000

Place = tuple[int, str, str, str]
"""Where a moment stands: microseconds since 1970, kind, id, event."""


def title(kind: str) -> Title:
    """What a kind is called; one that nobody named yet is called a record."""
    return TITLES.get(kind, ("기록", "Record"))


def place(moment: Moment) -> Place:
    """Its place in the order; no two moments of a person share one."""
    since = moment.at - _EPOCH
    microseconds = (since.days * 86_400 + since.seconds) * _MICROSECONDS + since.microseconds
    return microseconds, moment.kind, moment.id.hex, moment.event


def cursor(moment: Moment) -> str:
    """What asks for the page that follows a moment."""
    return "{}.{}.{}.{}".format(*place(moment))


def read_cursor(text: str) -> Place:
    """The place a cursor names; raises Refusal 400 `cursor-unknown`."""
    found = _CURSOR.fullmatch(text)
    if found is None:
        raise Refusal(
            "cursor-unknown",
            ko="다음 쪽을 찾을 수 없습니다. 처음부터 다시 조회해 주십시오.",
            en="There is no such page. Please begin again.",
            status=400,
        )
    return int(found[1]), found[2], found[3], found[4]


def page(moments: Iterable[Moment], after: Place | None, limit: int) -> tuple[Sequence[Moment], str | None]:
    """The newest `limit` moments older than `after`, newest first, and the cursor of what follows, if any."""
    placed = sorted(((place(one), one) for one in moments), key=lambda pair: pair[0], reverse=True)
    rest = [one for at, one in placed if after is None or at < after]
    shown = rest[:limit]
    return shown, cursor(shown[-1]) if len(rest) > limit else None
