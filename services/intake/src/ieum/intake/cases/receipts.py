"""Receipt codes: to ask how a report stands without giving a name. Pure.

A code is 80 bits of an HMAC over the report's id (74 of its bits are random) under the city's secret: nobody
guesses it, a repeated request gets it again, and only its own hash is stored.
"""

from __future__ import annotations

import re
from base64 import b32encode
from uuid import UUID

from ieum.common.privacy.search import SearchKey

# Crockford's: no I, L, O, U, as it is read out on the phone.
_TO_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
_HEARD = str.maketrans("ILO", "110")
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{16}")
_GROUP = 4


def code_of(search: SearchKey, report: UUID) -> str:
    """The code of a report: four groups of four."""
    code = b32encode(search.of("receipt-code", str(report))[:10]).decode().translate(_TO_CROCKFORD)
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def hash_of(search: SearchKey, code: str) -> bytes | None:
    """The hash under which a code is stored, however it was typed; None for what cannot be a code."""
    plain = re.sub(r"[\s-]", "", code).upper().translate(_HEARD)
    return search.of("receipt", plain) if _CODE.fullmatch(plain) else None
