"""The city pack's templates, filled: what people read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from ieum.common.events.matching import (
    MatchAccepted,
    MatchDeclined,
    MatchExpired,
    MatchProposed,
    MatchUnplaced,
    MatchWaitlisted,
    WaitingNumber,
)
from ieum.common.events.matching_interviews import (
    InterviewBooked,
    InterviewCalledOff,
    InterviewChanged,
    InterviewDue,
    InterviewInvited,
)
from ieum.common.events.matching_placement import (
    MatchCompleted,
    MatchEndedEarly,
    MatchReportDue,
    MatchStarted,
)
from ieum.common.events.model import EventData
from ieum.common.events.programme_file import load_programme
from ieum.common.kernel.dates import written_day, written_moment
from ieum.common.kernel.errors import Terminal
from ieum.common.service.city import City
from ieum.common.service.template import Template, Wording
from ieum.notify.deliveries.domain import drafts
from ieum.notify.templates.domain import Language, Matter, Place, check, render, values

from .facts import APPLICATION, CITY, FIRM, OPENING, PERSON, PROGRAMME, event, ranked, uid

ABOUT: dict[str, Any] = {"application": APPLICATION, "person": PERSON, "programme": PROGRAMME}
PLACE: dict[str, Any] = {"opening": OPENING, "organisation": FIRM}
ANSWER_BY = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
DAY = date(2026, 11, 16)
SECOND = uid("second opening")


@pytest.fixture(scope="module")
def city() -> City:
    return City.load(CITY)


def matter(data: EventData | None = None, language: Language = "ko", **changes: Any) -> Matter:
    draft = next(drafts([event(data) if data else ranked(openings=(OPENING, SECOND))]))
    found = Matter(
        language=language,
        name="홍길동",
        city="대구광역시",
        agency="대구청년센터",
        programme="예스매칭",
        facts=draft.facts,
        places={
            str(OPENING): Place("웹 디자이너", "달구벌디자인"),
            str(SECOND): Place("매장 운영", "수성책방"),
        },
        reasons=(),
        answer_url="https://ieum.daegu.example/matching/answers/x",
        interviews_url="https://ieum.daegu.example/matching/applications/a/interviews/page",
        result_url="https://ieum.daegu.example/matching/applications/a/result",
    )
    return replace(found, **changes)


def test_a_receipt_names_the_places_that_fit_best(city: City) -> None:
    template = city.template("application-received")
    assert template is not None
    subject, body = render(template, matter())
    assert "홍길동 님" in body
    assert "1. 달구벌디자인: 웹 디자이너\n2. 수성책방: 매장 운영" in body
    assert "2026년 11월 20일(금)에 '예스매칭' 신청을 접수하였습니다." in body
    assert "예스매칭" not in subject, "subjects show on locked screens"


def test_a_proposal_says_until_when_and_where_to_answer(city: City) -> None:
    template = city.template("match-proposed")
    assert template is not None
    body = render(template, matter(MatchProposed(**ABOUT, **PLACE, rank=1, answer_by=ANSWER_BY))).body
    assert "2026년 11월 27일(금) 18:00까지" in body
    assert "https://ieum.daegu.example/matching/answers/x\n" in body


def test_waiting_numbers_are_listed_and_the_first_stands_alone() -> None:
    waiting = [WaitingNumber(opening=SECOND, number=2), WaitingNumber(opening=OPENING, number=1)]
    found = values(matter(MatchWaitlisted(**ABOUT, round=uid("r"), waiting=waiting)))
    assert (found["number"], found["opening"]) == ("2", "매장 운영")
    assert found["waiting"].splitlines() == [
        "- 수성책방 '매장 운영': 예비순번 2번",
        "- 달구벌디자인 '웹 디자이너': 예비순번 1번",
    ]


def test_reasons_are_given_and_missing_ones_can_be_asked_for() -> None:
    unplaced = MatchUnplaced(**ABOUT, round=uid("r"), reasons=["no-place"])
    assert values(matter(unplaced, reasons=["정원이 찼습니다."]))["reason"] == "- 정원이 찼습니다."
    assert values(matter(unplaced, "en"))["reason"] == (
        "An official will gladly tell you the reasons when you ask."
    )


def test_reasons_stand_below_the_places_they_are_for() -> None:
    two = ["희망하신 분야와 같습니다.", "사시는 구에 있습니다."]
    lines = values(matter(reasons=two))["suggestions"].splitlines()
    assert lines == [
        "1. 달구벌디자인: 웹 디자이너",
        "   희망하신 분야와 같습니다.",
        "2. 수성책방: 매장 운영",
        "   사시는 구에 있습니다.",
    ]
    assert values(matter(reasons=two[:1]))["suggestions"].splitlines() == [
        "1. 달구벌디자인: 웹 디자이너",
        "2. 수성책방: 매장 운영",
        "",
        "- 희망하신 분야와 같습니다.",
    ]


def test_a_receipt_without_suggestions_says_so() -> None:
    empty = matter()
    assert values(replace(empty, facts={**empty.facts, "suggestions": []}))["suggestions"].startswith(
        "지금은"
    )


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    ("purpose", "data"),
    [
        ("submitted", None),
        ("ineligible", MatchUnplaced(**ABOUT, round=uid("r"), reasons=[])),
        ("not_matched", MatchUnplaced(**ABOUT, round=uid("r"), reasons=[])),
        ("proposed", MatchProposed(**ABOUT, **PLACE, rank=1, answer_by=ANSWER_BY)),
        ("accepted", MatchAccepted(**ABOUT, **PLACE)),
        ("placed", MatchAccepted(**ABOUT, **PLACE)),
        ("declined", MatchDeclined(**ABOUT, **PLACE)),
        ("expired", MatchExpired(**ABOUT, **PLACE)),
        ("started", MatchStarted(**ABOUT, **PLACE, on=DAY)),
        ("report_due", MatchReportDue(**ABOUT, **PLACE, week=DAY, due_on=DAY)),
        ("completed", MatchCompleted(**ABOUT, **PLACE, on=DAY)),
        (
            "ended_early",
            MatchEndedEarly(**ABOUT, **PLACE, on=DAY, reason="moved", before_start=False, passed_on=True),
        ),
        (
            "waiting",
            MatchWaitlisted(**ABOUT, round=uid("r"), waiting=[WaitingNumber(opening=OPENING, number=1)]),
        ),
    ],
)
def test_every_message_of_the_flagship_can_be_written(
    city: City, purpose: Any, data: EventData | None, language: Language
) -> None:
    programme = load_programme(CITY / "programmes" / f"{PROGRAMME}.yaml")
    template = city.template(programme.messages[purpose])
    assert template is not None
    subject, body = render(template, matter(data, language))
    assert subject
    assert "{" not in body


_INVITED = {"candidate": uid("n"), **ABOUT, **PLACE}
_BOOKED = {**_INVITED, "starts": ANSWER_BY, "ends": ANSWER_BY, "where": "online"}


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize(
    ("purpose", "data"),
    [
        ("interview_invited", InterviewInvited(**_INVITED, answer_by=ANSWER_BY)),
        ("interview_changed", InterviewChanged(**_INVITED, answer_by=ANSWER_BY, reason="emergency")),
        ("interview_booked", InterviewBooked(**_BOOKED)),
        ("interview_due", InterviewDue(**_BOOKED)),
        ("interview_called_off", InterviewCalledOff(**_INVITED, reason="places-filled")),
    ],
)
def test_every_message_of_an_interview_can_be_written(
    city: City, purpose: Any, data: EventData, language: Language
) -> None:
    programme = load_programme(CITY / "programmes" / "yes-matching-2023.yaml")
    template = city.template(programme.messages[purpose])
    assert template is not None
    [draft] = drafts([event(data, uid("i"))])
    assert draft.purpose == purpose
    about = matter(data, language)
    subject, body = render(template, about)
    assert subject
    assert "{" not in body
    assert ("/interviews/page" in body) == (purpose != "interview_called_off")
    if purpose in ("interview_booked", "interview_due"):
        assert str(uid("n"))[:8] in body
        assert ("온라인" if language == "ko" else "online") in body


def test_a_template_that_nobody_can_fill_is_found_at_start(city: City) -> None:
    check(city.templates)
    wording = Wording(subject="x", body="{shoe_size}")
    odd = Template(
        id="odd",
        purpose="odd",
        audience="person",
        quiet_hours=False,
        placeholders=("shoe_size",),
        ko=wording,
        en=wording,
    )
    with pytest.raises(Terminal, match="odd asks for shoe_size"):
        check([odd])


def test_days_and_times_are_korean_time_in_the_readers_language() -> None:
    late = datetime(2026, 11, 22, 15, 5, tzinfo=UTC)
    assert written_day(late, "ko") == "2026년 11월 23일(월)"
    assert written_moment(late, "ko") == "2026년 11월 23일(월) 00:05"
    assert written_moment(late, "en") == "23 November 2026, 00:05 (Korean time)"
