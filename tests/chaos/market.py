"""What must be there before people can apply: a programme that is open, a workplace, a few openings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

    from ieum.common.testing.platform import Platform

AGENCY = "daegu-youth-centre"
PROGRAMME = "chaos-matching"
PERIOD = "{opens: 2022-02-09, closes: 2099-12-31}"
OPENINGS = 3
_FILE = Path(__file__).parents[2] / "deploy" / "cities" / "daegu" / "programmes" / "yes-matching-2022.yaml"


def open_market(platform: Platform, programme: str = PROGRAMME) -> dict[str, Any]:
    """Publish it over HTTP; returns what every application says beside its person."""
    client = platform.client("intake", "staff", "operator", agency=AGENCY)
    _create(client, "/intake/programmes", {"yaml": _programme(programme)}, programme)
    workplace = {
        "name": "이음 공방",
        "roles": ["workplace"],
        "district": "27230",
        "email": "workplace@example.org",
    }
    organisation = _create(client, "/intake/organisations", workplace, f"{programme}-organisation")
    choices = [
        _create(client, "/intake/openings", _opening(n, organisation, programme), f"{programme}-opening-{n}")
        for n in range(OPENINGS)
    ]
    return {"programme": programme, "choices": choices}


def _programme(id_: str) -> str:
    """The file of YES! Matching, as a programme that is open on any day: no clock need be moved."""
    text = _FILE.read_text(encoding="utf-8")
    for pattern, line in ((r"^id: .*$", f"id: {id_}"), (r"^period: .*$", f"period: {PERIOD}")):
        text, found = re.subn(pattern, line, text, flags=re.MULTILINE)
        assert found == 1, f"{_FILE.name} has {found} lines like {pattern}"
    return text


def _opening(n: int, organisation: str, programme: str) -> dict[str, Any]:
    return {
        "programme": programme,
        "organisation": organisation,
        "code": f"C-{n}",
        "title": f"{n + 1}번 자리",
        "capacity": 2,
        "district": "27230",
        "field": "사무",
        "skills": ["문서 작성"],
        "wage_hourly_won": 12_000,
        "hours_per_week": 40,
        "months": 12,
        "contract": "기간제",
    }


def _create(client: httpx.Client, path: str, body: dict[str, Any], key: str) -> str:
    answer = client.post(path, json=body, headers={"Idempotency-Key": f"market-{key}"})
    assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
    return str(answer.json()["id"])
