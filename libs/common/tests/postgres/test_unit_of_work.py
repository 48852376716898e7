"""A unit of work: state, events and records of access commit together or not at all, on a real Postgres."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from ieum.common.events.intake import (
    ApplicationWithdrawn,
    OrganisationRegistered,
    PersonContact,
    PersonProfile,
    PersonRegistered,
)
from ieum.common.events.matching import MatchAccepted
from ieum.common.events.model import Sealed
from ieum.common.postgres.publishing import CannotPublish
from ieum.common.postgres.transaction import Actor
from ieum.common.privacy import purposes
from ieum.common.privacy.keys import kid_of
from ieum.common.privacy.objects import open_sealed

from .conftest import NOW, World

pytestmark = pytest.mark.servers

STAFF = Actor("staff", "minji", "daegu-youth-centre", frozenset({"staff"}))
PERSON = UUID("019f0000-0000-7000-8000-000000000001")
CONTACT = PersonContact(name="김하늘", phone="+821012345678")
REGISTERED = PersonRegistered(district="27260", life_stage="youth", agency="daegu-youth-centre", basis="법")
WITHDRAWN = ApplicationWithdrawn(person=PERSON, programme="yes-matching-2022")


def _keys(world: World, *record_classes: str) -> None:
    world.keys.update({kid_of(PERSON, one): one[:1].encode() * 32 for one in record_classes})


async def _seal(world: World, private: Any = CONTACT) -> Sealed:
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        return await tx.seal(PERSON, private, uuid4())


async def test_state_and_events_commit_together(world: World) -> None:
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        await tx.execute("insert into thing values (1, $1)", {"이름": ["하나", 2]})
        id_ = tx.publish(WITHDRAWN, subject=PERSON, sequence=1)
        assert not await world.outbox()
    assert (await world.fetch("select note from thing"))[0]["note"] == {"이름": ["하나", 2]}
    [row] = await world.outbox()
    headers = dict(json.loads(row["headers"]))
    assert (row["topic"], row["key"], row["time"]) == ("intake-applications", str(PERSON), NOW)
    assert json.loads(row["value"]) == {"person": str(PERSON), "programme": "yes-matching-2022"}
    assert (headers["ce_id"], headers["ce_source"]) == (str(id_), "/ieum/test/intake")
    assert world.database.published.is_set()


async def test_an_exception_leaves_neither_state_nor_events(world: World) -> None:
    async def work() -> None:
        async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
            await tx.execute("insert into thing values (1)")
            tx.publish(WITHDRAWN, subject=PERSON, sequence=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()
    assert not await world.outbox()
    assert not await world.fetch("select from thing")
    assert not world.database.published.is_set()


async def test_an_event_that_cannot_be_written_undoes_the_state_too(world: World) -> None:
    async def work() -> None:
        async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
            await tx.execute("insert into thing values (1)")
            long = OrganisationRegistered(name="가" * 100_000, roles=["workplace"], district="27140")
            tx.publish(long, subject=PERSON, sequence=1)

    with pytest.raises(CannotPublish, match="intake-organisations allows 262144"):
        await work()
    assert not await world.fetch("select from thing")
    assert not await world.outbox()


async def test_what_the_register_forbids_is_refused_at_once(world: World) -> None:
    place = {"application": uuid4(), "person": PERSON, "programme": "p", "opening": uuid4()}
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        with pytest.raises(CannotPublish, match="intake may not publish"):
            tx.publish(MatchAccepted(**place, organisation=uuid4()), subject=PERSON, sequence=1)
        with pytest.raises(CannotPublish, match=r"no private objects of class \['contact'\]"):
            tx.publish(WITHDRAWN, subject=PERSON, sequence=1, person=PERSON, private=[CONTACT])
    assert not await world.outbox()


async def test_private_objects_leave_sealed_bound_to_their_event(world: World) -> None:
    _keys(world, "contact", "profile")
    profile = PersonProfile.model_validate({"birth_date": "1999-03-01"})
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        id_ = tx.publish(REGISTERED, subject=PERSON, sequence=1, person=PERSON, private=[CONTACT, profile])
    [row] = await world.outbox()
    assert "김하늘".encode() not in row["value"]
    private = PersonRegistered.model_validate_json(row["value"]).private
    assert private["contact"].context == id_
    assert open_sealed(private["contact"], b"c" * 32, PersonContact) == CONTACT
    assert open_sealed(private["profile"], b"p" * 32, PersonProfile) == profile


async def test_what_nobody_may_read_any_more_is_left_out(world: World) -> None:
    _keys(world, "contact")
    profile = PersonProfile.model_validate({"birth_date": "1999-03-01"})
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        tx.publish(REGISTERED, subject=PERSON, sequence=1, person=PERSON, private=[CONTACT, profile])
    [row] = await world.outbox()
    assert set(PersonRegistered.model_validate_json(row["value"]).private) == {"contact"}


async def test_events_keep_the_order_in_which_they_were_published(world: World) -> None:
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        for sequence in range(50):
            tx.publish(WITHDRAWN, subject=PERSON, sequence=sequence)
        tx.bury("intake-keys", "kid")
    rows = await world.outbox()
    sequences = [int(dict(json.loads(row["headers"]))["ce_sequence"]) for row in rows[:-1]]
    assert sequences == list(range(50))
    assert (rows[-1]["topic"], rows[-1]["key"], rows[-1]["value"]) == ("intake-keys", "kid", None)


async def test_row_level_security_knows_who_acts_and_what_for(world: World) -> None:
    asked = """select current_setting('ieum.actor'), current_setting('ieum.actor_kind'),
      current_setting('ieum.agency'), current_setting('ieum.purpose'), ieum_context()"""
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        told = tuple(await tx.fetchrow(asked))
    assert told == ("minji", "staff", "daegu-youth-centre", "intake", True)


async def test_outside_a_unit_of_work_there_is_no_context_even_on_the_same_connection(world: World) -> None:
    async with world.database.unit_of_work(STAFF, purposes.INTAKE):
        pass
    pool = await world.database.pool()
    for _ in range(3):
        assert await pool.fetchval("select ieum_context()") is False


async def test_a_policy_hides_rows_from_whoever_acts_for_no_purpose(world: World) -> None:
    """As tables of personal data have it; asked as a plain role, for a superuser passes every policy."""
    role = f"r_{uuid4().hex[:8]}"
    await world.fetch(f"create role {role}")
    try:
        for statement in (
            "alter table thing enable row level security",
            "create policy context on thing using (ieum_context())",
            f"grant select on thing to {role}",
            "insert into thing values (1)",
        ):
            await world.fetch(statement)
        async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
            await tx.execute(f"set local role {role}")
            assert await tx.fetchval("select count(*) from thing") == 1
            await tx.execute("select set_config('ieum.purpose', '', true)")
            assert await tx.fetchval("select count(*) from thing") == 0
    finally:
        await world.fetch(f"drop owned by {role}")
        await world.fetch(f"drop role {role}")


async def test_opening_for_a_persons_eyes_records_the_access_in_the_same_transaction(world: World) -> None:
    _keys(world, "contact")
    sealed = await _seal(world)
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        assert await tx.reveal(sealed, PersonContact, reason="면접 안내") == CONTACT
    [row] = await world.outbox()
    assert row["topic"] == "intake-access"
    assert json.loads(row["value"]) == {
        "actor": "minji", "actor_kind": "staff", "agency": "daegu-youth-centre", "person": str(PERSON),
        "record_classes": ["contact"], "objects": 1, "purpose": "intake", "reason": "면접 안내",
        "masked": False, "urgent": False,
    }  # fmt: skip


async def test_an_opening_that_is_rolled_back_records_nothing(world: World) -> None:
    _keys(world, "contact")
    sealed = await _seal(world)

    async def work() -> None:
        async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
            await tx.reveal(sealed, PersonContact, reason="면접 안내")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()
    assert not await world.outbox()


async def test_the_attempt_to_open_what_was_erased_is_recorded_too(world: World) -> None:
    _keys(world, "contact")
    sealed = await _seal(world)
    world.keys.clear()
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        assert await tx.reveal(sealed, PersonContact, reason="면접 안내") is None
    assert [row["topic"] for row in await world.outbox()] == ["intake-access"]


async def test_a_machine_records_one_access_for_all_that_it_opened(world: World) -> None:
    _keys(world, "contact", "profile")
    contacts = [await _seal(world) for _ in range(5)]
    profiles = [await _seal(world, PersonProfile.model_validate({"birth_date": "1999-03-01"}))]
    async with world.database.unit_of_work(Actor("service", "intake"), purposes.INTAKE) as tx:
        assert await tx.open_all(contacts, PersonContact) == [CONTACT] * 5
        await tx.open_all(profiles, PersonProfile)
    [row] = await world.outbox()
    told = json.loads(row["value"])
    assert (told["person"], told["objects"]) == (None, 6)
    assert told["record_classes"] == ["contact", "profile"]


async def test_what_was_erased_opens_as_none_in_its_place(world: World) -> None:
    _keys(world, "contact")
    sealed = await _seal(world)
    gone = sealed.model_copy(update={"kid": kid_of(uuid4(), "contact")})
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        assert await tx.open_all([gone, sealed, gone], PersonContact) == [None, CONTACT, None]


async def test_an_event_is_sealed_under_the_newest_generation_of_a_key(world: World) -> None:
    world.keys.update(
        {kid_of(PERSON, "contact", generation): bytes([generation]) * 32 for generation in (1, 2)}
    )
    async with world.database.unit_of_work(STAFF, purposes.INTAKE) as tx:
        tx.publish(REGISTERED, subject=PERSON, sequence=1, person=PERSON, private=[CONTACT])
    [row] = await world.outbox()
    sealed = PersonRegistered.model_validate_json(row["value"]).private["contact"]
    assert sealed.kid == kid_of(PERSON, "contact", 2)
    assert open_sealed(sealed, b"\2" * 32, PersonContact) == CONTACT


async def test_sealing_under_a_destroyed_key_fails(world: World) -> None:
    with pytest.raises(LookupError):
        await _seal(world)


async def test_those_who_share_a_transaction_act_each_in_their_own_name(world: World) -> None:
    """What is told and what is opened carries the name and story of whose it is, not the transaction's."""
    _keys(world, "contact")
    sealed = await _seal(world)
    together = Actor("staff", "intake/gathered", "daegu-youth-centre")
    stories = {name: str(uuid4()) for name in ("minji", "jiho")}
    async with world.database.unit_of_work(together, purposes.INTAKE) as tx:
        for name, story in stories.items():
            own = tx.acting_for(Actor("staff", name, "daegu-youth-centre"), story)
            own.publish(WITHDRAWN, subject=uuid4(), sequence=1)
            await own.reveal(sealed, PersonContact, reason="상담")
            await own.open_all([sealed], PersonContact)
        for other in (Actor("person", "c-1"), Actor("staff", "minji", "elsewhere")):
            with pytest.raises(ValueError, match="another kind, agency or role"):
                tx.acting_for(other, str(uuid4()))
    rows = await world.outbox()
    told = [dict(json.loads(row["headers"]))["ce_correlationid"] for row in rows]
    assert sorted(told) == sorted(3 * list(stories.values()))
    seen = [
        (json.loads(row["value"])["actor"], dict(json.loads(row["headers"]))["ce_correlationid"])
        for row in rows
        if row["topic"] == "intake-access"
    ]
    assert sorted(seen) == sorted(2 * list(stories.items()))
