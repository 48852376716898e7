"""The lottery of a round, which nobody can rig: several parties commit to a part each, then reveal it. Pure.

The platform commits when the round opens, anybody else until applications close. Then the applicants' random
ids are fixed, with all that the market holds, by a digest on the log; and only then the parts are revealed,
the platform's last. Whoever committed could no longer change their part, and nobody knew the parts of the
others; so one honest part is enough for a fair order.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from ieum.common.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

LABEL = b"ieum-lottery/1\x00"
PART_BYTES = 32
"""Of the platform's part."""
PART_BYTES_MIN, PART_BYTES_MAX = 16, 64

_PART = re.compile(rf"(?:[0-9a-f]{{2}}){{{PART_BYTES_MIN},{PART_BYTES_MAX}}}")


def commitment_of(part: bytes) -> str:
    """SHA-256 of a part's bytes, in hex."""
    return sha256(part).hexdigest()


def seed_of(parts: Iterable[bytes]) -> bytes:
    """The seed: SHA-256 over a label and the parts, in the order of their commitments' hex digits.

    The label is `ieum-lottery/1` and a zero byte; before each part stands its length, as four bytes,
    big-endian.
    """
    ordered = sorted(parts, key=commitment_of)
    return sha256(LABEL + b"".join(len(part).to_bytes(4, "big") + part for part in ordered)).digest()


def revealed(commitment: str, part: str) -> bytes:
    """The bytes of a part that was committed to.

    Raises Refusal 422 `part-unreadable`, `part-differs`.
    """
    if not _PART.fullmatch(part):
        raise Refusal(
            "part-unreadable",
            ko=f"{PART_BYTES_MIN}~{PART_BYTES_MAX}바이트를 소문자 16진수로 적어 주십시오.",
            en=f"Give {PART_BYTES_MIN} to {PART_BYTES_MAX} bytes as lower-case hexadecimal digits.",
            pointer="/part",
        )
    found = bytes.fromhex(part)
    if commitment_of(found) != commitment:
        raise Refusal(
            "part-differs",
            ko="약속하신 값과 다릅니다. 약속은 값의 SHA-256이어야 합니다.",
            en="This is not what was committed to: the commitment is the SHA-256 of the part.",
            pointer="/part",
        )
    return found
