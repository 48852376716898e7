"""Registration numbers of organisations: business (사업자등록번호) and corporate (법인등록번호)."""

from __future__ import annotations

import re
from unicodedata import normalize

from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.forbidden import find_forbidden

_BUSINESS = re.compile(r"([0-9]{3})[- ‐–—−]?([0-9]{2})[- ‐–—−]?([0-9]{5})")
_CORPORATE = re.compile(r"([0-9]{6})[- ‐–—−]?([0-9]{7})")
_BUSINESS_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)
_CORPORATE_WEIGHTS = (1, 2) * 6


def business_number(text: str) -> str:
    """The ten digits of a business registration number, with or without hyphens or spaces.

    The last is a check digit (OECD, "Korea: Information on Tax Identification Numbers").
    Raises Refusal `business-number`.
    """
    digits = _digits(_BUSINESS, text)
    if digits is None or not _business_check(digits):
        raise Refusal(
            "business-number",
            ko="올바른 사업자등록번호가 아닙니다. 숫자 10자리를 확인해 주시기 바랍니다.",
            en="This is not a valid business registration number. Please check its ten digits.",
        )
    return digits


def corporate_number(text: str) -> str:
    """The thirteen digits of a corporate registration number, with or without a hyphen or space.

    The last is a check digit, with weights 1 and 2 in turn; numbers given since 31 January 2025 are said to
    have none, and their age cannot be seen. So one whose check digit does not fit is taken unless it reads as
    a resident registration number. Raises Refusal `corporate-number`.
    """
    digits = _digits(_CORPORATE, text)
    if digits is None or not (_corporate_check(digits) or find_forbidden(digits) is None):
        raise Refusal(
            "corporate-number",
            ko="올바른 법인등록번호가 아닙니다. 숫자 13자리를 확인해 주시기 바랍니다.",
            en="This is not a valid corporate registration number. Please check its thirteen digits.",
        )
    return digits


def is_business_number(text: str) -> bool:
    """Whether `business_number` takes it."""
    digits = _digits(_BUSINESS, text)
    return digits is not None and _business_check(digits)


def is_corporate_number(text: str) -> bool:
    """Whether `corporate_number` takes it."""
    try:
        corporate_number(text)
    except Refusal:
        return False
    return True


def display_business(digits: str) -> str:
    """Ten digits as they are printed: 116-82-00276."""
    return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"


def display_corporate(digits: str) -> str:
    """Thirteen digits as they are printed: 110111-0062432."""
    return f"{digits[:6]}-{digits[6:]}"


def _digits(form: re.Pattern[str], text: str) -> str | None:
    # NFKC makes full-width digits plain.
    match = form.fullmatch(normalize("NFKC", text).strip())
    return "".join(match.groups()) if match else None


def _business_check(digits: str) -> bool:
    total = sum(int(d) * w for d, w in zip(digits[:9], _BUSINESS_WEIGHTS, strict=True))
    total += int(digits[8]) * 5 // 10
    # All zeros would pass the sum; no tax office has a number below 101.
    return (10 - total % 10) % 10 == int(digits[9]) and digits[:3] > "100"


def _corporate_check(digits: str) -> bool:
    total = sum(int(d) * w for d, w in zip(digits[:12], _CORPORATE_WEIGHTS, strict=True))
    return (10 - total % 10) % 10 == int(digits[12]) and digits[:4] > "0000"
