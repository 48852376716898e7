"""Why a market is turned away: every defect has a code, a sentence in both languages and a JSON Pointer."""

from __future__ import annotations

from ieum.common.kernel.errors import Refusal

SENTENCES: dict[str, tuple[str, str]] = {
    "bad-json": ("JSON 문서로 읽을 수 없습니다", "This cannot be read as a JSON document"),
    "duplicate-key": ("같은 이름의 항목이 두 번 있습니다", "A key stands twice in one object"),
    "missing-field": ("필요한 항목이 없습니다", "A field is missing"),
    "unknown-field": ("형식에 없는 항목입니다", "The format has no such field"),
    "wrong-type": ("값의 종류가 맞지 않습니다", "The value is of the wrong type"),
    "number-out-of-range": ("정수가 2^53-1을 넘습니다", "The integer is beyond 2^53 - 1"),
    "bad-text": ("빈 글이거나 유니코드가 아닌 글입니다", "The text is empty or no Unicode"),
    "unknown-format": ("ieum-market/1 형식이 아닙니다", "The format is not ieum-market/1"),
    "unknown-mechanism": ("알 수 없는 배정 방식입니다", "The mechanism is unknown"),
    "bad-seed": ("추첨 씨앗값이 16진수가 아닙니다", "The seed is no hexadecimal text of whole bytes"),
    "duplicate-id": ("같은 식별자가 두 번 있습니다", "An id stands twice"),
    "duplicate-choice": ("같은 자리를 두 번 희망했습니다", "An opening is chosen twice"),
    "duplicate-group": ("같은 집단이 두 번 있습니다", "A group stands twice"),
    "duplicate-priority": (
        "한 신청자의 우선순위가 두 번 있습니다",
        "An applicant stands in the priorities twice",
    ),
    "unknown-opening": ("희망한 자리가 목록에 없습니다", "A choice names no opening"),
    "unknown-applicant": ("우선순위의 신청자가 목록에 없습니다", "A priority names no applicant"),
    "unknown-kind": ("알 수 없는 우선순위 종류입니다", "The kind of priorities is unknown"),
    "unknown-unfilled": ("unfilled는 open 또는 empty여야 합니다", "`unfilled` must be open or empty"),
    "negative-capacity": ("정원이 0보다 작습니다", "A capacity is below 0"),
    "negative-places": ("우선 배정 자리 수가 0보다 작습니다", "The number of reserved places is below 0"),
    "negative-quota": ("상한이 0보다 작습니다", "A quota is below 0"),
    "negative-minimum": ("최소 인원이 0보다 작습니다", "A minimum is below 0"),
    "reserves-exceed-capacity": (
        "우선 배정 자리의 합이 정원을 넘습니다",
        "The reserved places exceed the capacity",
    ),
    "overlapping-quotas": (
        "배정될 수 있는 신청자 한 명이 상한이 있는 집단 두 곳에 속합니다",
        "An acceptable applicant belongs to two groups with quotas",
    ),
}


def refusal(code: str, pointer: str, what: str = "") -> Refusal:
    """Make the refusal for a defect of `SENTENCES`, naming what is wrong and where (RFC 6901)."""
    ko, en = SENTENCES[code]
    detail = f": {what}" if what else ""
    return Refusal(code, ko=f"{ko}{detail}.", en=f"{en}{detail}.", pointer=pointer)
