"""Row-level security alone: plain SQL as the application's role, as a handler would that forgot to check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ieum.common.postgres import Actor
from ieum.common.privacy import purposes
from ieum.common.web.requests import actor
from ieum.common.web.tokens import Principal
from ieum.intake.people.actions import meet

from .oracle import Town, Who
from .town import JUNG, YOUTH, everybody, make
from .world import World

pytestmark = pytest.mark.servers

OF_PEOPLE: Mapping[str, tuple[str, str | None]] = {
    "person": ("id", None),
    "person_name_part": ("person", "search"),
    "person_name_pair": ("person", "search"),
    "person_registration": ("person", "registration"),
    "consent": ("person", None),
    "consent_recipient": ("person", None),
    "erasure": ("person", "erasure"),
    "erasure_kept": ("person", "erasure"),
    "access_record": ("person", "access"),
    "person_change": ("person", "registration"),
    "draft": ("person", "draft"),
    "document_folder": ("person", "document"),
    "document": ("person", "document"),
}
"""Table → its column of the person, and what of the person it holds."""
OF_OBJECTS = (
    "application", "application_fact", "case_file", "referral", "representation", "person_merge",
    "document_chunk", "review", "review_seat", "import_report", "import_problem", "import_chunk",
    "application_bulk", "import_mapping",
)  # fmt: skip
NAMED_BY = {
    "application_fact": "application", "document_chunk": "document", "review": "application",
    "review_seat": "application", "import_problem": "import", "import_chunk": "import",
    "application_bulk": "agency", "import_mapping": "agency",
}  # fmt: skip
"""By which column a row is named, where it is not `id`."""
PROTECTED = """select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'public' and c.relkind in ('r', 'p') and c.relrowsecurity and c.relforcerowsecurity"""
WITHOUT_PERSONS = {
    "agreement", "consumer_offset", "contact_count", "dead_letter", "idempotency", "key_sweep", "opening",
    "organisation", "outbox", "programme", "programme_version", "referral_capacity", "referral_feed",
    "relay", "schema_migration", "visit_feed", "visit_number",
}  # fmt: skip
"""Tables that hold nothing of a person but sealed (outbox, dead letters) or hashed (idempotency)."""


def _actor(intake: World, who: Who) -> Actor:
    if not who.roles:
        return actor(None)
    return actor(Principal(who.subject, who.roles, who.agency), intake.service.search)


async def see(intake: World, who: Who, purpose: str = purposes.INTAKE) -> dict[str, set[str]]:
    """What somebody sees of each table: the people of OF_PEOPLE, else the rows' ids."""
    columns = {name: column for name, (column, _) in OF_PEOPLE.items()} | dict.fromkeys(OF_OBJECTS, "id")
    columns |= NAMED_BY
    async with intake.service.database.unit_of_work(_actor(intake, who), purpose) as tx:
        return {
            name: {str(row["id"]) for row in await tx.fetch(f"select distinct {column} as id from {name}")}
            for name, column in columns.items()
        }


def wanted(town: Town, who: Who, there: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What the oracle says they see, of what there is."""

    def sees(person: str, what: str | None) -> bool:
        return town.sees(who, person, what)

    people = {name: {one for one in there[name] if sees(one, what)} for name, (_, what) in OF_PEOPLE.items()}
    if "auditor" in who.roles:
        people["access_record"] = there["access_record"]
    desk = who.desk or "nobody's"
    applied = {one.id for one in town.applied if sees(one.person, "application") or desk == one.taken_by}
    reviewed = {
        one.id
        for one in town.reviewed
        if (who.is_staff and (who.subject in one.reviewers or desk == one.run_by))
        or sees(one.person, "application")
    }
    imported = {one.id for one in town.imported if desk == one.agency}
    own = {desk} & {one.agency for one in town.imported}
    return people | {
        "document_chunk": {one.id for one in town.documents if sees(one.person, "document")},
        "review": reviewed,
        "review_seat": reviewed,
        "import_report": imported,
        "import_problem": imported,
        "import_chunk": imported,
        "application_bulk": own,
        "import_mapping": own,
        "application": applied,
        "application_fact": applied & there["application_fact"],
        "case_file": {one.id for one in town.cases if desk == one.agency},
        "referral": {one.id for one in town.referred if desk in (one.from_agency, one.to_agency)},
        "representation": {
            one.id
            for one in town.speaks
            if any(sees(person, "representation") for person in (one.person, one.representative))
        },
    }


async def everything(intake: World) -> dict[str, set[str]]:
    found = {
        name: {str(row["id"]) for row in await intake.fetch(f"select distinct {column} as id from {name}")}
        for name, (column, _) in OF_PEOPLE.items()
    }
    for name, column in NAMED_BY.items():
        rows = await intake.fetch(f"select distinct {column} as id from {name}")
        found[name] = {str(row["id"]) for row in rows}
    return found


async def test_the_rows_that_anybody_sees_are_those_the_facts_say(intake: World) -> None:
    """Every actor × every table, row by row, against the oracle; and a person's own request sees no more."""
    town = await make(intake, 7)
    await intake.fetch(
        """insert into access_record (event, person, service, actor_kind, record_classes, purpose, at)
        select gen_random_uuid(), id, 'intake', 'staff', '{contact}', 'intake', registered_at from person"""
    )
    await intake.fetch(
        """insert into application_fact (event, application, status, at)
        select gen_random_uuid(), id, 'ranked', submitted_at from application"""
    )
    await intake.fetch(
        """insert into erasure_kept (person, record_class, article, until)
        select person, 'case', 'x', '2030-01-01' from erasure on conflict do nothing"""
    )
    await intake.fetch(
        """insert into import_problem (import, line, place, code, ko, en)
        select id, 99, 1, 'x', 'x', 'x' from import_report"""
    )
    await intake.fetch(
        """insert into application_bulk (id, agency, results, created_at)
        select gen_random_uuid(), agency, '[]', created_at from import_report"""
    )
    await intake.fetch(
        """insert into import_mapping
          (id, agency, name, kind, columns, words, ignore_others, created_at, changed_at)
        select gen_random_uuid(), agency, 'a', 'people', '{}', '{}', false, created_at, created_at
        from import_report"""
    )
    await intake.fetch(
        "insert into person_change (person, sequence, at) select id, 9, registered_at from person"
    )
    there = await everything(intake)
    assert all(there.values()), {name for name, rows in there.items() if not rows}
    for who in everybody(town):
        seen = await see(intake, who)
        del seen["person_merge"]
        assert seen == wanted(town, who, there), who
        asked = await see(intake, who, purposes.OWN_DATA)
        assert asked["person"] == seen["person"], who
        assert asked["case_file"] - seen["case_file"] == {
            one.id
            for one in town.cases
            if who.desk != one.agency and any(town.sees(who, person, "case") for person in one.persons)
        }, who


async def test_without_a_context_nothing_is_there_and_services_see_all(intake: World) -> None:
    """Whoever opens a connection past the unit of work sees no row of any protected table."""
    await intake.confer(await intake.person(), YOUTH)
    protected = {row["name"] for row in await intake.fetch(PROTECTED)}
    every = await intake.fetch("select tablename as name from pg_tables where schemaname = 'public'")
    assert {row["name"] for row in every} - protected == WITHOUT_PERSONS, (
        "a table of people must be protected"
    )
    pool = await intake.service.database.pool()
    for name in sorted(protected):
        assert await pool.fetch(f"select 1 from {name} limit 1") == [], name
    service = Actor("service", "intake/test")
    async with intake.service.database.unit_of_work(service, purposes.INTAKE) as tx:
        for name in sorted(protected):
            (row,) = await intake.fetch(f"select count(*) as n from {name}")
            assert await tx.fetchval(f"select count(*) from {name}") == row["n"], name


async def test_rows_of_others_are_neither_changed_nor_deleted(intake: World) -> None:
    person = await intake.person()
    before = await intake.fetch("select * from person")
    stranger = Who(frozenset({"staff"}), "kim", JUNG)
    async with intake.service.database.unit_of_work(_actor(intake, stranger), purposes.INTAKE) as tx:
        for name in ("person_name_part", "person_registration"):
            assert await tx.execute(f"delete from {name}") == "DELETE 0"
        assert await tx.execute("update person set agency = $1", JUNG) == "UPDATE 0"
        assert await tx.fetch("select id from person for update") == []
    assert await intake.fetch("select * from person") == before
    async with intake.service.database.unit_of_work(_actor(intake, stranger), purposes.INTAKE) as tx:
        await meet(tx, _id(before))
        assert [str(row["id"]) for row in await tx.fetch("select id from person")] == [person]


async def test_meeting_somebody_ends_with_the_transaction(intake: World) -> None:
    """The same connection sees nothing a moment later; and nobody but a desk meets anybody."""
    person = _id([{"id": await intake.person()}])
    for who, seen in (
        (Who(frozenset({"staff"}), "kim", JUNG), 1), (Who(frozenset({"staff"}), "kim", None), 0),
        (Who(frozenset({"operator"}), "kim", YOUTH), 0), (Who(frozenset({"citizen"}), "kim"), 0), (Who(), 0),
    ):  # fmt: skip
        async with intake.service.database.unit_of_work(_actor(intake, who), purposes.INTAKE) as tx:
            await meet(tx, person)
            assert len(await tx.fetch("select id from person")) == seen, who
        async with intake.service.database.unit_of_work(_actor(intake, who), purposes.INTAKE) as tx:
            assert await tx.fetch("select id from person") == [], who


def _id(rows: Any) -> Any:
    return rows[0]["id"]
