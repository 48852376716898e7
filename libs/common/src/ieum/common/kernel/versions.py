"""Nobody overwrites what they have not seen: an edit names the version it was made from."""

from __future__ import annotations

from ieum.common.kernel.errors import Refusal


def check_version(seen: int, present: int) -> None:
    """Raise Refusal 412 `version-stale` where somebody changed it since."""
    if seen != present:
        raise stale()


def stale() -> Refusal:
    """412: what the caller saw is not what is there now."""
    return Refusal(
        "version-stale",
        ko="그사이 내용이 바뀌었습니다. 다시 확인하신 뒤 고쳐 주십시오.",
        en="It was changed since you saw it. Please look again before you change it.",
        status=412,
    )
