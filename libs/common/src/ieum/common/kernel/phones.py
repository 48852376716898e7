"""Phone numbers: kept as E.164, Korean ones shown as people know them (전기통신번호관리세칙: ranges)."""

from __future__ import annotations

import re
from unicodedata import normalize

from ieum.common.kernel.errors import Refusal

_COUNTRY = "+82"
_SPACING = re.compile(r"[\s\-‐‑‒–—―−.·()~\u200b\u00ad\ufeff]")
_ABROAD = re.compile(r"(?:\+|00)82")
# ITU-T E.164: a country code, which never begins with 0, and at most fifteen digits in all.
_FOREIGN = re.compile(r"\+(?!82)[1-9][0-9]{7,14}")
_SHOWN_OF_FOREIGN = 4
# Each: prefix, exchange, line, as they are grouped when shown.
_FORMS = (
    re.compile(r"(010)(\d{4})(\d{4})"),
    re.compile(r"(02)([2-9]\d{2,3})(\d{4})"),
    re.compile(r"(03[1-3]|04[1-4]|05[1-5]|06[1-4])([2-9]\d{2,3})(\d{4})"),
    re.compile(r"(070)(\d{4})(\d{4})"),
    re.compile(r"(050\d)(\d{3,4})(\d{4})"),
    re.compile(r"(080)(\d{3,4})(\d{4})"),
    re.compile(r"()(1[568]\d{2})(\d{4})"),
)


def to_e164(text: str) -> str:
    """A phone number as E.164: +821012345678, +82538031234, +8215881234.

    Takes 010, 02, the other area codes, 070, 080, 050X and 15XX, 16XX, 18XX, with or without +82, also in
    full-width digits; a leading zero that a spreadsheet dropped is put back. A number of another country
    begins with + and its code, and is taken as it is. Raises Refusal `phone-number`.
    """
    plain = normalize("NFKC", text).strip()
    # A spreadsheet's number cell read as text: 1012345678.0
    plain = re.sub(r"(?<=\d{8})\.0$", "", plain)
    if _FOREIGN.fullmatch(compact := _SPACING.sub("", plain)):
        return compact
    digits = _ABROAD.sub("", compact, count=1) if _is_abroad(plain) else compact
    for national in (digits, f"0{digits}"):
        if _groups(national):
            return _COUNTRY + national.removeprefix("0")
    raise Refusal(
        "phone-number",
        ko="올바른 전화번호가 아닙니다. 010-1234-5678, 해외 번호는 +12025550100과 같이 적어 주시기 바랍니다.",
        en="This is no phone number. Please write it like 010-1234-5678, or from abroad +12025550100.",
    )


def display(e164: str) -> str:
    """A number made by `to_e164` as it is shown in Korea: 010-1234-5678, 1588-1234; abroad +12025550100.

    Raises ValueError for anything else.
    """
    if _FOREIGN.fullmatch(e164):
        return e164
    return "-".join(_shown(e164))


def mask(e164: str) -> str:
    """The same with one group hidden, for lists and logs: 010-****-5678; 1588-****. Raises ValueError."""
    if _FOREIGN.fullmatch(e164):
        return f"+{'*' * (len(e164) - 1 - _SHOWN_OF_FOREIGN)}{e164[-_SHOWN_OF_FOREIGN:]}"
    groups = _shown(e164)
    hidden = 1
    return "-".join("*" * len(group) if at == hidden else group for at, group in enumerate(groups))


def _is_abroad(text: str) -> bool:
    return _ABROAD.match(_SPACING.sub("", text)) is not None


def _shown(e164: str) -> tuple[str, ...]:
    national = e164.removeprefix(_COUNTRY)
    groups = _groups(f"0{national}") or _groups(national)
    if not e164.startswith(_COUNTRY) or groups is None:
        raise ValueError("not a Korean number in E.164")
    return groups


def _groups(national: str) -> tuple[str, ...] | None:
    for form in _FORMS:
        if national.isascii() and (match := form.fullmatch(national)):
            return tuple(group for group in match.groups() if group)
    return None
