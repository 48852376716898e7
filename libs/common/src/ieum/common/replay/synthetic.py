"""Invented private objects in place of real ones: plausible Korean data that belongs to nobody.

The same seed, person and record class give the same values, so a person keeps their name over a scenario.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random

from ieum.common.events.envelope import REPLAY_DOMAIN
from ieum.common.events.intake import ApplicationDetails, PersonContact, PersonProfile
from ieum.common.events.intake_appeals import AppealGrounds, AppealReasons
from ieum.common.events.intake_contacts import ContactNote
from ieum.common.events.intake_people import ConsentTerms
from ieum.common.events.intake_referrals import ReferralNote
from ieum.common.events.matching import Explanation
from ieum.common.events.matching_interviews import InterviewScores
from ieum.common.events.matching_placement import WeekDone
from ieum.common.events.matching_roadmaps import RoadmapTold
from ieum.common.privacy.model import PrivateData

Maker = Callable[[Random, str | None, date], PrivateData]
"""From random numbers, the person's life stage where the event tells it, and the day of the event."""

_SURNAMES = "김이박최정강조윤장임한오서신권황안송류홍"
_GIVEN = (
    "민준", "서연", "도윤", "지우", "하준", "수빈", "지호", "예은", "준서", "채원",
    "현우", "다은", "건우", "소율", "동현", "유진", "재윤", "가은", "성민", "보람",
)  # fmt: skip
_AGES = {
    "infancy": (0, 5), "child": (6, 17), "youth": (19, 38), "middle-age": (40, 63), "old-age": (65, 90),
}  # fmt: skip
_SKILLS = ("python", "excel", "illustrator", "photoshop", "barista", "video", "marketing", "accounting")
_FIELDS = ("design", "it", "food", "culture", "manufacturing", "service")
_DAYS_A_YEAR = 365.2425


def korean_name(rng: Random) -> str:
    """A made-up name."""
    return rng.choice(_SURNAMES) + rng.choice(_GIVEN)


def mailbox(rng: Random) -> str:
    """An address that no mail can ever reach."""
    return f"r{rng.randrange(10**9):09}@{REPLAY_DOMAIN}"


def _contact(rng: Random, _stage: str | None, _day: date) -> PersonContact:
    # No carrier was given 010-0, so nobody can be called by mistake.
    phone = f"+82100{rng.randrange(10**7):07}"
    return PersonContact(name=korean_name(rng), phone=phone, email=mailbox(rng))


def _profile(rng: Random, stage: str | None, day: date) -> PersonProfile:
    youngest, oldest = _AGES[stage or "youth"]
    age_days = rng.uniform(youngest + 0.1, oldest + 0.9) * _DAYS_A_YEAR
    return PersonProfile(
        birth_date=day - timedelta(days=int(age_days)),
        employment="unemployed",
        skills=sorted(rng.sample(_SKILLS, 2)),
        fields=[rng.choice(_FIELDS)],
        experience_months=rng.choice([0, 0, 3, 6, 12]),
    )


def _application(_rng: Random, _stage: str | None, _day: date) -> ApplicationDetails:
    return ApplicationDetails(answers={"motivation": "합성 자료입니다. 이 일을 배우고 싶습니다."})


def _explanation(_rng: Random, _stage: str | None, _day: date) -> Explanation:
    return Explanation(ko=["합성 자료의 설명입니다."], en=["An explanation of synthetic data."])


def _consent(_rng: Random, _stage: str | None, day: date) -> ConsentTerms:
    until = day + timedelta(days=365)
    return ConsentTerms(purpose="synthetic", recipients=["synthetic"], fields=["name"], until=until)


def _note(_rng: Random, _stage: str | None, _day: date) -> ReferralNote:
    return ReferralNote(note="합성 자료의 의뢰 내용입니다.")


def _contact_note(_rng: Random, _stage: str | None, _day: date) -> ContactNote:
    return ContactNote(note="합성 자료의 상담 내용입니다.")


def _grounds(_rng: Random, _stage: str | None, _day: date) -> AppealGrounds:
    return AppealGrounds(text="합성 자료의 이의신청 이유입니다.")


def _reasons(_rng: Random, _stage: str | None, _day: date) -> AppealReasons:
    return AppealReasons(ko="합성 자료의 결정 이유입니다.", en="A reason of synthetic data.")


def _roadmap(_rng: Random, _stage: str | None, _day: date) -> RoadmapTold:
    return RoadmapTold(life_stage="youth", open=["synthetic"], next=[], closed=[])


def _week(_rng: Random, _stage: str | None, _day: date) -> WeekDone:
    return WeekDone(text="합성 자료의 주간보고입니다.")


def _interview(rng: Random, _stage: str | None, _day: date) -> InterviewScores:
    points = rng.randrange(0, 101)
    return InterviewScores(points={"interview": points}, total=points, of=100)


MAKERS: Mapping[type[PrivateData], Maker] = {
    PersonContact: _contact,
    PersonProfile: _profile,
    ApplicationDetails: _application,
    Explanation: _explanation,
    ConsentTerms: _consent,
    ReferralNote: _note,
    ContactNote: _contact_note,
    AppealGrounds: _grounds,
    AppealReasons: _reasons,
    RoadmapTold: _roadmap,
    WeekDone: _week,
    InterviewScores: _interview,
}


def make(model: type[PrivateData], *, seed: int, person: object, stage: str | None, day: date) -> PrivateData:
    """The invented object of this model for a person (their id); `day` is the event's."""
    # A string seeds the same numbers in every process; the values are no secret.
    rng = Random(f"{seed}|{person}|{model.record_class}")  # noqa: S311
    return MAKERS[model](rng, stage, day)
