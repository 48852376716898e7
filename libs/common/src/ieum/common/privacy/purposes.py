"""Why data is held or read: every unit of work names one (PIPA 3(1), 15, 18).

A purpose is a short code; `BASES` says on which legal basis it rests by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

INTAKE: Final = "intake"
MATCHING: Final = "matching"
NOTICE: Final = "notice"
AUDIT: Final = "audit"
OWN_DATA: Final = "own-data"
OPERATION: Final = "operation"
DANGER_TO_LIFE: Final = "danger-to-life"

BASES: Mapping[str, str] = {
    INTAKE: "PIPA 15(1)3: public duty under the youth and welfare acts",
    MATCHING: "PIPA 15(1)3: public duty; a named official confirms each round",
    NOTICE: "PIPA 15(1)3: telling the person the fate of their request",
    AUDIT: "PIPA 29: records of access",
    OWN_DATA: "PIPA 35: the person's own right to see",
    OPERATION: "PIPA 29: keeping the system safe",
    DANGER_TO_LIFE: "PIPA 15(1)5: clearly and urgently necessary for somebody's life or body",
}
