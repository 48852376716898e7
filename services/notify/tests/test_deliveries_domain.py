"""Which fact makes which message, and what becomes of a message: pure decisions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ieum.common.events.matching import (
    MatchAccepted,
    MatchDeclined,
    MatchExpired,
    MatchProposed,
    MatchUnplaced,
    MatchWaitlisted,
    RoundConfirmed,
    WaitingNumber,
)
from ieum.common.events.matching_placement import (
    MatchCompleted,
    MatchEndedEarly,
    MatchReportDue,
    MatchReviewRequested,
    MatchStarted,
)
from ieum.common.events.model import EventData
from ieum.notify.channels.domain import (
    Away,
    Later,
    Never,
    Outcome,
    Sent,
    Unknown,
    Untried,
    classify_recipient,
    classify_session,
)
from ieum.notify.deliveries.domain import (
    RETRY_DELAY_MAX,
    Verdict,
    away_delay,
    drafts,
    on_outcome,
    on_release,
    quiet_until,
    retry_delay,
)

from .facts import APPLICATION, AT, FIRM, OPENING, PERSON, PROGRAMME, event, ranked, uid

ABOUT = {"application": APPLICATION, "person": PERSON, "programme": PROGRAMME}
PLACE = {"opening": OPENING, "organisation": FIRM}
DAY = date(2022, 4, 4)
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SOON, PAST = NOW + timedelta(days=1), NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (MatchProposed(**ABOUT, **PLACE, rank=1, answer_by=AT), [("proposed", PERSON)]),
        (MatchAccepted(**ABOUT, **PLACE), [("accepted", PERSON), ("placed", FIRM)]),
        (MatchDeclined(**ABOUT, **PLACE), [("declined", PERSON)]),
        (MatchExpired(**ABOUT, **PLACE), [("expired", PERSON)]),
        (
            MatchWaitlisted(**ABOUT, round=uid("r"), waiting=[WaitingNumber(opening=OPENING, number=2)]),
            [("waiting", PERSON)],
        ),
        (MatchUnplaced(**ABOUT, round=uid("r"), reasons=["no-place"]), [("not_matched", PERSON)]),
        (MatchStarted(**ABOUT, **PLACE, on=DAY), [("started", PERSON)]),
        (MatchReportDue(**ABOUT, **PLACE, week=DAY, due_on=DAY), [("report_due", PERSON)]),
        (MatchCompleted(**ABOUT, **PLACE, on=DAY), [("completed", PERSON)]),
        (
            MatchEndedEarly(**ABOUT, **PLACE, on=DAY, reason="care", before_start=False, passed_on=True),
            [("ended_early", PERSON)],
        ),
        (MatchReviewRequested(**ABOUT), []),
        (RoundConfirmed(programme=PROGRAMME, official="o", official_name="김공무", result_digest="0"), []),
    ],
)
def test_a_fact_asks_for_its_messages(data: EventData, expected: list[tuple[str, object]]) -> None:
    assert [(draft.purpose, draft.recipient) for draft in drafts([event(data)])] == expected


def test_a_ranking_is_a_receipt_or_a_refusal() -> None:
    assert [draft.purpose for draft in drafts([ranked(), ranked(eligible=False)])] == [
        "submitted",
        "ineligible",
    ]


def test_the_workplace_is_told_no_reasons() -> None:
    [person, workplace] = drafts([event(MatchAccepted(**ABOUT, **PLACE))])
    assert workplace.recipient_kind == "organisation"
    assert workplace.explanation is None
    assert workplace.person == person.person == PERSON


def test_one_fact_recipient_and_purpose_have_one_id() -> None:
    accepted = event(MatchAccepted(**ABOUT, **PLACE))
    once, twice = list(drafts([accepted])), list(drafts([accepted]))
    assert [draft.id for draft in once] == [draft.id for draft in twice]
    other = event(MatchAccepted(**ABOUT, **PLACE), name="another event")
    assert len({draft.id for draft in [*once, *drafts([other])]}) == 4


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (Sent(), Verdict("sent", NOW)),
        (Never("smtp-550"), Verdict("failed", NOW, "smtp-550")),
        (Later("smtp-451"), Verdict("queued", NOW + timedelta(seconds=8), "smtp-451")),
        (Unknown("cut"), Verdict("queued", NOW + timedelta(seconds=8), "cut")),
        (Away("refused"), Verdict("queued", NOW + timedelta(seconds=2), "refused")),
        (Untried(), Verdict("queued", NOW)),
    ],
)
def test_an_outcome_decides_what_comes_next(outcome: Outcome, verdict: Verdict) -> None:
    assert on_outcome(outcome, attempts=3, give_up_at=SOON, now=NOW) == verdict


@pytest.mark.parametrize("outcome", [Later("smtp-451"), Unknown("smtp-451")])
def test_after_days_of_trying_a_message_fails(outcome: Outcome) -> None:
    assert on_outcome(outcome, attempts=9, give_up_at=PAST, now=NOW) == Verdict(
        "failed", NOW, "gave-up:smtp-451"
    )


def test_a_message_is_not_given_up_for_a_provider_that_is_away() -> None:
    assert on_outcome(Away("refused"), attempts=1, give_up_at=PAST, now=NOW).state == "queued"


def test_the_delay_between_attempts_doubles_up_to_a_limit() -> None:
    assert [retry_delay(n).total_seconds() for n in (1, 2, 3, 9)] == [2, 4, 8, 512]
    assert retry_delay(10) == retry_delay(100_000) == RETRY_DELAY_MAX


def test_a_provider_that_is_away_is_asked_ever_less_often() -> None:
    assert [away_delay(n).total_seconds() for n in (1, 2, 4, 5, 1000)] == [2, 4, 16, 30, 30]


def test_nobody_is_told_who_was_forgotten_or_has_no_mailbox() -> None:
    assert on_release(erased=True, mailbox=True, now=NOW).reason == "erased"
    assert on_release(erased=False, mailbox=False, now=NOW).reason == "no-address"
    assert on_release(erased=False, mailbox=True, now=NOW) == Verdict("queued", NOW)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-22T07:59:59+09:00", "2026-11-22T08:00:00+09:00"),
        ("2026-11-22T08:00:00+09:00", None),
        ("2026-11-22T20:59:59+09:00", None),
        ("2026-11-22T21:00:00+09:00", "2026-11-23T08:00:00+09:00"),
        ("2026-12-31T23:30:00+09:00", "2027-01-01T08:00:00+09:00"),
        ("2026-11-22T00:00:00+09:00", "2026-11-22T08:00:00+09:00"),
    ],
)
def test_quiet_hours_end_at_eight_in_korea(now: str, until: str | None) -> None:
    expected = datetime.fromisoformat(until) if until else None
    assert quiet_until(datetime.fromisoformat(now).astimezone(UTC)) == expected


@pytest.mark.parametrize(
    ("code", "outcome"),
    [(421, Later), (450, Later), (452, Later), (550, Never), (552, Later), (553, Never), (554, Never)],
)
def test_smtp_codes_are_transient_or_permanent(code: int, outcome: type[Outcome]) -> None:
    assert classify_recipient(code) == outcome(f"smtp-{code}")  # type: ignore[call-arg]


def test_a_wrong_password_is_no_fault_of_the_message() -> None:
    assert classify_session(535) == Away("smtp-session-535")
