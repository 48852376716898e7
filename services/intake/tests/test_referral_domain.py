"""Every cell of the transition table, the clock, links and tickets; nothing here needs a server."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ieum.common.kernel.errors import Refusal
from ieum.common.privacy.search import SearchKey
from ieum.intake.agreements.domain import Agreement
from ieum.intake.referrals import domain, links, tickets
from ieum.intake.referrals.capacity import Capacity
from ieum.intake.referrals.domain import Command, Referral
from ieum.intake.referrals.links import Link

SENT = datetime(2026, 3, 2, 1, 20, tzinfo=UTC)
NOW = SENT + timedelta(hours=5)
STATUSES = ("sent", "received", "accepted", "returned", "served", "closed")
VERBS = ("receive", "accept", "return", "serve", "close")
AGENCIES = {"sender": "a", "receiver": "b", "stranger": "c"}
LEGAL = {  # written by hand: state, step, who → state, whose turn, days until it is due (from NOW)
    ("sent", "receive", "receiver"): ("received", "b", 7 - 5 / 24),
    ("received", "accept", "receiver"): ("accepted", "b", 30),
    ("received", "return", "receiver"): ("returned", "a", 7),
    ("accepted", "return", "receiver"): ("returned", "a", 7),
    ("accepted", "serve", "receiver"): ("served", "a", 7),
    ("returned", "close", "sender"): ("closed", None, None),
    ("served", "close", "sender"): ("closed", None, None),
}
KEY = SearchKey(b"k" * 32)


def referral(status: Any = "sent", **changes: Any) -> Referral:
    turn = {"sent": "b", "received": "b", "accepted": "b", "returned": "a", "served": "a", "closed": None}
    values: dict[str, Any] = {
        "id": uuid4(), "number": "20260302-0000000000", "person": uuid4(), "from_agency": "a",
        "to_agency": "b", "need": "debt", "programme": None, "urgency": "normal", "basis": "statute",
        "agreement": None, "district": "27110", "life_stage": "youth", "note": None, "answer": None,
        "status": status, "reason": None, "version": 3, "owner": turn[status],
        "due_at": None if status == "closed" else SENT + timedelta(days=1), "sent_at": SENT,
        "changed_at": SENT,
    }  # fmt: skip
    return Referral(**values | changes)


def command(verb: Any, who: str, **changes: Any) -> Command:
    reason = {"reason": "full"} if verb == "return" else {}
    return Command(verb, AGENCIES[who], **reason | changes)


@pytest.mark.parametrize(("status", "verb", "who"), list(product(STATUSES, VERBS, AGENCIES)))
def test_each_cell_of_the_table_leads_where_it_says_or_is_refused(status: str, verb: str, who: str) -> None:
    before = referral(status)
    wanted = LEGAL.get((status, verb, who))
    if wanted is None:
        with pytest.raises(Refusal) as refused:
            domain.decide(before, command(verb, who), NOW)
        somebody_may = any((status, verb, other) in LEGAL for other in AGENCIES)
        code, http = ("not-your-step", 403) if somebody_may else ("step-impossible", 409)
        assert (refused.value.code, refused.value.status) == (code, http)
        assert refused.value.ko
        assert refused.value.en
        return
    after = domain.decide(before, command(verb, who), NOW)
    due = None if wanted[2] is None else NOW + timedelta(days=wanted[2])
    assert (after.status, after.owner, after.due_at) == (wanted[0], wanted[1], due)
    assert (after.version, after.changed_at, after.id) == (4, NOW, before.id)


@pytest.mark.parametrize("status", STATUSES)
def test_every_state_but_the_last_has_an_owner_a_step_and_a_time(status: Any) -> None:
    is_open = status != "closed"
    assert (status in domain.OWNERS) is is_open
    assert (status in domain.STEPS) is is_open
    assert (domain.due_at(status, SENT, NOW) is not None) is is_open


@pytest.mark.parametrize(
    ("status", "hours", "wanted"),
    [
        ("sent", 23, None),
        ("sent", 24, ("overdue", "sent", "b", SENT + timedelta(days=7))),
        ("sent", 7 * 24, ("returned", "returned", "a", SENT + timedelta(days=14))),
        ("received", 6 * 24, None),
        ("received", 7 * 24, ("returned", "returned", "a", SENT + timedelta(days=14))),
        ("accepted", 30 * 24, ("overdue", "accepted", "b", SENT + timedelta(days=37))),
        ("served", 8 * 24, ("overdue", "served", "a", SENT + timedelta(days=15))),
        ("returned", 8 * 24, ("overdue", "returned", "a", SENT + timedelta(days=15))),
        ("closed", 9999, None),
    ],
)
def test_the_clock_reminds_and_sends_back(status: Any, hours: int, wanted: Any) -> None:
    due = {"received": 7 * 24, "accepted": 30 * 24, "served": 8 * 24, "returned": 8 * 24, "sent": 24}
    at = SENT + timedelta(hours=due[status]) if status in due else None
    found = domain.lapse(referral(status, due_at=at), SENT + timedelta(hours=hours))
    if wanted is None:
        assert found is None
        return
    assert found is not None
    after, fact = found
    assert (fact, after.status, after.owner, after.due_at) == wanted
    assert after.version == 4
    assert after.reason == ("no-answer" if fact == "returned" else None)


@pytest.mark.parametrize(
    ("reason", "sentence", "code"),
    [
        (None, None, "reason-missing"),
        ("no-answer", None, "reason-missing"),
        ("other", None, "sentence-missing"),
        ("full", "자리가 없습니다", "sentence-needless"),
    ],
)
def test_a_return_says_why(reason: Any, sentence: str | None, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        domain.decide(referral("received"), Command("return", "b", reason, sentence), NOW)
    assert refused.value.code == code
    said = domain.decide(referral("received"), Command("return", "b", "other", "이사하셨습니다"), NOW)
    assert said.reason == "other"


@pytest.mark.parametrize(("status", "who"), list(product(STATUSES, AGENCIES)))
def test_who_it_is_about_is_open_to_the_sender_and_to_whoever_serves(status: Any, who: str) -> None:
    wanted = who == "sender" or (who == "receiver" and status in ("accepted", "served"))
    assert domain.may_open(referral(status), AGENCIES[who]) is wanted


@pytest.mark.parametrize("agency", [None, ""])
def test_nobody_without_an_agency_is_a_party(agency: str | None) -> None:
    assert referral().party(agency) is None
    with pytest.raises(Refusal) as refused:
        domain.check_parties(agency, "b")
    assert refused.value.code == "agency-missing"


@given(st.binary(min_size=16, max_size=16), st.integers(1, 10**6), st.integers(0, 400))
def test_a_link_is_read_as_it_was_signed_and_no_other_way(raw: bytes, seconds: int, flip: int) -> None:
    link = Link(UUID(bytes=raw), "jung-gu-hope", NOW + timedelta(seconds=seconds))
    token = links.sign(KEY, link)
    assert links.read(KEY, token, NOW) == link
    place = flip % len(token)
    other = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
    for bad in (other, token[:-1], token + "A", token + "=", "", "ⓐ" * 5):
        with pytest.raises(Refusal) as refused:
            links.read(KEY, bad, NOW)
        assert refused.value.code == "link-invalid"
    with pytest.raises(Refusal):
        links.read(SearchKey(b"x" * 32), token, NOW)


def test_a_link_ends_on_the_second() -> None:
    link = Link(uuid4(), "jung-gu-hope", NOW + timedelta(days=8))
    token = links.sign(KEY, link)
    assert links.read(KEY, token, link.until - timedelta(seconds=1)) == link
    with pytest.raises(Refusal) as refused:
        links.read(KEY, token, link.until)
    assert (refused.value.code, refused.value.status) == ("link-expired", 410)


@pytest.mark.parametrize(
    "place",
    ["중구 희망복지지원단", "정신건강 상담실 2호", "자활센터 옆", "Debt desk, floor 2", "lone parent desk"],
)
def test_a_ticket_with_a_telling_place_is_refused(place: str) -> None:
    with pytest.raises(Refusal) as refused:
        tickets.invited("n", place, NOW, NOW + timedelta(hours=1), NOW, "lone-parent")
    assert refused.value.code == "place-telling"


@pytest.mark.parametrize(("starts", "ends"), [(-3, -1), (2, 2), (3, 2), (1, 14), (9000, 9002)])
def test_a_ticket_has_a_span_that_is_not_over(starts: int, ends: int) -> None:
    at = [NOW + timedelta(hours=hours) for hours in (starts, ends)]
    with pytest.raises(Refusal) as refused:
        tickets.invited("n", "본관 2층 3번 창구", *at, NOW, "debt")
    assert refused.value.code == "ticket-time"
    made = tickets.invited("n", "본관 2층 3번 창구", NOW, NOW + timedelta(hours=2), NOW, "debt")
    assert made.place == "본관 2층 3번 창구"


def test_numbers_are_dated_in_korea_and_hard_to_guess() -> None:
    evening = datetime(2026, 3, 1, 16, 0, tzinfo=UTC)
    made = {tickets.number(uuid4(), evening) for _ in range(1000)}
    assert len(made) == 1000
    assert all(one.startswith("20260302-") and len(one) == 19 for one in made)


@pytest.mark.parametrize(
    ("accepting", "places", "taken", "stated", "room"),
    [
        (True, None, 0, None, "not-stated"),
        (True, None, 99, SENT, "open"),
        (True, 2, 1, SENT, "open"),
        (True, 2, 2, SENT, "full"),
        (True, 0, 0, SENT, "full"),
        (False, None, 0, SENT, "full"),
    ],
)
def test_room_is_open_full_or_not_stated(
    accepting: bool, places: int | None, taken: int, stated: datetime | None, room: str
) -> None:
    assert Capacity("b", "debt", accepting, places, taken, stated).room == room


def test_an_agreement_allows_what_it_says_on_its_days() -> None:
    since, until = SENT.date(), SENT.date() + timedelta(days=10)
    one = Agreement(uuid4(), "a", "b", ["debt"], "purpose", "article", since, until, 1, SENT)
    assert one.allows("a", "b", "debt", since)
    assert one.allows("a", "b", "debt", until)
    day = timedelta(days=1)
    assert not any(
        [
            one.allows("b", "a", "debt", since), one.allows("a", "c", "debt", since),
            one.allows("a", "b", "housing", since), one.allows("a", "b", "debt", since - day),
            one.allows("a", "b", "debt", until + day),
        ]
    )  # fmt: skip
    assert not replace(one, until=since).allows("a", "b", "debt", since + day)
