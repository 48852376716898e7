"""Indicators of a round by group: the numbers, the event at confirmation, the page."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from ieum.common.events.matching_fairness import GroupIndicators, RoundFairness
from ieum.common.events.programme import Factors
from ieum.common.testing.browser import at_phone_width
from ieum.matching.fairness import jobs
from ieum.matching.fairness.domain import Standing, age_band, by_sex, indicators, mean_rank, wilson

from .facts import erased, uid
from .world import World


@pytest.mark.parametrize(("hits", "of", "low", "high"), [
    (81, 263, 0.2553, 0.3662),
    (15, 148, 0.0624, 0.1605),
    (0, 20, 0.0000, 0.1611),
    (1, 29, 0.0061, 0.1718),
])  # fmt: skip
def test_intervals_are_those_published(hits: int, of: int, low: float, high: float) -> None:
    """R. G. Newcombe, Statistics in Medicine 17 (1998), 857-872, table I, method 3."""
    found = wilson(hits, of)
    assert found.value == round(hits / of * 1000)
    assert low * 1000 - 1 < found.low <= low * 1000 + 0.05
    assert high * 1000 - 0.05 <= found.high < high * 1000 + 1


def test_the_mean_rank_and_its_interval() -> None:
    """1, 1, 2, 4: mean 2, variance 2, half width 1.959964 x sqrt(2 / 4) = 1.3859."""
    found = mean_rank([1, 1, 2, 4])
    assert (found.value, found.low, found.high) == (200, 100, 339)


@pytest.mark.parametrize(("born", "band"), [
    (date(2007, 2, 16), "0-18"), (date(2007, 2, 15), "19-24"), (date(1961, 2, 15), "65+"),
    (date(1961, 2, 16), "50-64"), (date(2026, 3, 1), "unknown"),
])  # fmt: skip
def test_age_bands_turn_on_the_birthday(born: date, band: str) -> None:
    assert age_band(born, date(2026, 2, 15)) == band


def test_a_group_beside_everybody_else() -> None:
    near = [
        Standing(rank, "27110", "19-24", frozenset({"near-poor"})) for rank in [1] * 6 + [2] * 5 + [None] * 9
    ]
    others = [Standing(rank, "27140", "25-29", frozenset()) for rank in [1] * 10 + [3] * 10 + [None] * 10]
    found = {(one.dimension, one.name): one for one in indicators(near + others, ["near-poor"])}
    assert list(found) == [
        ("all", "all"), ("district", "27110"), ("district", "27140"), ("age", "19-24"), ("age", "25-29"),
        ("group", "near-poor"),
    ]  # fmt: skip
    shown = found["group", "near-poor"]
    assert shown.applicants == 20
    assert shown.matched == wilson(11, 20)
    assert shown.first_choice == wilson(6, 20)
    assert shown.mean_rank == mean_rank([1] * 6 + [2] * 5)
    assert found["all", "all"].matched == wilson(31, 50)


def test_by_sex_where_anybody_said_theirs() -> None:
    told = [
        Standing(rank, "27110", "19-24", frozenset(), sex)
        for sex, ranks in (
            ("female", [1] * 9 + [None] * 6),
            ("male", [1] * 6 + [None] * 9),
            ("unknown", [1] * 7),
        )
        for rank in ranks
    ]
    found = {one.name: one for one in by_sex(told)}
    assert list(found) == ["female", "male", "unknown"]
    assert (found["female"].matched, found["male"].matched) == (wilson(9, 15), wilson(6, 15))
    assert by_sex(told[30:]) == []


def test_of_a_small_group_nothing_is_told_and_nothing_follows_from_the_others() -> None:
    few = [Standing(1, "27110", "19-24", frozenset()) for _ in range(3)]
    many = [Standing(rank, "27140", "19-24", frozenset()) for rank in [1] * 20 + [2] * 20 + [None] * 20]
    found = {one.name: one for one in indicators(few + many, []) if one.dimension == "district"}
    assert found["27110"] == GroupIndicators(dimension="district", name="27110")
    assert found["27140"].first_choice is None  # 23 of all were, so 20 would tell the three
    assert found["27140"].applicants is None  # 63 applied in all


@pytest.mark.servers
async def test_a_confirmed_round_tells_its_indicators_once_and_has_a_page(
    matching: World, tmp_path: Path
) -> None:
    """Twelve places for thirty people of two districts; one of them is erased before it is told."""
    await matching.market({"o1": 6, "o2": 6}, factors=Factors(experience=1, groups={"near-poor": 1}))
    for number in range(30):
        await matching.applicant(
            f"p{number}",
            *(("o1", "o2") if number % 2 else ("o2", "o1")),
            district="27110" if number < 15 else "27140",
            groups=["near-poor"] if number % 3 == 0 else [],
            birth_date=date(1998, 5, 1) if number % 2 else date(1993, 5, 1),
            sex="female" if number % 2 else "male",
        )
    id_ = await matching.round(confirmed=False)
    assert await jobs.tell(matching.service) == 0
    assert (await matching.get(f"/rounds/{id_}/fairness", "official")).status_code == 404
    answer = await matching.post(f"/rounds/{id_}/confirmation", "official")
    assert answer.status_code == 200
    await matching.apply(erased("p29", "profile", "application"))
    assert [await jobs.tell(matching.service) for _ in range(2)] == [1, 0]
    (fact,) = await matching.told("round.fairness")
    told = RoundFairness.model_validate(fact.data)
    assert (str(told.round), fact.sequence) == (id_, 1)
    everybody = told.groups[0]
    assert (everybody.applicants, everybody.matched) == (30, wilson(12, 30))
    assert {one.name for one in told.groups if one.dimension == "district"} == {"27110", "27140", "unknown"}
    assert [one.name for one in told.groups if one.dimension == "group"] == ["near-poor"]
    assert [one.name for one in told.by_sex] == ["female", "male", "unknown"]
    unknown = next(one for one in told.groups if one.name == "unknown")
    assert (unknown.applicants, unknown.matched) == (None, None)
    opened = [one.data for one in await matching.told("access") if one.data["actor"] == "matching/fairness"]
    assert [(one["person"], one["record_classes"], one["objects"]) for one in opened] == [
        (None, ["profile"], 29)
    ]
    page = await matching.get(f"/rounds/{id_}/fairness", "official")
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "<table class" in page.text
    assert str(uid("application p1")) not in page.text
    layout = await at_phone_width(page.text, tmp_path)
    assert layout.wide <= layout.screen


@pytest.mark.servers
async def test_a_round_sent_back_tells_nothing(matching: World) -> None:
    await matching.market({"o1": 1})
    await matching.applicant("a", "o1")
    id_ = await matching.round(confirmed=False)
    back = await matching.post(f"/rounds/{id_}/return", "official", {"reason": "다시 확인합니다."})
    assert back.status_code == 200
    assert await jobs.tell(matching.service) == 0


@pytest.mark.servers
async def test_the_page_is_for_officials_staff_and_auditors(matching: World) -> None:
    path = f"/rounds/{uuid4()}/fairness"
    assert (await matching.get(path, "auditor")).status_code == 404
    assert (await matching.get(path, "citizen")).status_code == 403
