"""Facts arrive in any order, twice, or about people who are gone; applications are ranked once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka.structs import ConsumerRecord, TopicPartition

from ieum.common.events.intake import ProgrammePublished
from ieum.common.events.intake_people import PersonConsentWithdrawn
from ieum.common.events.programme import Factors
from ieum.common.kafka.applying import Applier
from ieum.common.privacy import purposes
from ieum.matching.app import markets

from .facts import (
    AT,
    application,
    changed,
    chose_anew,
    definition,
    erased,
    event,
    firm,
    opening,
    person,
    programme,
    uid,
    withdrawn,
)
from .world import CONSUMER, World

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event

pytestmark = pytest.mark.servers


async def test_an_application_is_ranked_explained_and_told_in_its_own_transaction(matching: World) -> None:
    await matching.market({"o1": 1, "o2": 1})
    await matching.apply(opening("far", district="27290", field="음식서비스", skills=["커피"]), firm("far"))
    await matching.applicant("a", "o2", "o1")
    (fact,) = await matching.told("match.ranked")
    assert (fact.application, fact.sequence, fact.data["eligible"]) == (uid("application a"), 1, True)
    # One of two skills 200, field 250, district 100, wishes 100 and 80.
    assert [(one["opening"], one["rank"], one["score"]) for one in fact.data["suggestions"]] == [
        (str(uid("o2")), 1, 650),
        (str(uid("o1")), 2, 630),
        (str(uid("far")), 3, 0),
    ]
    told = matching.explained(fact)
    assert told.ko[1] == (
        "추천 1순위는 o2(가상)의 ‘o2 일경험’ 자리이며, 1000점 만점에 650점입니다(기술 400점 중 200점, "
        "직무 분야 250점 중 250점, 경력 150점 중 0점, 지역 100점 중 100점, 희망 순위 100점 중 100점)."
    )
    assert told.ko[2] == "이 자리가 찾는 기술 2가지 중 Figma를 갖추셨습니다."
    (row,) = await matching.fetch("select state, scores, explanation from application")
    assert (row["state"], row["scores"]) == ("ranked", [550, 550])
    assert "Figma" not in row["explanation"]


async def test_travel_and_working_times_count_where_a_programme_weighs_them(matching: World) -> None:
    """The person lives in 중구, beside 동구 and not beside 달성군; they are free on Monday mornings."""
    weights = Factors(district=10, travel=30, hours=40, wishes=20)
    await matching.apply(programme(factors=weights))
    for name, district, times in (
        ("near", "27140", ["mon-am", "mon-pm"]),
        ("far", "27710", ["mon-am"]),
        ("here", "27110", ["sun-eve"]),
    ):
        await matching.apply(firm(name), opening(name, district=district, working_times=times))
    await matching.applicant("a", "near", working_times=["mon-am"])
    (fact,) = await matching.told("match.ranked")
    assert [(one["opening"], one["score"]) for one in fact.data["suggestions"]] == [
        (str(uid("near")), 150 + 200 + 200),
        *sorted([(str(uid("far")), 400), (str(uid("here")), 100 + 300)]),
    ]
    told = matching.explained(fact).ko[1]
    assert "지역 100점 중 0점, 이동 거리 300점 중 150점, 근무 시간 400점 중 200점" in told


async def test_what_counts_as_the_same_under_another_name_is_said(matching: World) -> None:
    """One field of NCS is half of 250; a skill under another name is the skill."""
    await matching.apply(programme(), firm("o"), firm("p"), firm("q"))
    await matching.apply(opening("o", field="웹 개발", skills=["한글", "자개"]))
    await matching.apply(opening("p", field="프로그래밍", skills=["한컴오피스"]))
    await matching.apply(opening("q", field="IT", skills=["나전"]))
    await matching.applicant("a", "o", "p", "q", fields=["코딩", "카페"], skills=["HWP"])
    (fact,) = await matching.told("match.ranked")
    assert [(one["opening"], one["score"]) for one in fact.data["suggestions"]] == [
        (str(uid("p")), 400 + 250 + 100 + 80),
        (str(uid("o")), 200 + 125 + 100 + 100),
        (str(uid("q")), 0 + 250 + 100 + 60),
    ]
    told = matching.explained(fact)
    assert [one for one in told.ko if "보았습니다" in one] == [
        "적어 주신 ‘HWP’와 이 자리의 ‘한컴오피스’는 같은 기술로 보았습니다.",
        "적어 주신 ‘코딩’과 이 자리의 ‘프로그래밍’은 같은 직무로 보았습니다.",
        "적어 주신 ‘HWP’와 이 자리의 ‘한글’은 같은 기술로 보았습니다.",
        "적어 주신 ‘코딩’과 이 자리의 ‘웹 개발’은 같은 분야(정보통신)로 보았습니다.",
        "적어 주신 ‘코딩’과 이 자리의 ‘IT’는 같은 분야(정보통신)로 보았습니다.",
    ]
    assert "“코딩”, as you wrote, and “프로그래밍” count as the same work." in told.en
    assert len(told.ko) == len(told.en)


async def test_who_may_not_apply_is_told_each_rule(matching: World) -> None:
    await matching.market({"o1": 1})
    await matching.applicant("a", "o1", birth_date="1980-01-01", employment="employed")
    (fact,) = await matching.told("match.ranked")
    assert (fact.data["eligible"], fact.data["failed_rules"]) == (False, ["age", "employment"])
    assert fact.data["suggestions"] == []
    assert matching.explained(fact).ko == [
        "2022년 4월 1일을 기준으로 만 19세부터 39세까지 신청하실 수 있습니다.",
        "신청하실 수 있는 나이는 만 39세까지이며, 만 40세가 되시는 날은 2020년 1월 1일입니다.",
        "현재 취업하지 않으신 분이 신청하실 수 있습니다.",
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))))
async def test_facts_may_come_in_any_order_among_topics(matching: World, order: tuple[int, ...]) -> None:
    """Person, programme, openings, application in each of 24 orders: ranked once, when all are there."""
    news: list[list[Event]] = [
        [matching.person("a")],
        [programme()],
        [opening("o1"), opening("o2")],
        [application("a", "o1", "o2")],
    ]
    for number, place in enumerate(order, start=1):
        await matching.apply(*news[place])
        assert len(await matching.told("match.ranked")) == (number == len(order))
    await matching.apply(*news[0], *news[1], *news[2], *news[3])
    assert len(await matching.told("match.ranked")) == 1


async def test_an_application_waits_until_each_choice_is_known(matching: World) -> None:
    await matching.market({"o1": 1})
    await matching.applicant("a", "o1", "o2")
    assert await matching.told("match") == []
    await matching.apply(opening("o2"))
    assert len(await matching.told("match.ranked")) == 1


async def test_changed_choices_are_ranked_anew_once_and_late_ones_change_nothing(matching: World) -> None:
    await matching.market({"o1": 1, "o2": 1})
    await matching.applicant("a", "o1")
    await matching.apply(chose_anew("a", "o2", "o1", sequence=3))
    await matching.apply(chose_anew("a", "o1", sequence=2), chose_anew("a", "o2", "o1", sequence=3))
    assert [fact.sequence for fact in await matching.told("match.ranked")] == [1, 2]
    (row,) = await matching.fetch("select state, choices, scores, sequence from application")
    assert (row["state"], row["choices"], row["sequence"]) == ("ranked", [uid("o2"), uid("o1")], 3)
    assert len(row["scores"]) == 2
    await matching.apply(withdrawn("a"))
    await matching.apply(chose_anew("a", "o1", sequence=5))
    (row,) = await matching.fetch("select state, choices from application")
    assert (row["state"], row["choices"]) == ("withdrawn", [uid("o2"), uid("o1")])


async def test_facts_that_crossed_in_two_processes_are_found_by_the_timer(matching: World) -> None:
    """Person and application commit beside one another, neither seeing the other's row."""
    await matching.market({"o1": 1})
    both = asyncio.Barrier(2)

    async def apply(event: Event) -> None:
        async with matching.service.database.unit_of_work(CONSUMER, purposes.MATCHING) as tx:
            await markets(matching.service.city).handlers()[event.topic]([event], tx)
            await both.wait()

    await asyncio.gather(apply(matching.person("a")), apply(application("a", "o1")))
    assert await matching.told("match") == []
    assert await matching.late_facts() == 1
    assert await matching.late_facts() == 0
    assert len(await matching.told("match.ranked")) == 1


async def test_everything_delivered_twice_has_its_effect_once(matching: World) -> None:
    """The runner gets each batch again, and then the same facts sent again by a relay, at new offsets."""
    events = [
        programme(), firm("o1"), opening("o1", capacity=1), matching.person("a"), matching.person("b"),
        application("a", "o1"), application("b", "o1"), withdrawn("b"), erased("b", "contact", "profile"),
    ]  # fmt: skip
    applier = Applier(
        matching.service.database,
        "matching-markets",
        purposes.MATCHING,
        markets(matching.service.city).handlers(),
    )
    topics = sorted({event.topic for event in events})
    for topic in topics:
        await matching.fetch(
            "insert into consumer_offset (grp, topic, part, cluster) values ('matching-markets', $1, 0, 'c')",
            topic,
        )
    for delivery in range(2):
        for topic in topics:
            batch = [event for event in events if event.topic == topic]
            for _ in range(2):
                records = [_record(event, n, delivery * len(batch)) for n, event in enumerate(batch)]
                await applier.apply({TopicPartition(topic, 0): records}, frozenset())
    told = [(fact.type, fact.subject) for fact in await matching.told()]
    assert len(told) == len(set(told))
    kinds = [kind for kind, _ in told if kind != "access.recorded"]
    assert kinds == ["erasure.acknowledged", "match.ranked"]


def _record(event: Event, number: int, base: int) -> ConsumerRecord[Any, Any]:
    headers = [*event.headers, ("ce_position", f"1:{number + 1}".encode())]
    return ConsumerRecord(
        event.topic, 0, base + number, 0, 0, event.key, event.value, None, 0, 0, tuple(headers)
    )  # fmt: skip


async def test_what_is_known_last_of_a_person_counts_in_whatever_order_it_comes(matching: World) -> None:
    await matching.market({"o1": 1})
    registered = matching.person("a")
    sealed = registered.data.private["profile"]
    for sequence, district in ((3, "27230"), (2, "27110")):
        await matching.apply(changed("a", sealed, district=district, sequence=sequence))
    await matching.apply(registered, application("a", "o1"))
    (row,) = await matching.fetch("select district, sequence from person")
    assert (row["district"], row["sequence"]) == ("27230", 3)
    assert len(await matching.told("match.ranked")) == 1


async def test_a_withdrawn_consent_is_acknowledged_and_nothing_is_forgotten(matching: World) -> None:
    consent = uid("consent")
    withdrawal = event(PersonConsentWithdrawn(consent=consent), uid("a"), sequence=2)
    await matching.apply(matching.person("a"), withdrawal)
    (fact,) = await matching.told("erasure")
    assert fact.data == {"person": str(uid("a")), "record_classes": [], "consent": str(consent)}
    (row,) = await matching.fetch("select sealed, erased_at from person")
    assert row["sealed"] is not None
    assert row["erased_at"] is None


async def test_an_erased_person_leaves_nothing_to_open_and_their_place_passes_on(matching: World) -> None:
    await matching.market({"o1": 1}, policy="rolling")
    await matching.applicant("a", "o1")
    await matching.applicant("b", "o1")
    assert await matching.live() == {"o1": [str(uid("a"))]}
    await matching.apply(erased("a", "contact", "profile", "application"))
    assert await matching.live() == {"o1": [str(uid("b"))]}
    (row,) = await matching.fetch("select * from person where id = $1", uid("a"))
    assert (row["sealed"], row["district"]) == (None, None)
    (row,) = await matching.fetch("select * from application where person = $1", uid("a"))
    assert (row["state"], row["explanation"], row["choices"]) == ("erased", None, [])
    (fact,) = await matching.told("erasure")
    assert fact.data == {
        "person": str(uid("a")),
        "record_classes": ["profile", "application"],
        "consent": None,
    }


async def test_an_erased_person_does_not_come_back_with_a_late_fact(matching: World) -> None:
    await matching.market({"o1": 1})
    await matching.apply(erased("a", "profile"))
    await matching.applicant("a", "o1")
    assert await matching.told("match") == []
    assert [row["state"] for row in await matching.fetch("select state from application")] == ["erased"]


async def test_where_the_key_was_destroyed_first_nothing_is_ranked(matching: World) -> None:
    await matching.market({"o1": 1})
    registered = matching.person("a")
    matching.keys.destroy(uid("a"))
    await matching.apply(registered, application("a", "o1"))
    assert await matching.told("match") == []
    assert await matching.late_facts() == 0


async def test_the_applications_role_sees_no_person_without_a_purpose(matching: World) -> None:
    await matching.market({"o1": 1})
    await matching.applicant("a", "o1")
    pool = await matching.service.database.pool()
    for table in ("person", "application", "match", "waiting", "round"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0
    assert await matching.fetch("select count(*) from person where sealed is not null") == [(1,)]


async def test_rolling_places_are_proposed_on_arrival_until_none_is_left(matching: World) -> None:
    """Two places; c, whose choices are gone, waits and follows when a declines."""
    await matching.market({"o1": 1, "o2": 1}, policy="rolling")
    for name in ("a", "b", "c", "d"):
        await matching.applicant(name, "o1", "o2")
    assert await matching.live() == {"o1": [str(uid("a"))], "o2": [str(uid("b"))]}
    answer = await matching.post(f"/matches/{await matching.match_of('a')}/refusal", "staff")
    assert answer.status_code == 200
    assert await matching.live() == {"o1": [str(uid("c"))], "o2": [str(uid("b"))]}


async def test_four_hundred_applications_cost_as_many_statements_as_four(matching: World) -> None:
    """Those of one file, in one transaction, with 40 openings: nothing goes row by row over the network."""
    await matching.market({f"o{number}": 1 for number in range(40)})
    names = [f"p{number}" for number in range(408)]
    await matching.apply(*(matching.person(name) for name in names))
    await _statements(matching, names[:4])  # the driver learns the types once
    few, many = [await _statements(matching, some) for some in (names[4:8], names[8:])]
    assert many == few
    ranked = await matching.told("match.ranked")
    assert len(ranked) == 408
    assert all(len(fact.data["suggestions"]) == 3 for fact in ranked)


async def _statements(matching: World, names: list[str]) -> list[str]:
    """What Postgres is asked while these people's applications are applied."""
    asked: list[str] = []
    applications = [application(name, "o1", "o2", "o3", at=AT) for name in names]
    async with matching.service.database.unit_of_work(CONSUMER, purposes.MATCHING) as tx:
        with tx.connection.query_logger(lambda one: asked.append(one.query)):
            await markets(matching.service.city).handlers()[applications[0].topic](applications, tx)
    return asked


async def test_without_a_profile_an_application_waits(matching: World) -> None:
    await matching.market({"o1": 1})
    await matching.apply(person("a", None), application("a", "o1"))
    assert await matching.told("match") == []


async def test_each_application_is_decided_by_the_version_it_was_made_under(matching: World) -> None:
    """The second version asks for income; who applied under the first is not asked."""
    first = definition()
    income = {"share_percent_max": 100, "refusal": {"ko": "소득이 많습니다.", "en": "Too much."}}
    document = first.model_dump(mode="json") | {"version": 2}
    document["eligibility"]["income"] = income
    second = ProgrammePublished(programme=first.id, version=2, definition=document)
    await matching.market({"o1": 1})
    await matching.apply(event(second, first.id, sequence=2))
    await matching.applicant("a", "o1")
    later = application("b", "o1")
    under_second = later.data.model_copy(update={"programme_version": 2})
    await matching.apply(matching.person("b"), event(under_second, later.subject))
    told = {fact.application: fact.data["failed_rules"] for fact in await matching.told("match.ranked")}
    assert told == {uid("application a"): [], uid("application b"): ["income"]}


async def test_income_is_decided_by_the_citys_table_and_told_with_both_numbers(matching: World) -> None:
    made = definition()
    document = made.model_dump(mode="json") | {"year": 2026, "eligibility": {}}
    document["eligibility"]["income"] = {
        "share_percent_max": 50,
        "refusal": {"ko": "많습니다.", "en": "Much."},
    }
    published = ProgrammePublished(programme=made.id, version=1, definition=document)
    await matching.apply(event(published, made.id), firm("o1"), opening("o1"))
    at = datetime(2026, 4, 1, 3, tzinfo=UTC)
    for name, won in (("a", 1_282_119), ("b", 1_500_000)):
        person_ = matching.person(name, household_size=1, income_monthly_won=won)
        await matching.apply(person_, application(name, "o1", at=at))
    first, second = await matching.told("match.ranked")
    assert (first.data["eligible"], second.data["eligible"]) == (True, False)
    assert matching.explained(second).ko == [
        "많습니다.",
        "가구 소득은 기준중위소득의 59%이며, 기준은 50% 이하입니다.",
    ]


async def test_where_nothing_is_chosen_whoever_may_apply_is_told_so_at_once(matching: World) -> None:
    made = definition()
    document = made.model_dump(mode="json", exclude={"opening", "matching"}) | {
        "choices": {"min": 0, "max": 0}
    }
    published = ProgrammePublished(programme=made.id, version=1, definition=document)
    await matching.apply(event(published, made.id))
    await matching.applicant("a")
    (fact,) = await matching.told("match")
    assert (fact.type, fact.data["eligible"], fact.data["suggestions"]) == ("match.ranked", True, [])
    assert matching.explained(fact).ko == ["신청 자격이 확인되었습니다."]
