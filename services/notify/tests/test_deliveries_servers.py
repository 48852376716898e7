"""A message's whole way on a real database and a real mail server: once, whatever happens in between."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from ieum.common.events.envelope import REPLAY_DOMAIN
from ieum.common.events.intake import PersonContact, PersonErased
from ieum.common.events.matching import Explanation, MatchAccepted
from ieum.common.postgres.pool import AWAY
from ieum.common.privacy import purposes
from ieum.notify.channels.domain import Letter, Limits, Never, Outcome, Sent
from ieum.notify.channels.email import EmailChannel
from ieum.notify.deliveries import actions
from ieum.notify.deliveries.jobs import ACTOR

from .facts import APPLICATION, FIRM, OPENING, PERSON, PROGRAMME, event, firm, opening, programme, ranked, uid
from .world import World, market

pytestmark = pytest.mark.servers

ACCEPTED = MatchAccepted(
    application=APPLICATION, person=PERSON, programme=PROGRAMME, opening=OPENING, organisation=FIRM
)


async def test_a_fact_becomes_one_mail_and_two_facts(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    assert await notify.states() == [("submitted", "queued", None)]
    await notify.send_all()
    assert await notify.states() == [("submitted", "sent", None)]
    assert await notify.told() == ["message.queued", "message.sent"]
    assert {headers["ce_correlationid"] for headers in await notify.headers()} == {"story"}
    [mail] = notify.mails()
    assert mail.recipients == ["hong@example.kr"]
    [row] = await notify.fetch("select id, attempts, version from message")
    assert notify.message_ids() == [f"<{row['id']}@ieum.daegu>"]
    assert (row["attempts"], row["version"]) == (1, 2)


async def test_everything_delivered_twice_has_its_effect_once(notify: World) -> None:
    facts = [*market(notify, PERSON), ranked(), event(ACCEPTED)]
    await notify.apply(*facts)
    await notify.apply(*facts)
    await notify.send_all()
    await notify.apply(*facts)
    await notify.send_all()
    assert Counter(await notify.told()) == {"message.queued": 3, "message.sent": 3}
    assert len(set(notify.message_ids())) == len(notify.message_ids()) == 3


async def test_facts_may_come_in_any_order(notify: World) -> None:
    """Five topics without an order among them: each order of arrival ends with the same mail."""
    for turn, order in enumerate(permutations(["person", "programme", "firm", "opening", "match"])):
        person, application, workplace, place = (uid(f"{name}{turn}") for name in ("p", "a", "f", "o"))
        facts = {
            "person": notify.person(person, email=f"p{turn}@example.kr"),
            "programme": programme(),
            "firm": firm(firm_id=workplace),
            "opening": opening(place, firm_id=workplace),
            "match": ranked(person, application, openings=(place,)),
        }
        for name in order:
            await notify.apply(facts[name])
        await notify.release()
    await notify.send_all()
    assert sorted(mail.recipients[0] for mail in notify.mails()) == sorted(
        f"p{turn}@example.kr" for turn in range(120)
    )


async def test_a_message_waits_for_its_contact_and_is_given_up_one_day(notify: World) -> None:
    await notify.apply(programme(), firm(), opening(), ranked(), ranked(uid("late"), uid("late application")))
    assert await notify.release() == 0
    assert {state for _, state, _ in await notify.states()} == {"awaiting_contact"}
    await notify.apply(notify.person(uid("late")))
    assert await notify.release() == 1
    notify.clock.advance(timedelta(days=30))
    assert await notify.release() == 1
    assert sorted((state, reason) for _, state, reason in await notify.states()) == [
        ("queued", None),
        ("suppressed", "no-contact"),
    ]


async def test_a_kill_between_the_answer_and_the_settling_repeats_the_same_message(notify: World) -> None:
    """What a dead process leaves: mail taken by the provider, the row still under its lease."""
    await notify.apply(*market(notify, PERSON), ranked())
    desk = notify.sender()._desk
    async with notify.database.unit_of_work(ACTOR, purposes.NOTICE) as tx:
        batch = await actions.claim(tx, desk, limit=50, lease_seconds=30)
    await notify.channel.send(batch.letters, Limits(5, 5))
    await notify.send_all()
    assert len(notify.mails()) == 1, "nobody takes it while the lease holds"
    notify.clock.advance(timedelta(seconds=30))
    await notify.send_all()
    first, second = notify.mails()
    assert first.path.read_bytes() == second.path.read_bytes(), "the repeat is the same message"
    assert await notify.told() == ["message.queued", "message.sent"]
    [row] = await notify.fetch("select attempts from message")
    assert row["attempts"] == 2


async def test_a_kill_between_claim_and_sending_sends_once(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    async with notify.database.unit_of_work(ACTOR, purposes.NOTICE) as tx:
        await actions.claim(tx, notify.sender()._desk, limit=50, lease_seconds=30)
    notify.clock.advance(timedelta(seconds=31))
    await notify.send_all()
    assert len(notify.mails()) == 1


async def test_who_lost_the_lease_may_still_say_sent_but_nothing_else(notify: World) -> None:
    """A slow sender ends after another has taken over: its success counts, once; its failure does not."""
    await notify.apply(*market(notify, PERSON), ranked())
    desk = notify.sender()._desk
    batches = []
    for _ in range(2):
        async with notify.database.unit_of_work(ACTOR, purposes.NOTICE) as tx:
            batches.append(await actions.claim(tx, desk, limit=50, lease_seconds=30))
        notify.clock.advance(timedelta(seconds=30))
    [id_] = batches[0].messages
    for batch, outcome, state in (
        (batches[0], Never("smtp-550"), "sending"),
        (batches[0], Sent(), "sent"),
        (batches[1], Sent(), "sent"),
        (batches[1], Never("smtp-550"), "sent"),
    ):
        async with notify.database.unit_of_work(ACTOR, purposes.NOTICE) as tx:
            await actions.settle(tx, batch, {id_: outcome}, "daegu")
        assert (await notify.states())[0][1] == state
    assert await notify.told() == ["message.queued", "message.sent"]


class _DatabaseGoesAway:
    """A channel during whose sending the database goes away."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def send(self, letters: Sequence[Letter], limits: Limits) -> Mapping[UUID, Outcome]:
        outcomes = await self._world.channel.send(letters, limits)
        await self._world.admit(connections=False)
        return outcomes

    async def close(self) -> None:
        await self._world.channel.close()


async def test_outcomes_survive_a_database_that_goes_away(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    sender = notify.sender(_DatabaseGoesAway(notify))
    for _ in range(2):
        with pytest.raises((asyncpg.PostgresError, *AWAY)):
            await sender.run(notify.service)
    await notify.admit(connections=True)
    await notify.send_all(sender)
    notify.clock.advance(timedelta(minutes=5))
    await notify.send_all(sender)
    assert len(notify.mails()) == 1
    assert await notify.told() == ["message.queued", "message.sent"]


async def test_several_senders_share_the_work_and_send_each_message_once(notify: World) -> None:
    people = [uid(f"person {n}") for n in range(120)]
    await notify.apply(programme(), firm(), opening(), *(notify.person(one) for one in people))
    await notify.apply(*(ranked(one, uid(f"application of {one}")) for one in people))
    channels = [EmailChannel(notify.mailbox) for _ in range(3)]
    await asyncio.gather(*(notify.send_all(notify.sender(one, batch_max=7)) for one in channels))
    assert len(notify.message_ids()) == len(set(notify.message_ids())) == 120


async def test_a_faulty_provider_gets_every_message_in_the_end(notify: World) -> None:
    """Lost connections, deferrals and lies from a seed: nothing is missing, and repeats can be told."""
    notify.faults("seed:3,drop:0.2,lose:0.2,defer:0.1,lie:0.1")
    people = [uid(f"person {n}") for n in range(40)]
    await notify.apply(programme(), firm(), opening(), *(notify.person(one) for one in people))
    await notify.apply(*(ranked(one, uid(f"application of {one}")) for one in people))
    sender = notify.sender()
    for _ in range(60):
        await notify.send_all(sender)
        notify.clock.advance(timedelta(minutes=15))
    assert {state for _, state, _ in await notify.states()} == {"sent"}
    ids = notify.message_ids()
    assert len(set(ids)) == 40
    assert len(ids) > 40, "the plan makes repeats"
    assert Counter(await notify.told())["message.sent"] == 40


async def test_a_refused_message_fails_with_its_code(notify: World) -> None:
    notify.faults("refuse:1")
    await notify.apply(*market(notify, PERSON), ranked())
    await notify.send_all()
    assert await notify.states() == [("submitted", "failed", "smtp-550")]
    assert await notify.told() == ["message.queued", "message.failed"]


async def test_a_provider_that_is_away_costs_no_attempt(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    away = EmailChannel(replace(notify.mailbox, port=9))
    sender = notify.sender(away)
    assert await sender.run(notify.service) == 0
    assert (await notify.states())[0][:2] == ("submitted", "queued")
    for _ in range(5):
        assert await sender.run(notify.service) == 0
    opened = await notify.fetch("select count(*) from outbox where topic = 'notify-access'")
    assert opened[0][0] == 1, "nobody's data is opened again and again for a provider that is not there"
    notify.clock.advance(timedelta(seconds=2))
    await notify.send_all()
    [row] = await notify.fetch("select state, attempts from message")
    assert (row["state"], row["attempts"]) == ("sent", 1)


async def test_the_erased_are_not_written_to_and_erasure_is_acknowledged(notify: World) -> None:
    explanation = notify.keys.seal(PERSON, Explanation(ko=["만 40세이십니다."]))
    await notify.apply(*market(notify, PERSON), ranked(sealed=explanation))
    gone = event(PersonErased(record_classes=["contact", "application"]), PERSON, sequence=2)
    await notify.apply(gone)
    await notify.apply(event(ACCEPTED))  # late facts, after the erasure
    await notify.release()
    await notify.send_all()
    assert notify.mails() == []
    assert {(state, reason) for _, state, reason in await notify.states()} == {("suppressed", "erased")}
    rows = await notify.fetch("select sealed, language, district from contact")
    assert [tuple(row) for row in rows] == [(None, None, None)]
    assert await notify.fetch("select 1 from message where explanation is not null") == []
    [ack] = await notify.fetch("select value from outbox where topic = 'notify-acknowledgements'")
    assert json.loads(ack["value"])["record_classes"] == ["contact", "application"]


async def test_a_destroyed_key_alone_is_enough_to_stay_silent(notify: World) -> None:
    """The key goes before the command has come: what cannot be opened is not sent."""
    await notify.apply(*market(notify, PERSON), ranked())
    notify.keys.destroy(PERSON)
    await notify.send_all()
    assert notify.mails() == []
    assert await notify.states() == [("submitted", "suppressed", "erased")]


async def test_one_contact_that_was_tampered_with_stops_nobody_else(notify: World) -> None:
    other = uid("other")
    await notify.apply(*market(notify, PERSON), notify.person(other, email="other@example.kr"))
    moved = notify.keys.seal(PERSON, PersonContact(name="홍길동", email="hong@example.kr"))
    await notify.fetch(
        "update contact set sealed = $1::jsonb where person = $2",
        json.dumps(moved.model_dump(mode="json") | {"context": str(uid("elsewhere"))}),
        PERSON,
    )
    await notify.apply(ranked(), ranked(other, uid("other application")))
    await notify.send_all()
    assert [mail.recipients for mail in notify.mails()] == [["other@example.kr"]]
    assert ("submitted", "failed", "cannot-open") in await notify.states()


async def test_a_key_that_does_not_unwrap_delays_its_message_and_stops_nobody_else(notify: World) -> None:
    """A wrong key-encryption key is our own fault: no message is lost for it."""
    other = uid("other")
    await notify.apply(*market(notify, PERSON), notify.person(other, email="other@example.kr"))
    await notify.apply(ranked(), ranked(other, uid("other application")))
    notify.keys.wrapped_elsewhere.add(PERSON)
    await notify.send_all()
    assert [mail.recipients for mail in notify.mails()] == [["other@example.kr"]]
    assert ("submitted", "queued", "cannot-unwrap") in await notify.states()
    notify.keys.wrapped_elsewhere.clear()
    notify.clock.advance(timedelta(minutes=1))
    await notify.send_all()
    assert len(notify.mails()) == 2


async def test_person_and_workplace_are_told_of_an_accepted_place(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), event(ACCEPTED))
    await notify.send_all()
    assert sorted(mail.recipients[0] for mail in notify.mails()) == [
        "hong@example.kr",
        "jobs@firm.example.kr",
    ]


async def test_without_a_mailbox_a_message_is_suppressed(notify: World) -> None:
    await notify.apply(
        notify.person(PERSON, email=None), programme(), firm(email=None), opening(), event(ACCEPTED)
    )
    await notify.send_all()
    assert await notify.states() == [
        ("accepted", "suppressed", "no-address"),
        ("placed", "suppressed", "no-address"),
    ]


async def test_facts_of_a_replay_tell_nobody(notify: World) -> None:
    mailbox = f"r1@{REPLAY_DOMAIN}"
    await notify.apply(
        notify.person(PERSON, email=mailbox), programme(), firm(email=mailbox), opening(), event(ACCEPTED)
    )
    await notify.send_all()
    assert notify.mails() == []
    assert await notify.states() == [("accepted", "suppressed", "replay"), ("placed", "suppressed", "replay")]


async def test_a_receipt_is_not_repeated_when_a_ranking_is(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    await notify.apply(ranked(sequence=2), ranked(sequence=3, eligible=False))
    assert [purpose for purpose, _, _ in await notify.states()] == ["ineligible", "submitted"]


async def test_a_purpose_that_the_programme_leaves_out_is_no_message(notify: World) -> None:
    silent = programme()
    definition: dict[str, Any] = silent.data.definition  # type: ignore[attr-defined]
    definition["messages"].pop("placed")
    await notify.apply(notify.person(PERSON), silent, firm(), opening(), event(ACCEPTED))
    assert [purpose for purpose, _, _ in await notify.states()] == ["accepted"]


async def test_quiet_hours_hold_a_message_until_the_morning(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    notify.clock.advance(timedelta(hours=10))  # 22:00 in Korea
    sender = notify.sender(quiet=True)
    await notify.send_all(sender)
    assert notify.mails() == []
    assert await notify.states() == [("submitted", "queued", "quiet-hours")]
    notify.clock.advance(timedelta(hours=10))
    await notify.send_all(sender)
    assert len(notify.mails()) == 1
    [row] = await notify.fetch("select attempts from message")
    assert row["attempts"] == 1


async def test_clear_private_values_are_in_no_table(notify: World) -> None:
    reason = notify.keys.seal(PERSON, Explanation(ko=["병역 기간을 더하였습니다."]))
    await notify.apply(*market(notify, PERSON), ranked(sealed=reason), event(ACCEPTED))
    await notify.send_all()
    tables = await notify.fetch("select tablename from pg_tables where schemaname = 'public'")
    for table in tables:
        for row in await notify.fetch(f'select t::text as whole from "{table["tablename"]}" t'):
            for private in ("홍길동", "hong@", "병역"):
                assert private not in row["whole"], table["tablename"]
                assert private.encode().hex() not in row["whole"], table["tablename"]


async def test_without_a_purpose_no_row_is_seen(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    application_role = await asyncpg.connect(notify.database.dsn)
    try:
        for table in ("message", "contact"):
            assert await application_role.fetchval(f"select count(*) from {table}") == 0
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await application_role.execute(f"alter table {table} disable row level security")
    finally:
        await application_role.close()


async def test_machine_opening_is_recorded_with_its_count(notify: World) -> None:
    await notify.apply(*market(notify, PERSON), ranked())
    await notify.send_all()
    [row] = await notify.fetch("select value from outbox where topic = 'notify-access'")
    access = json.loads(row["value"])
    assert (access["purpose"], access["objects"], access["person"]) == ("notice", 1, None)


@pytest.mark.bench
async def test_a_hundred_messages_a_second(notify: World) -> None:
    people = [uid(f"person {n}") for n in range(1000)]
    await notify.apply(programme(), firm(), opening(), *(notify.person(one) for one in people))
    started = perf_counter()
    await notify.apply(*(ranked(one, uid(f"application of {one}")) for one in people))
    queued = perf_counter() - started
    await notify.send_all()
    seconds = perf_counter() - started
    print(f"{1000 / queued:.0f} queued/s, {1000 / seconds:.0f} sent/s")
    assert len(notify.mails()) == 1000
    assert seconds < 10
