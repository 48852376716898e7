"""Exchanging the key-encryption key without a break, and by when the last copy of a destroyed key is gone."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from ieum.common.events.intake_referrals import ReferralNote
from ieum.common.kafka.sending import partition_of
from ieum.common.local.sweep import sweep
from ieum.common.postgres.transaction import Actor
from ieum.common.privacy import purposes
from ieum.common.privacy.keys import KeyWrapper, KeyWrappers
from ieum.intake.keys import actions, jobs
from ieum.intake.keys.domain import Spans, copies
from ieum.intake.people.keys import IssuedKeys

from .world import World, problem

pytestmark = pytest.mark.servers

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SPANS = Spans(segment=HOUR / 6, lag=HOUR, sweep=DAY, backups=30 * DAY)
NEW = KeyWrapper(b"n" * 32)


def old_of(intake: World) -> KeyWrapper:
    return KeyWrapper(bytes.fromhex((intake.secrets / "kek").read_text()))


def exchange(intake: World) -> None:
    """As after the restart with `kek` the new one and `kek_previous` the old one."""
    keys: Any = intake.service.keys
    assert isinstance(keys, IssuedKeys)
    keys._wrapper = KeyWrappers(NEW, old_of(intake))


async def rewrap(intake: World, after: str = "") -> Any:
    answer = await intake.post(f"operations/keys/rewrap?after={after}", role="operator")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def rewrap_all(intake: World) -> int:
    done, after = 0, ""
    while after is not None:
        part = await rewrap(intake, after)
        done, after = done + part["rewrapped"], part["after"]
    return done


async def wrapped(intake: World) -> list[bytes]:
    return [row["wrapped"] for row in await intake.fetch("select wrapped from person_key order by kid")]


async def opens(intake: World, person: str) -> bool:
    shown = await intake.get(f"people/{person}", params={"reveal": "확인"})
    return bool(shown.json()["contact"])


@pytest.fixture(autouse=True)
def kek_back(intake: World) -> Any:
    before: Any = intake.service.keys
    wrapper = before._wrapper
    yield
    before._wrapper = wrapper


async def test_all_keys_are_wrapped_anew_and_everything_opens_meanwhile(
    intake: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed halfway it goes on; afterwards the old key-encryption key opens none of them."""
    monkeypatch.setattr(actions, "BATCH", 4)
    people = [await intake.person(phone=f"010-0555-{n:04}") for n in range(4)]
    keys = {kek: old_of(intake).unwrap(kek) for kek in await wrapped(intake)}.values()
    exchange(intake)
    assert (await rewrap(intake))["rewrapped"] == 4  # here its operator's machine is switched off
    shown = (await intake.get("operations/keys", role="operator")).json()
    assert (shown["present"], shown["keys"]) == (NEW.name, {NEW.name: 4, old_of(intake).name: 8})
    assert all([await opens(intake, person) for person in people])
    assert await rewrap_all(intake) == 8
    assert await rewrap_all(intake) == 0
    assert [NEW.unwrap(one) for one in await wrapped(intake)] == list(keys)
    for one in await wrapped(intake):
        with pytest.raises(InvalidUnwrap):
            old_of(intake).unwrap(one)
    assert all([await opens(intake, person) for person in people])


async def test_every_holder_is_told_of_the_new_wrapping_in_the_order_of_the_key(intake: World) -> None:
    person = await intake.person()
    exchange(intake)
    await rewrap_all(intake)
    assert (await intake.post(f"people/{person}/erasure")).status_code == 201
    rows = await intake.fetch(
        "select key, value, headers from outbox where topic = 'intake-keys' and key like $1 order by id",
        f"{person}/contact/%",
    )
    told = [json.loads(row["value"])["wrapped"] if row["value"] else None for row in rows]
    assert len(told) == 3
    assert old_of(intake).unwrap(b64decode(told[0])) == NEW.unwrap(b64decode(told[1]))
    assert told[2] is None, "destroyed last"


async def test_a_key_that_is_destroyed_meanwhile_is_not_made_anew(intake: World) -> None:
    """Erasing and wrapping anew at once: the last word on every destroyed key is its tombstone."""
    people = [await intake.person(phone=f"010-0666-{n:04}") for n in range(8)]
    exchange(intake)
    erasures = (intake.post(f"people/{person}/erasure") for person in people)
    await asyncio.gather(*erasures, *(rewrap_all(intake) for _ in range(4)))
    assert await intake.fetch("select 1 from person_key") == []
    rows = await intake.fetch("select key, value from outbox where topic = 'intake-keys' order by id")
    last = {row["key"]: row["value"] for row in rows}
    assert len(last) == 24
    assert set(last.values()) == {None}


async def test_only_an_operator_exchanges_keys(intake: World) -> None:
    assert problem(await intake.post("operations/keys/rewrap"))[0] == 403
    assert problem(await intake.get("operations/keys"))[0] == 403


def test_the_day_of_the_last_copy_by_hand() -> None:
    """Ten minutes until the segment is closed, two rounds of the timer, an hour's lag, five minutes more."""
    destroyed = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    kafka, database, backups = copies(destroyed, None, SPANS)
    assert kafka.gone_by == destroyed + timedelta(minutes=10 + 60 + 5, seconds=2 * 10)
    assert (database.gone_by, database.gone_at) == (destroyed + DAY, None)
    assert backups.gone_by == destroyed + 31 * DAY
    swept = destroyed + 5 * HOUR
    _, database, backups = copies(destroyed, swept, SPANS)
    assert (database.gone_at, backups.gone_by) == (swept, swept + 30 * DAY)


async def test_an_erasure_says_by_when_the_last_copy_is_gone_and_a_sweep_when_it_was(intake: World) -> None:
    await intake.market("Y22-001")
    person = await intake.person()
    await intake.apply(person, ["Y22-001"])
    told = (await intake.post(f"people/{person}/erasure")).json()
    now = intake.clock.now()
    expected = {one.place: one.gone_by for one in copies(now, None, SPANS)}
    assert {one["place"]: datetime.fromisoformat(one["gone_by"]) for one in told["copies"]} == expected
    assert datetime.fromisoformat(told["last_copy_gone_by"]) == now + 31 * DAY
    [kept] = told["kept"]
    until = datetime.fromisoformat(kept["until"] + "T00:00:00+09:00")
    assert datetime.fromisoformat(kept["last_copy_gone_by"]) == until + 31 * DAY
    await sweep(intake.admin_dsn)  # its clock is the real one, years after this test's
    shown = (await intake.get(f"people/{person}/erasure")).json()
    [database] = [one for one in shown["copies"] if one["place"] == "database"]
    [(ended,)] = await intake.fetch("select ended_at from key_sweep")
    assert datetime.fromisoformat(database["gone_at"]) == ended


async def test_the_segment_of_a_tombstone_is_closed_once_it_was_sent(intake: World) -> None:
    """A record for nobody goes to each partition, ten minutes after the tombstone and not beside it."""
    person = await intake.person()
    assert (await intake.post(f"people/{person}/erasure")).status_code == 201
    await jobs.roll(intake.service)
    await intake.fetch("update outbox set topic = 'x' where topic <> 'intake-keys'")
    intake.advance(minutes=11)
    await jobs.roll(intake.service)
    assert await intake.fetch("select 1 from outbox where key like 'roll/%'") == []
    await intake.fetch("delete from outbox")  # the relay sent it
    await jobs.roll(intake.service)
    rows = await intake.fetch("select key, value from outbox where topic = 'intake-keys'")
    assert {partition_of(row["key"].encode(), 6) for row in rows} == set(range(6))
    assert [row["value"] for row in rows] == [None] * 6
    await intake.fetch("delete from outbox")
    intake.advance(hours=1)
    await jobs.roll(intake.service)
    assert await intake.fetch("select 1 from outbox") == [], "closed once"


async def test_a_sweep_waits_for_who_still_sees_the_deleted_rows(intake: World) -> None:
    """A transaction of before would have VACUUM take the dead rows along."""
    person = await intake.person()
    older = await asyncpg.connect(intake.admin_dsn)
    try:
        async with older.transaction(isolation="repeatable_read"):
            await older.fetch("select 1 from person_key")
            assert (await intake.post(f"people/{person}/erasure")).status_code == 201
            running = asyncio.create_task(sweep(intake.admin_dsn))
            done, _ = await asyncio.wait([running], timeout=1.0)
            assert not done
    finally:
        await older.close()
    await running
    assert await intake.fetch("select 1 from person_key where person = $1", UUID(person)) == []


async def test_a_key_issued_after_its_destruction_is_the_next_generation(intake: World) -> None:
    """What was sealed before is read as destroyed, not as tampered with; what is sealed since opens."""
    person = UUID(await intake.person())
    keys: Any = intake.service.keys
    before, after = ReferralNote(note="첫 기록"), ReferralNote(note="다시 맡긴 기록")
    async with _work(intake) as tx:
        await keys.ensure(tx, person, ["case"])
        old = await tx.seal(person, before, person)
    async with _work(intake) as tx:
        await keys.destroy(tx, [person], ["case"])
        await keys.ensure(tx, person, ["case"])
        new = await tx.seal(person, after, person)
    async with _work(intake) as tx:
        assert [old.kid, new.kid] == [f"{person}/case/1", f"{person}/case/2"]
        assert await tx.open_all([old, new], ReferralNote) == [None, after]
    rows = await intake.fetch(
        "select key, value is null as buried from outbox where key like $1 order by id", f"{person}/case/%"
    )
    assert [tuple(row) for row in rows] == [(old.kid, False), (old.kid, True), (new.kid, False)]
    async with _work(intake) as tx:
        await keys.destroy_again(tx, [old.kid])
        assert await tx.open_all([new], ReferralNote) == [after], "another generation stays"


def _work(intake: World) -> Any:
    return intake.service.database.unit_of_work(Actor("service", "keys"), purposes.INTAKE)
