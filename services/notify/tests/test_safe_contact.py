"""What people say about how they may be reached is kept to, whatever a template or the set-up says."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from ieum.common.events.intake import Hours, PersonContact, SafeContact
from ieum.common.events.intake_people import PersonChanged, PersonConsentWithdrawn
from ieum.common.events.matching import MatchProposed
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy import answerlinks
from ieum.common.service.city import City
from ieum.common.service.template import Template
from ieum.notify.deliveries.domain import unsafe_until
from ieum.notify.sink.maildir import Maildir

from .facts import CITY, FIRM, OPENING, PERSON, PROGRAMME, event, ranked, uid
from .world import SEARCH, World, market

NIGHT = Hours(start=time(22), end=time(7))
NOON = Hours(start=time(12), end=time(13, 30))


def korean(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 22, hour, minute, tzinfo=UTC) - timedelta(hours=9)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (korean(11, 59), None),
        (korean(12), korean(13, 30)),
        (korean(13, 30), None),
        (korean(22), korean(7) + timedelta(days=1)),
        (korean(6, 59), korean(7)),
        (korean(7), None),
    ],
)
def test_hours_without_contact_end_when_they_say(now: datetime, until: datetime | None) -> None:
    assert unsafe_until([NOON, NIGHT], now) == until


def test_hours_that_begin_and_end_together_are_the_whole_day() -> None:
    always = Hours(start=time(9), end=time(9))
    assert unsafe_until([always], korean(9)) == korean(9) + timedelta(days=1)


def test_every_message_of_the_city_to_a_person_can_be_said_neutrally() -> None:
    for template in City.load(CITY).templates:
        assert template.has_neutral or template.audience == "workplace", template.id


def test_neutral_wording_that_tells_something_is_refused() -> None:
    words = {"subject": "안내", "body": "{programme}"}
    plain: dict[str, Any] = {
        "id": "t", "purpose": "p", "audience": "person", "quiet_hours": True, "placeholders": ["name"],
        "ko": {"subject": "안내", "body": "{name}"}, "en": {"subject": "Note", "body": "{name}"},
    }  # fmt: skip
    assert Template.model_validate(plain).has_neutral
    with pytest.raises(ValueError, match="neutral"):
        Template.model_validate({**plain, "neutral": {"ko": words, "en": words}})


def changed(notify: World, safe: SafeContact, email: str = "hong@example.kr") -> Any:
    contact = PersonContact(name="홍길동", email=email, safe_contact=safe)
    data = PersonChanged(
        private={"contact": notify.keys.seal(PERSON, contact)},
        district="27110", life_stage="youth", agency="daegu-youth-centre", basis="PIPA 15(1)3",
    )  # fmt: skip
    return event(data, PERSON, sequence=2)


@pytest.mark.servers
async def test_a_changed_address_is_used_and_an_older_fact_does_not_bring_the_old_one_back(
    notify: World,
) -> None:
    await notify.apply(changed(notify, SafeContact(), email="new@example.kr"))
    await notify.apply(*market(notify, PERSON), ranked())
    await notify.send_all()
    assert [mail.recipients for mail in notify.mails()] == [["new@example.kr"]]


@pytest.mark.servers
async def test_a_forbidden_address_is_not_used(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    await notify.apply(changed(notify, SafeContact(never=["hong@example.kr"])))
    await notify.send_all()
    assert notify.mails() == []
    assert await notify.states() == [("submitted", "suppressed", "unsafe-address")]


@pytest.mark.servers
async def test_hours_without_contact_hold_a_message_even_where_no_quiet_hours_are_kept(
    notify: World,
) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    await notify.apply(changed(notify, SafeContact(not_at=[NOON])))
    await notify.send_all()
    assert await notify.states() == [("submitted", "queued", "unsafe-hours")]
    notify.clock.advance(timedelta(minutes=90))
    await notify.send_all()
    assert len(notify.mails()) == 1


@pytest.mark.servers
async def test_neutral_wording_names_no_programme(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    await notify.apply(changed(notify, SafeContact(neutral=True)))
    await notify.send_all()
    [mail] = notify.mails()
    text = Maildir(notify.folder).read(mail.number).message.get_content()
    assert "대구광역시 누리집" in text
    assert not [word for word in ("YES", "예스", "매칭", "일경험", "달구벌디자인") if word in text]


@pytest.mark.servers
async def test_a_withdrawn_consent_is_acknowledged_and_the_person_is_still_reached(notify: World) -> None:
    consent = uid("consent")
    withdrawal = event(PersonConsentWithdrawn(consent=consent), PERSON, sequence=2)
    await notify.apply(*market(notify, PERSON), withdrawal, ranked())
    await notify.send_all()
    assert len(notify.mails()) == 1
    [row] = await notify.fetch("select value from outbox where topic = 'notify-acknowledgements'")
    said = json.loads(row["value"])
    assert (said["person"], said["record_classes"], said["consent"]) == (str(PERSON), [], str(consent))


@pytest.mark.servers
@pytest.mark.parametrize("neutral", [False, True])
async def test_a_proposal_has_a_link_that_is_good_for_it_alone(notify: World, neutral: bool) -> None:
    """Signed with the secret that matching has, too; for neutral contact it opens a neutral page."""
    data = MatchProposed(
        application=uid("application"), person=PERSON, programme=PROGRAMME, opening=OPENING,
        organisation=FIRM, rank=1, answer_by=korean(23, 59),
    )  # fmt: skip
    match = uid("match")
    told = event(data, match)
    await notify.apply(*market(notify, PERSON), told)
    if neutral:
        await notify.apply(changed(notify, SafeContact(neutral=True)))
    await notify.send_all()
    [mail] = notify.mails()
    text = Maildir(notify.folder).read(mail.number).message.get_content()
    [link] = re.findall(r"https://ieum\.daegu\.example/matching/answers/(\S+)\s", text)
    read = answerlinks.read(link)
    assert (read.match, read.neutral) == (match, neutral)
    answerlinks.check(SEARCH, read, person=PERSON, until=data.answer_by)
    with pytest.raises(Refusal):
        answerlinks.check(SEARCH, read, person=uid("somebody else"), until=data.answer_by)
