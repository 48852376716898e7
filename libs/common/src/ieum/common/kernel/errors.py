"""How work can end other than well: refused, never, or not yet."""

from __future__ import annotations


class Refusal(Exception):
    """A command that the rules turn away, with its reason for the person who asked.

    Over HTTP it becomes a problem document (RFC 9457); in a consumer the record is parked.
    """

    def __init__(self, code: str, *, ko: str, en: str, status: int = 422, pointer: str | None = None) -> None:
        """Take a kebab-case code, the sentence in both languages, the HTTP status and a JSON Pointer."""
        super().__init__(f"{code}: {en}")
        self.code = code
        self.ko = ko
        self.en = en
        self.status = status
        self.pointer = pointer
        self.others: tuple[Refusal, ...] = ()
        """What else is wrong with the same request, told beside it."""


class Stale(Refusal):
    """412: somebody changed it since the version that the caller has read."""

    def __init__(self) -> None:
        super().__init__(
            "stale",
            ko="그사이 내용이 바뀌었습니다. 새로 불러온 뒤 다시 시도해 주십시오.",
            en="It has changed since. Please load it again and repeat.",
            status=412,
        )


class Terminal(Exception):
    """This will never succeed, however often it is tried; the reason goes to the dead letters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Retryable(Exception):
    """This may succeed later: something it needs is away."""
