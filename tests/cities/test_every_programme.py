"""Every programme of every city pack takes in who may apply, and tells everybody else which rule and why."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from services.intake.tests.world import World, problem, world

from ieum.common.events.intake import PersonProfile
from ieum.common.events.programme import Programme
from ieum.common.kernel.clock import ManualClock
from ieum.common.kernel.dates import age_on, korean_date
from ieum.common.service.city import City
from ieum.common.service.settings import REPOSITORY
from ieum.intake.people.domain import CONSENT_AGE_YEARS
from ieum.matching.eligibility.domain import Ineligible, decide_eligibility
from ieum.matching.ranking.actions import facts_of

from .walking import answers, eligible, guardian, noon, open_day, opening_for, turned_away

if TYPE_CHECKING:
    from .conftest import Prepared

pytestmark = pytest.mark.servers

CITIES = REPOSITORY / "deploy" / "cities"
FILES = sorted(CITIES.glob("*/programmes/*.yaml"))
cities = cache(City.load)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parts[-3]}/{path.stem}")
async def test_who_may_apply_is_taken_in_and_the_others_are_told_why(database: Prepared, path: Any) -> None:
    """Over HTTP on Postgres; who is turned away is decided by matching, from what intake told it."""
    city = cities(path.parents[1])
    found = city.programme(path.stem)
    assert found is not None
    place = (database.dsn, database.secrets, database.prefix)
    async with world(*place, city=city.id) as intake:
        intake.service.clock = intake.service.database.clock = ManualClock(noon(open_day(found)))  # type: ignore[assignment]
        published = await intake.post(
            "programmes", {"yaml": path.read_text(encoding="utf-8")}, agency=found.agency
        )
        assert published.status_code == 201, published.text
        programme = await told_programme(intake, found.id)
        body = eligible(programme, city)
        person = await register(intake, programme, body)
        assert await refused(intake, city, programme, person, body) == []
        choices = await opening_for(intake, programme, city)
        await apply(intake, programme, person, choices)
        for turned in turned_away(programme, city):
            other = await register(intake, programme, turned.body)
            why = await refused(intake, city, programme, other, turned.body)
            assert [(one.rule, one.ko) for one in why] == [(turned.rule, turned.ko)]


async def told_programme(intake: World, id_: str) -> Programme:
    """The definition as it travels."""
    told = [one for one in await intake.told("intake-programmes") if one["programme"] == id_]
    return Programme.model_validate(told[-1]["definition"])


async def register(intake: World, programme: Programme, body: dict[str, Any]) -> str:
    today = korean_date(intake.service.clock.now())
    if age_on(date.fromisoformat(body["birth_date"]), today) < CONSENT_AGE_YEARS:
        body = body | {"representative": guardian(today)}
    made = await intake.post("people", body, agency=programme.agency)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def refused(
    intake: World, city: City, programme: Programme, person: str, body: dict[str, Any]
) -> list[Ineligible]:
    """What matching decides of the profile that intake sealed."""
    shown = await intake.get(f"people/{person}", params={"reveal": "자격 확인"}, agency=programme.agency)
    profile = PersonProfile.model_validate(shown.json()["profile"])
    facts = facts_of(profile, body["district"])
    return decide_eligibility(programme, facts, open_day(programme), city.median_incomes)


async def apply(intake: World, programme: Programme, person: str, choices: list[str]) -> None:
    """The form is held against its questions; then the application is taken and told."""
    body = {"person": person, "programme": programme.id, "choices": choices}
    if programme.form and programme.form.required:
        lacking = await intake.post("applications", body, agency=programme.agency)
        assert problem(lacking) == (422, "answer-invalid")
        assert lacking.json()["errors"][0]["pointer"] in {
            f"/answers/{one}" for one in programme.form.required
        }
    full = body | {"answers": answers(programme)}
    made = await intake.post("applications", full, agency=programme.agency)
    assert made.status_code == 201, made.text
    assert (made.json()["status"], made.json()["programme_version"]) == ("submitted", programme.version)
    told = [one for one in await intake.told("intake-applications") if one["programme"] == programme.id]
    assert [(one["person"], len(one["choices"])) for one in told] == [(person, len(choices))]
