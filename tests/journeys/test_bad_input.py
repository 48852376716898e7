"""What must be refused is refused in both languages, is stored nowhere, and blocks nothing behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ieum.common.testing.builders import AGENCY, Market, key
from ieum.common.web.tokens import issue

if TYPE_CHECKING:
    import httpx

    from ieum.common.testing.platform import Platform

pytestmark = pytest.mark.platform

RESIDENT = "990305-1234567"


@pytest.fixture(scope="module")
def market(platform: Platform) -> Market:
    return Market(platform, {"B-1": 1})


def _is_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert any("가" <= letter <= "힣" for letter in problem["detail_ko"])
    assert problem["detail_en"].isascii()
    return problem


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{not json", 400),
        (b'"a string"', 422),
        (b'{"name": 1}', 422),
        (b'{"name": "\xff"}', 400),
        (b" " * 2_000_000, 413),
    ],
    ids=["not JSON", "wrong type", "wrong type of a field", "not UTF-8", "2 MB"],
)
def test_a_bad_body_is_told_in_both_languages(market: Market, content: bytes, status: int) -> None:
    headers = {**key(), "Content-Type": "application/json"}
    answer = market.staff.post("/intake/people", content=content, headers=headers)
    problem = _is_problem(answer, status)
    assert answer.status_code == status
    assert problem["detail_ko"] != problem["detail_en"]
    good = market.staff.post("/intake/people", json=market.person(), headers=headers)
    assert good.status_code == 201, "and the refusal kept nothing: the same key may be sent again"


def test_an_unknown_field_is_refused_by_name(market: Market) -> None:
    body = market.person(favourite_colour="청록")
    problem = _is_problem(market.staff.post("/intake/people", json=body, headers=key()), 422)
    assert [error["pointer"] for error in problem["errors"]] == ["/favourite_colour"]
    assert "청록" not in json.dumps(problem, ensure_ascii=False), "a problem repeats nothing that was sent"


@pytest.mark.parametrize(
    "written", [RESIDENT, "9903051234567", "９９０３０５－１２３４５６７", "990305 - 1234567"]
)
def test_a_resident_number_is_refused_and_stored_nowhere(market: Market, written: str) -> None:
    answer = market.staff.post("/intake/people", json=market.person(skills=[written]), headers=key())
    problem = _is_problem(answer, 422)
    assert "주민등록번호" in json.dumps(problem, ensure_ascii=False)
    assert written not in answer.text
    assert market.platform.traces(written) == []


def test_a_resident_number_in_a_file_costs_its_row_and_is_stored_nowhere(market: Market) -> None:
    head = "이름,생년월일,전화,이메일,구군,이사예정,취업상태,기술,희망분야,희망1,희망2,희망3,희망4,희망5,비고"
    good = "김하늘,1999.3.5,010-0000-0001,ok-{n}@mail.ieum.test,동구,,미취업,파이썬,정보통신,B-1,,,,,"
    bad = good.format(n=market.programme).replace("파이썬", f'"엑셀, {RESIDENT}"').replace("ok-", "bad-")
    text = "\r\n".join([head, good.format(n=market.programme), bad, ""])
    answer = market.staff.post(
        "/intake/imports/applications",
        params={"programme": market.programme},
        content=text.encode("cp949"),
        headers={**key(), "Content-Type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    report = _worked_through(market, answer.json()["id"])
    assert report["problems"], report
    assert (report["encoding"].lower(), report["added"], report["refused"]) == ("cp949", 1, 1)
    assert [(each["line"], each["column"]) for each in report["problems"]] == [(3, "기술")]
    assert RESIDENT not in json.dumps(report)
    assert market.platform.traces(RESIDENT) == []


def _worked_through(market: Market, import_: str) -> dict[str, Any]:
    """The report of a file once all its rows were looked at."""

    def report() -> dict[str, Any]:
        found: dict[str, Any] = market.staff.get(f"/intake/imports/{import_}").json()
        return found

    market.platform.until(lambda: report()["state"] != "working", what="the import to be worked through")
    return report()


def test_traces_do_find_what_is_stored(market: Market) -> None:
    """Otherwise finding nothing would prove nothing."""
    market.platform.settled()
    found = market.platform.traces(market.programme)
    assert {"table intake.application", "table matching.application", "topic intake-applications"} <= set(
        found
    )


def test_an_unsigned_foreign_or_expired_token_is_401_and_a_wrong_role_403(platform: Platform) -> None:
    expired = platform.token("staff", agency=AGENCY, minutes=-5)
    _, payload, signature = platform.token("staff", agency=AGENCY).split(".")
    unsigned = f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{payload}."
    for token in (None, "nonsense", unsigned, f"{_foreign()}", expired, f"x.{payload}.{signature}"):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = platform.client("intake").post("/intake/people", json={}, headers={**headers, **key()})
        _is_problem(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    answer = platform.client("matching", "citizen").post(
        "/matching/rounds", json={"programme": "p"}, headers=key()
    )
    _is_problem(answer, 403)


def _foreign() -> str:
    """A token of another city: well made, signed with a key that is not ours."""
    from datetime import UTC, datetime

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return issue(pem, subject="s", roles=["staff"], agency=AGENCY, minutes=5, now=datetime.now(UTC))


def test_an_idempotency_key_is_required_and_makes_one_of_many(platform: Platform, market: Market) -> None:
    body, headers = market.person(), key()
    _is_problem(market.staff.post("/intake/people", json=body), 400)
    first = market.staff.post("/intake/people", json=body, headers=headers)
    again = market.staff.post("/intake/people", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = market.staff.post("/intake/people", json=market.person(), headers=headers)
    _is_problem(other, 422)
    colleague = platform.client("intake", "staff", agency=AGENCY, subject="somebody-else")
    made = colleague.post("/intake/people", json=body, headers=headers)
    assert made.json()["id"] != first.json()["id"], "the key is the principal's own"
    platform.until(lambda: platform.facts("intake-people", "person.registered"))
    platform.settled()
    told = [
        f for f in platform.facts("intake-people", "person.registered") if f.subject == first.json()["id"]
    ]
    assert len(told) == 1
    assert platform.traces(body["email"]) == [], "nor does the kept key hold the body"
