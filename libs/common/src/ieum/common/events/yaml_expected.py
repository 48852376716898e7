"""What a field should have been, said in Korean and English: pydantic's error types in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": ("반드시 있어야 하는 항목입니다", "expected this field, which is required"),
    "extra_forbidden": ("알 수 없는 항목입니다", "expected no such field: it is unknown"),
    "int_type": ("정수여야 합니다", "expected a whole number"),
    "int_parsing": ("정수여야 합니다", "expected a whole number"),
    "int_from_float": ("정수여야 합니다", "expected a whole number"),
    "bool_type": ("true 또는 false여야 합니다", "expected true or false"),
    "bool_parsing": ("true 또는 false여야 합니다", "expected true or false"),
    "string_type": ("글자여야 합니다(숫자는 따옴표로 감쌉니다)", "expected text (put numbers in quotes)"),
    "string_too_short": ("비워 둘 수 없습니다", "expected text that is not empty"),
    "tuple_type": ("목록이어야 합니다", "expected a list"),
    "list_type": ("목록이어야 합니다", "expected a list"),
    "dict_type": ("'항목: 값' 형식이어야 합니다", "expected a mapping of fields to values"),
    "model_type": ("'항목: 값' 형식이어야 합니다", "expected a mapping of fields to values"),
    "date_type": ("날짜(예: 2022-02-09)여야 합니다", "expected a date such as 2022-02-09"),
    "date_parsing": ("날짜(예: 2022-02-09)여야 합니다", "expected a date such as 2022-02-09"),
    "date_from_datetime_parsing": ("날짜(예: 2022-02-09)여야 합니다", "expected a date such as 2022-02-09"),
}
_WITH_CONTEXT: Mapping[str, tuple[str, str]] = {
    "literal_error": ("다음 중 하나여야 합니다: {expected}", "expected one of: {expected}"),
    "greater_than_equal": ("{ge} 이상이어야 합니다", "expected at least {ge}"),
    "greater_than": ("{gt}보다 커야 합니다", "expected more than {gt}"),
    "less_than_equal": ("{le} 이하여야 합니다", "expected at most {le}"),
    "string_too_long": ("{max_length}자 이하여야 합니다", "expected at most {max_length} characters"),
    "string_pattern_mismatch": ("형식이 {pattern}에 맞아야 합니다", "expected text like {pattern}"),
    "too_short": ("{min_length}개 이상이어야 합니다", "expected at least {min_length} entries"),
    "too_long": ("{max_length}개 이하여야 합니다", "expected at most {max_length} entries"),
}


def expected(fault: ErrorDetails) -> tuple[str, str]:
    """The Korean and the English sentence for one of pydantic's errors.

    A model's own rule (a ValueError of two lines, Korean then English) is given as it stands.
    """
    kind, context = fault["type"], dict[str, Any](fault.get("ctx", {}))
    if kind in _SENTENCES:
        return _SENTENCES[kind]
    if kind in _WITH_CONTEXT:
        ko, en = _WITH_CONTEXT[kind]
        korean = {name: str(value).replace(" or ", ", ") for name, value in context.items()}
        return ko.format(**korean), en.format(**context)
    if kind == "value_error":
        ko, _, en = str(context["error"]).partition("\n")
        return ko, en or ko
    return "값이 올바르지 않습니다", f"expected another value: {fault['msg']}"
