"""Most values hold nothing like a forbidden number: one pass of a linear matcher says so in a microsecond.

It may suspect the innocent, never clear the guilty: `forbidden_in_bytes` decides about what it suspects.
"""

from __future__ import annotations

import re

from pydantic_core import SchemaValidator, core_schema

from ieum.common.kernel.folding import DIGIT, IGNORED, SEPARATOR
from ieum.common.kernel.forbidden import REGION

# The patterns of kernel/forbidden.py without their limits on gaps, and any backslash: an escape may hide
# a digit. Rust's \s lacks what Python's holds from \x1c to \x1f.
_GAP = rf"[{SEPARATOR}{IGNORED}\x1c-\x1f]*"
_GAP_WITHOUT_COLON = _GAP.replace(":", "")
_HIDDEN = f"[{IGNORED}]*"
_DIGIT = f"[{DIGIT}]"
_SUSPECT = "|".join(
    (
        r"\\",
        f"{_DIGIT}(?:{_GAP}{_DIGIT}){{12}}",
        f"{_DIGIT}(?:{_GAP_WITHOUT_COLON}{_DIGIT}){{11}}",
        f"{REGION}(?:{_GAP}{_DIGIT}){{10}}",
        f"[MSRGDmsrgＭＳＲＧＤｍｓｒｇ](?:{_HIDDEN}{_DIGIT}){{3}}{_HIDDEN}[A-Za-zＡ-Ｚａ-ｚ{DIGIT}](?:{_HIDDEN}{_DIGIT}){{4}}",
    )
)
# pydantic's matcher is Rust's: its time is linear in the text, whatever the pattern.
_is_suspect = SchemaValidator(
    core_schema.str_schema(pattern=_SUSPECT, regex_engine="rust-regex")
).isinstance_python
# A whole JSON string that is a UUID names something; digits often follow one another in it.
_without_ids = re.compile(r'"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"').sub


def is_surely_clean(value: bytes) -> bool:
    """Whether a Kafka value certainly holds no forbidden number; False asks for a closer look."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return False
    return not _is_suspect(text) or not _is_suspect(_without_ids('""', text))
