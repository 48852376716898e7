"""The read models again from the topics: the same digest, whatever is read first; on real servers."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer

from ieum.common.events.envelope import Event
from ieum.common.events.registry import Registry
from ieum.common.kafka import topics
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy.keys import WRAP_ALG, KeyWrapper, kid_of
from ieum.common.privacy.objects import seal
from ieum.matching.app import build
from ieum.matching.commands import app as commands
from ieum.matching.markets import swapping
from ieum.matching.markets.commands import rebuilt, tell
from ieum.matching.markets.digests import Digest, digests, overall
from ieum.matching.settings import MatchingSettings

from .facts import (
    AT,
    FILE,
    application,
    changed,
    chose_anew,
    erased,
    firm,
    opening,
    person,
    profile,
    programme,
    uid,
    withdrawn,
)
from .world import CONSUMER, Place, World, empty

pytestmark = pytest.mark.servers
SECONDS = 60


def facts(seal_profile: Callable[[str], Any]) -> list[Event]:
    """A small market in which people change, withdraw, are erased wholly or in part, and come again."""
    sealed = {name: seal_profile(name) for name in "abcde"}
    return [
        programme(),
        *(firm(name) for name in ("o1", "o2")),
        *(opening(name, capacity=2, working_times=["mon-am", "sat-eve"]) for name in ("o1", "o2")),
        *(person(name, sealed[name]) for name in "abcde"),
        changed("a", sealed["a"], district="27140"),
        application("a", "o1", "o2"),
        application("b", "o2"),
        application("c", "o1"),
        application("d", "o1", "o2"),
        application("e", "o2"),
        chose_anew("a", "o2", "o1"),
        withdrawn("b"),
        erased("c", "profile", "application"),
        erased("d", "profile"),
        erased("e", "application"),
    ]


async def digest_of(world: World) -> dict[str, Digest]:
    async with world.service.database.unit_of_work(CONSUMER, "matching") as tx:
        return await digests(tx)


async def test_the_digest_does_not_depend_on_the_order_in_which_topics_are_read(
    matching: World, place: Place
) -> None:
    told = facts(lambda name: matching.keys.seal(uid(name), profile()))
    by_topic = {topic: [one for one in told if one.topic == topic] for topic in {one.topic for one in told}}
    found = []
    for order in (sorted(by_topic), sorted(by_topic, reverse=True), None):
        await empty(place)
        await matching.apply(
            *(told if order is None else [one for topic in order for one in by_topic[topic]])
        )
        found.append(await digest_of(matching))
    assert found[0] == found[1] == found[2]
    assert {table: one.rows for table, one in found[0].items()} == {
        "person": 5, "organisation": 2, "programme": 1, "opening": 2, "application": 5,
    }  # fmt: skip


async def test_what_is_forgotten_stays_forgotten_when_the_application_comes_late(matching: World) -> None:
    await matching.apply(erased("e", "application"), application("e", "o1"))
    assert await standing(matching) == [("erased", 0)]


async def test_an_application_after_what_was_forgotten_is_not_forgotten(matching: World) -> None:
    """Nor is it by an erasure that comes late, of a time before."""
    await matching.apply(application("e", "o1", at=AT + timedelta(days=2)), erased("e", "application"))
    assert await standing(matching) == [("waiting", 1)]


async def standing(world: World) -> list[tuple[str, int]]:
    rows = await world.fetch("select state, cardinality(choices) as n from application")
    return [(row["state"], row["n"]) for row in rows]


@pytest.mark.parametrize("sql", [
    "update opening set capacity = capacity + 1 where code = 'o1'",
    "update application set choices = choices[1:1] where cardinality(choices) = 2 and state <> 'erased'",
    "update person set district = '27290' where district = '27140'",
    "delete from organisation where name like 'o1%'",
])  # fmt: skip
async def test_whatever_the_topics_tell_changes_the_digest(matching: World, sql: str) -> None:
    await matching.apply(*facts(lambda name: matching.keys.seal(uid(name), profile())))
    before = overall(await digest_of(matching))
    admin = await asyncpg.connect(matching.admin_dsn)
    await admin.execute(sql)
    await admin.close()
    assert overall(await digest_of(matching)) != before


async def test_on_kafka_the_models_are_made_again_after_erasures_and_destroyed_keys(
    empty_kafka: Any,
    place: Place,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The service reads; rows are lost and falsified; a check says so, a rebuild mends it, decisions stay."""
    await empty(place)
    await topics.create(empty_kafka.bootstrap, Registry.load())
    settings = MatchingSettings(kafka=empty_kafka.bootstrap, database=place.dsn, secrets=place.secrets)
    told = await read_by_the_service(settings, place)
    same = await rebuilt(build(settings), check=True)
    assert same.same
    assert same.present == same.rebuilt
    assert same.records == told
    assert tell(same, check=True) == 0
    decided = await rows(
        place, "select id, scores, version from application where state = 'ranked' order by id"
    )
    outbox = await rows(place, "select count(*) from outbox")

    await execute(
        place,
        "update opening set capacity = 9",
        f"delete from application where person = '{uid('a')}'",
        f"delete from person where id = '{uid('b')}'",
        "update person set sealed = null where erased_at is null",
        "insert into organisation values ('00000000-0000-0000-0000-00000000000a', 'never told', 1)",
    )
    differs = await rebuilt(build(settings), check=True)
    assert tell(differs, check=True) == 1
    assert {t for t, one in differs.rebuilt.items() if one != differs.present[t]} == {
        "person", "organisation", "opening", "application",
    }  # fmt: skip
    assert overall(differs.rebuilt) == overall(same.present)

    mended = await rebuilt(build(settings), check=False)
    assert tell(mended, check=False) == 0
    assert sum(mended.changed.values()) > 0
    again = await rebuilt(build(settings), check=True)
    assert overall(again.present) == overall(same.present)
    after = await rows(
        place, "select id, scores, version from application where state = 'ranked' order by id"
    )
    lost = {uid("application a")}
    assert [row for row in decided if row["id"] not in lost] == after
    waiting = await rows(place, "select id, version from application where state = 'waiting'")
    assert [(row["id"], row["version"]) for row in waiting] == [
        (row["id"], row["version"]) for row in decided if row["id"] in lost
    ]
    assert await rows(place, "select count(*) from outbox") == outbox
    for table in ("person", "application"):
        assert (await rows(place, f"select count(*) as n from rebuild.{table}"))[0]["n"] == 0
    assert "the topics tell" in capsys.readouterr().out

    for name in ("kafka", "database", "secrets"):
        monkeypatch.setenv(f"IEUM_{name.upper()}", str(getattr(settings, name)))
    with pytest.raises(SystemExit) as ended:
        await asyncio.to_thread(commands, ["rebuild", "--check"])
    assert ended.value.code == 0
    await simulated_from_the_command_line(tmp_path)


async def read_by_the_service(settings: MatchingSettings, place: Place) -> int:
    """The facts go through Kafka into the service, two keys are destroyed on the way; how many facts."""
    service = build(settings)
    wrapper = KeyWrapper(settings.secret("kek"))
    keys = {kid_of(uid(name), kind): wrapper.new() for name in "abcde" for kind in ("profile", "application")}

    def seal_profile(name: str) -> Any:
        kid = kid_of(uid(name), "profile")
        return seal(profile(), keys[kid][0], kid, uuid4())

    told = facts(seal_profile)
    await service.start()
    try:
        async with AIOKafkaProducer(bootstrap_servers=settings.kafka) as producer:
            for kid, (_, wrapped) in keys.items():
                value = {"kid": kid, "alg": WRAP_ALG, "wrapped": b64encode(wrapped).decode()}
                await producer.send_and_wait("intake-keys", json.dumps(value).encode(), key=kid.encode())
            await send(producer, told[:-3])
            await until(place, "select count(*) from application where state = 'ranked'", 4)
            for name in "cd":
                await producer.send_and_wait("intake-keys", None, key=kid_of(uid(name), "profile").encode())
            _, running = await asyncio.gather(send(producer, told[-3:]), rebuilt(build(settings), check=True))
            assert running.same  # the service reads on meanwhile
            await until(place, "select sum(acknowledgements) from person", 3)
            await until(place, "select count(*) from outbox", 0)
    finally:
        await service.stop()
    return len(told)


async def simulated_from_the_command_line(folder: Path) -> None:
    """Of those who applied one is neither gone nor withdrawn, whose key is on the topic: nothing is told."""
    arguments = ["simulate", "--programme", str(FILE), "--since", "2022-01-01", "--out", str(folder / "out")]
    await asyncio.to_thread(commands, arguments, result_action="return_value")
    told = json.loads((folder / "out").read_text(encoding="utf-8"))
    assert told["programme"] == "yes-matching-2022"
    assert told["lines"][0] == {
        "dimension": "all", "name": "all", "applicants": None, "gain": None, "lose": None, "same": None,
    }  # fmt: skip


async def test_before_anything_was_read_there_is_nothing_to_compare(matching: World) -> None:
    with pytest.raises(Refusal) as refused:
        await rebuilt(matching.service, check=True)
    assert refused.value.code == "never-read"


async def test_nothing_that_was_built_is_ever_seen_from_outside(matching: World) -> None:
    """The tables of the other schema are there, and what is written into them is undone or taken away."""
    async with matching.service.database.unit_of_work(CONSUMER, "matching") as tx:
        await swapping.use(tx, "rebuild, public")
        await tx.execute("insert into organisation values ($1, 'x', 1)", uid("x"))
        await swapping.use(tx, "public")
        assert await tx.fetchval("select count(*) from organisation") == 0
        await swapping.empty(tx)
        assert await tx.fetchval("select count(*) from rebuild.organisation") == 0


async def send(producer: AIOKafkaProducer, events: Sequence[Event]) -> None:
    for event in events:
        await producer.send_and_wait(event.topic, event.value, key=event.key, headers=list(event.headers))


async def rows(place: Place, sql: str) -> list[Any]:
    return await admin_does(place, lambda admin: admin.fetch(sql))


async def execute(place: Place, *statements: str) -> None:
    for sql in statements:
        await admin_does(place, lambda admin, sql=sql: admin.execute(sql))


async def admin_does(place: Place, do: Callable[[Any], Awaitable[Any]]) -> Any:
    admin = await asyncpg.connect(place.admin_dsn)
    try:
        return await do(admin)
    finally:
        await admin.close()


async def until(place: Place, sql: str, wanted: int) -> None:
    async with asyncio.timeout(SECONDS):
        while (await rows(place, sql))[0][0] != wanted:  # noqa: ASYNC110 - another process's work
            await asyncio.sleep(0.1)
