"""Applications: some person by person over HTTP at a window, the larger part from the agencies' CSV files.

The programme's period lies years back, and intake takes applications within it only. So every application is
sent as a window sends one from paper: by staff, with the day on which the agency received it (`received_on`).
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ieum.common.kernel.errors import Refusal
from ieum.demo.programme import received_on
from ieum.demo.run import WAIT_SECONDS
from ieum.demo.summary import ImportedFile

if TYPE_CHECKING:
    from ieum.demo.api import Who
    from ieum.demo.run import Run
    from ieum.demo.sample import Person

POLL_SECONDS = 0.2
HTTP_AT_ONCE = 2
"""So many windows at once: the latency is that of a service that is not flooded."""


@dataclass(frozen=True, slots=True)
class Applied:
    """An application made over HTTP: `at` is when its 201 was here, in seconds since 1970."""

    person: Person
    application: str
    at: float


async def by_http(run: Run) -> list[Applied]:
    """Register each person and apply for them, each POST under its own Idempotency-Key."""

    async def one(person: Person) -> Applied:
        staff = run.staff_of(person.agency)
        made = await run.api.post("/intake/people", staff, _person(person), key=run.key("person", person.ref))
        body = {
            "person": made.document["id"],
            "programme": run.programme.id,
            "choices": person.choices,
            "received_on": received_on(run.programme).isoformat(),
        }
        answer = await run.api.post("/intake/applications", staff, body, key=run.key("apply", person.ref))
        return Applied(person, answer.document["id"], answer.at)

    return await run.each("창구 신청(HTTP) · Applications by HTTP", run.sample.by_http, one, HTTP_AT_ONCE)


def _person(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "birth_date": person.birth_date.isoformat(),
        "phone": person.phone,
        "email": person.email,
        "district": person.district,
        "employment": person.employment,
        "moving_in": person.moving_in.isoformat() if person.moving_in else None,
        "skills": person.skills,
        "fields": person.fields,
        "experience_months": person.experience_months,
    }


async def by_csv(run: Run) -> list[ImportedFile]:
    """Send each agency's file as it is, in CP949; its bad rows are reported, its good ones kept."""

    async def one(name: str) -> ImportedFile:
        agency = name.partition(f"-{run.sample.year}-")[0]
        content = run.sample.files[name].encode("cp949")
        params = {"programme": run.programme.id, "received_on": received_on(run.programme).isoformat()}
        staff = run.staff_of(agency)
        answer = await run.api.upload(
            "/intake/imports/applications", staff, content, key=run.key("file", agency), params=params
        )
        return _file(name, agency, await _worked_through(run, staff, answer.document))

    return await run.each("기관 파일(CSV, CP949) · Agencies' files", sorted(run.sample.files), one, 1)


async def _worked_through(run: Run, staff: Who, report: dict[str, Any]) -> dict[str, Any]:
    """The report of a file once all its rows were looked at."""
    give_up = time.monotonic() + WAIT_SECONDS
    while report["state"] == "working" and time.monotonic() < give_up:
        await asyncio.sleep(POLL_SECONDS)
        report = await run.api.get(f"/intake/imports/{report['id']}", staff)
    if report["state"] != "done":
        fault = report["fault"] or {"ko": "파일이 아직 처리 중입니다.", "en": "The file is still worked on."}
        raise Refusal("import-unfinished", ko=fault["ko"], en=fault["en"])
    return report


def _file(name: str, agency: str, report: dict[str, Any]) -> ImportedFile:
    problems = report["problems"]
    example = None
    if problems:
        first = problems[0]
        example = f"{first['line']}행 {first['column']}: {first['ko']}"
    return ImportedFile(
        name=name, agency=agency, accepted=report["added"], rejected=report["refused"], example=example
    )
