"""The two languages of every answer: which a reader prefers, and sentences for what HTTP itself refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["ko", "en"]


@dataclass(frozen=True)
class Text:
    """One sentence in Korean and in English."""

    ko: str
    en: str

    def to(self, language: Language) -> str:
        """The sentence in one of the two."""
        return self.ko if language == "ko" else self.en


def preferred(accept_language: str) -> Language:
    """The language of an Accept-Language header (RFC 9110, 12.5.4); Korean unless English weighs more."""
    weights: dict[str, float] = {}
    for part in accept_language.split(","):
        tag, _, parameter = part.strip().partition(";")
        name = tag.strip().lower().split("-")[0]
        weights[name] = max(weights.get(name, 0.0), _weight(parameter))
    return "en" if weights.get("en", 0.0) > weights.get("ko", 0.0) else "ko"


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


TITLES: dict[int, Text] = {
    400: Text("잘못된 요청", "Bad request"),
    401: Text("로그인 필요", "Sign-in needed"),
    403: Text("권한 없음", "Not allowed"),
    404: Text("찾을 수 없음", "Not found"),
    405: Text("허용되지 않는 방법", "Method not allowed"),
    409: Text("충돌", "Conflict"),
    412: Text("이전 버전", "Stale version"),
    413: Text("너무 큰 요청", "Request too large"),
    415: Text("지원하지 않는 형식", "Unsupported media type"),
    422: Text("처리할 수 없는 요청", "Request refused"),
    428: Text("버전 필요", "Version needed"),
    500: Text("내부 오류", "Internal error"),
    503: Text("잠시 이용할 수 없음", "Unavailable for now"),
}
_OTHER = Text("요청 거절", "Request refused")

_STATUS: dict[int, tuple[str, Text]] = {
    400: ("bad-request", Text("요청을 읽을 수 없습니다.", "The request could not be read.")),
    401: ("unauthenticated", Text("로그인이 필요합니다.", "Please sign in.")),
    403: ("forbidden", Text("이 작업을 할 권한이 없습니다.", "You may not do this.")),
    404: ("not-found", Text("요청하신 것을 찾을 수 없습니다.", "There is nothing here.")),
    405: (
        "method-not-allowed",
        Text("이 주소에서는 쓸 수 없는 방법입니다.", "This address has no such method."),
    ),
    413: ("body-too-large", Text("요청 본문이 너무 큽니다.", "The body of the request is too large.")),
    500: (
        "internal-error",
        Text(
            "처리 중 오류가 발생했습니다. 문의하실 때 상관 번호를 알려 주십시오.",
            "Something went wrong. Please quote the correlation id when you ask about it.",
        ),
    ),
    503: (
        "unavailable",
        Text(
            "지금은 처리할 수 없습니다. 잠시 후 다시 시도해 주십시오.",
            "Not available just now. Please try again shortly.",
        ),
    ),
}


def title(status: int) -> Text:
    """The short title of a problem of that HTTP status."""
    return TITLES.get(status, _OTHER)


def of_status(status: int) -> tuple[str, Text]:
    """Code and sentence for an answer that HTTP alone explains."""
    return _STATUS.get(
        status, ("refused", Text("요청을 처리할 수 없습니다.", "The request cannot be served."))
    )
