"""Publishing a year's market: the programme as its agency's file says it, the firms, and their openings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.demo.run import Published

if TYPE_CHECKING:
    from ieum.demo.run import Run
    from ieum.demo.sample import Workplace


async def publish(run: Run) -> Published:
    """Send all of it over HTTP."""
    definition = run.programme.model_dump(mode="json")
    await run.api.post("/intake/programmes", run.staff, {"definition": definition}, key=run.key("programme"))

    async def one(workplace: Workplace) -> tuple[str, str]:
        return workplace.code, await _publish(run, workplace)

    openings = dict(await run.each("사업장과 자리 등록 · Workplaces", run.sample.workplaces, one))
    titles = {openings[w.code]: f"{w.name} ‘{w.title}’" for w in run.sample.workplaces}
    return Published(openings, titles)


async def _publish(run: Run, workplace: Workplace) -> str:
    firm = {
        "name": workplace.name,
        "roles": ["workplace"],
        "district": workplace.district,
        "email": workplace.email,
    }
    made = await run.api.post("/intake/organisations", run.staff, firm, key=run.key("firm", workplace.code))
    opening = {
        "programme": run.programme.id,
        "organisation": made.document["id"],
        "code": workplace.code,
        "title": workplace.title,
        "capacity": workplace.capacity,
        "district": workplace.district,
        "field": workplace.field,
        "skills": workplace.skills,
        "wage_hourly_won": workplace.wage_hourly_won,
        "hours_per_week": workplace.hours_per_week,
        "months": workplace.months,
        "contract": workplace.contract,
    }
    made = await run.api.post("/intake/openings", run.staff, opening, key=run.key("opening", workplace.code))
    return str(made.document["id"])
