"""`access.yaml` as a page to read, in Korean and English."""

from __future__ import annotations

from collections.abc import Mapping

from ieum.common.web.access import COLUMNS, EVERY, SCOPES, Row

ROLES: Mapping[str, tuple[str, str]] = {
    "public": ("누구나", "public"),
    "citizen": ("시민", "citizen"),
    "staff": ("담당자", "staff"),
    "official": ("담당 공무원", "official"),
    "workplace": ("사업장", "workplace"),
    "operator": ("운영자", "operator"),
    "auditor": ("감사자", "auditor"),
}
MEANINGS: Mapping[str, tuple[str, str, str]] = {
    "no": ("—", "할 수 없음", "refused: 401 without signing in, 403 in another role"),
    "any": ("모두", "제한 없음", "whatever there is"),
    "own": ("본인", "본인과 본인이 대리하는 분", "one's own person, and those one speaks for"),
    "agency": ("기관", "소속 기관의 것", "what is the agency's own"),
    "entitled": ("근거", "소속 기관이 맡을 근거가 있는 분", "people to whom a fact entitles the agency"),
    "masked": ("가림", "누구든, 가려서", "anybody, masked"),
    "met": ("대면", "창구에 오신 분", "anybody who is at the window"),
    "code": ("번호", "번호나 링크를 가진 사람", "whoever holds the code, number or signed link"),
}
"""Scope → how a cell shows it, and what it means in Korean and English."""
_HEAD = """# 누가 무엇을 할 수 있는가 / Who may do what

Written by `ieum access --write` from `libs/common/src/ieum/common/web/access.yaml`, which is the law: a test
compares the two, and asks every route in every role. Which facts entitle an agency is said by
[migration 0008](../services/intake/migrations/0008_entitlement.sql) and
[decision 11](decisions/0011-entitlement.md).
"""


def render(table: Mapping[str, Mapping[str, Row]]) -> str:
    """The page in Markdown."""
    parts = [_HEAD, _meanings()]
    for section, rows in table.items():
        title = "모든 서비스 / every service" if section == EVERY else section
        parts.append(f"## {title}\n\n{_table(rows)}")
    return "\n".join(parts)


def _meanings() -> str:
    lines = ["| | 뜻 | meaning |", "|---|---|---|"]
    for scope in SCOPES:
        shown, ko, en = MEANINGS[scope]
        lines.append(f"| {shown} `{scope}` | {ko} | {en} |")
    return "\n".join([*lines, ""])


def _table(rows: Mapping[str, Row]) -> str:
    heads = [f"{ko}<br>{en}" for ko, en in (ROLES[name] for name in COLUMNS)]
    lines = [f"| | {' | '.join(heads)} |", "|---|" + "---|" * len(COLUMNS)]
    for name, row in rows.items():
        lines.append(f"| `{name}` | {' | '.join(MEANINGS[row[column]][0] for column in COLUMNS)} |")
    return "\n".join([*lines, ""])
