"""Why a file is not taken, as it is found while looking into it. Pure, and light: the inspector loads it."""

from __future__ import annotations

from typing import Literal

Media = Literal["pdf", "jpeg", "png", "hwpx", "hwp", "docx", "xlsx"]
Why = Literal[
    "wrong-type", "name-differs", "damaged", "encrypted", "polyglot", "archive-bomb", "nested-file", "macro",
    "active-content", "external-content", "picture-too-large", "too-complex", "forbidden-number",
]  # fmt: skip


class Unfit(Exception):
    """The file is not taken; `kind` names the forbidden number where one was found, never the number."""

    def __init__(self, why: Why, kind: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.kind = kind
