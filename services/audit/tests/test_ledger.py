"""The log on a real Postgres, read over HTTP as anybody reads it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import asyncpg
import pytest

from ieum.audit.ledger.leaf import Leaf, Opening, Record
from ieum.audit.ledger.note import Checkpoint, Signer, Verifier, open_note
from ieum.audit.ledger.proof import EventProof, check_proof
from ieum.audit.ledger.tiles import decode_bundle
from ieum.common.postgres import Actor

if TYPE_CHECKING:
    from .world import Log

pytestmark = pytest.mark.servers


async def test_an_empty_log_is_signed_once_and_whole(log: Log) -> None:
    assert (await log.get("checkpoint")).status_code == 404
    assert [await log.sign(), await log.sign()] == [1, 0]
    report = await log.verify()
    assert report.ok
    assert report.leaves == 0


async def test_batches_of_any_size_make_one_whole_log(log: Log) -> None:
    """Sizes that end within, at and beyond a tile's edge; each checkpoint is continued by the next."""
    before = None
    for size in (1, 254, 1, 1, 600, 255):
        await log.append(*(log.record(partition=n % 3) for n in range(size)))
        assert await log.sign() == 1
        report = await log.verify(before)
        assert report.ok, report.problems
        before = report.checkpoint
    assert report.leaves == 1112
    assert {p.partition: p.leaves for p in report.partitions} == {0: 373, 1: 370, 2: 369}


async def test_every_kind_of_record_has_its_leaf_and_repeats_are_marked(log: Log) -> None:
    await log.append(
        log.record(),
        log.record(value=None, key=None, headers=()),
        log.record(value=b"\xff\xfe not json", headers=(("x", b"\xff"), ("x", None))),
        log.record(repeat=True),
    )
    await log.sign()
    report = await log.verify()
    assert report.ok
    assert (report.partitions[0].leaves, report.partitions[0].repeats) == (4, 1)
    leaves = [Leaf.parse(leaf) for leaf in decode_bundle((await log.get("tile/entries/000.p/4")).content)]
    assert [leaf.repeat for leaf in leaves] == [False, False, False, True]


async def test_appending_side_by_side_leaves_no_hole_and_no_fork(log: Log) -> None:
    async def partition(number: int) -> None:
        for _ in range(10):
            await log.append(*(log.record(partition=number) for _ in range(17)))
            await log.sign()

    await asyncio.gather(*(partition(number) for number in range(5)))
    await log.sign()
    report = await log.verify()
    assert report.ok, report.problems
    assert report.leaves == 850
    rows = await log.fetch("select number, size from ledger_checkpoint order by number")
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["size"] for row in rows] == sorted({row["size"] for row in rows})


async def test_a_failed_transaction_leaves_nothing(log: Log) -> None:
    first = log.record()
    await log.append(first)
    with pytest.raises(asyncpg.UniqueViolationError):
        await log.append(log.record(), first)
    log.offsets["intake-people", 0] = 1
    await log.append(log.record())
    await log.sign()
    report = await log.verify()
    assert report.ok
    assert report.leaves == 2


async def test_older_narrower_tiles_stay_readable(log: Log) -> None:
    await log.append(*(log.record() for _ in range(10)))
    early = (await log.get("tile/0/000.p/10")).content
    await log.append(*(log.record() for _ in range(300)))
    assert (await log.get("tile/0/000.p/10")).content == early
    full = await log.get("tile/0/000")
    assert full.content[: len(early)] == early
    assert full.headers["content-type"] == "application/octet-stream"
    assert "immutable" in full.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/000.p/11",
        "tile/0/001",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/000.p/11",
        "tile/0/0",
        "tile/0/000.p/999",
        "tile/x",
        "tile/0/" + "x999/" * 9 + "999",
    ],
)
async def test_what_is_not_there_is_a_404_in_both_languages(log: Log, path: str) -> None:
    await log.append(*(log.record() for _ in range(10)))
    answer = await log.get(path)
    assert answer.status_code == 404
    assert {"detail_ko", "detail_en"} <= answer.json().keys()


async def test_checkpoint_and_key_are_plain_text_and_briefly_cached(log: Log) -> None:
    await log.append(log.record())
    await log.sign()
    answer = await log.get("checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=1"
    verifier = Verifier.parse((await log.get("key")).text)
    checkpoint = Checkpoint.parse(open_note(answer.text, [verifier]))
    assert (checkpoint.origin, checkpoint.size) == ("ieum.kr/daegu", 1)


async def test_a_signed_checkpoint_is_published(log: Log) -> None:
    await log.append(log.record())
    await log.sign()
    [row] = await log.fetch("select key, value from outbox where topic = 'audit-checkpoints'")
    published = json.loads(row["value"])
    assert row["key"] == published["origin"] == "ieum.kr/daegu"
    assert published["note"] == (await log.get("checkpoint")).text
    assert published["size"] == 1


async def test_anyone_can_check_the_proof_of_an_event(log: Log) -> None:
    """For a leaf in every corner of a tree of two levels, the proof holds, and no changed proof does."""
    records = [log.record(value=b'{"n": %d}' % n) for n in range(700)]
    await log.append(*records)
    await log.sign()
    for index in (0, 1, 255, 256, 511, 512, 698, 699):
        event = UUID(dict(records[index].headers)["ce_id"].decode())
        answer = await log.get(f"events/{event}/proof", "staff")
        assert answer.status_code == 200, answer.text
        proof = EventProof.model_validate_json(answer.text)
        assert (proof.event_id, proof.index) == (event, index)
        assert check_proof(proof, log.signer.verifier) == []
        assert proof.opening is not None
        assert Record.parse(proof.opening.record).value == records[index].value
        assert check_proof(proof.model_copy(update={"index": index ^ 1}), log.signer.verifier) == [
            "inclusion"
        ]
        other = proof.opening.model_copy(update={"record": b"\x01other"})
        assert check_proof(proof.model_copy(update={"opening": other}), log.signer.verifier) == ["opening"]
        stranger = Signer("ieum.kr/daegu", bytes(32)).verifier
        assert check_proof(proof, stranger) == ["signature"]


async def test_a_proof_names_the_resends_of_its_event(log: Log) -> None:
    first = log.record()
    await log.append(first, log.record(), log.record(headers=first.headers, repeat=True))
    await log.sign()
    answer = await log.get(f"events/{dict(first.headers)['ce_id'].decode()}/proof", "auditor")
    assert answer.json()["index"] == 0
    assert answer.json()["repeated_at"] == [2]


async def test_an_event_that_is_unknown_or_not_signed_yet_has_no_proof(log: Log) -> None:
    assert (await log.get(f"events/{uuid4()}/proof", "staff")).status_code == 404
    record = log.record()
    await log.append(record)
    path = f"events/{dict(record.headers)['ce_id'].decode()}/proof"
    answer = await log.get(path, "staff")
    assert (answer.status_code, answer.json()["type"]) == (409, "https://ieum.kr/problems/not-signed-yet")
    await log.sign()
    assert (await log.get(path, "staff")).status_code == 200


async def test_openings_are_for_auditors_and_each_reading_is_recorded(log: Log) -> None:
    person, context = uuid4(), uuid4()
    sealed = {
        "alg": "AES-256-GCM",
        "kid": f"{person}/contact/1",
        "context": str(context),
        "ciphertext": "AAAA",
    }
    record = log.record(value=json.dumps({"private": {"contact": sealed}}).encode())
    await log.append(record)
    await log.sign()
    assert (await log.get("openings/0")).status_code == 401
    assert (await log.get("openings/0", "staff")).status_code == 403
    assert (await log.get("openings/1", "auditor")).status_code == 404
    shown = (await log.get("openings/0", "auditor")).json()
    opening = Opening(base64.b64decode(shown["nonce"]), base64.b64decode(shown["record"]))
    [leaf] = decode_bundle((await log.get("tile/entries/000.p/1")).content)
    assert opening.opens(Leaf.parse(leaf))
    [row] = await log.fetch("select value from outbox where topic = 'audit-access'")
    recorded = json.loads(row["value"])
    assert (recorded["actor"], recorded["agency"], recorded["purpose"]) == ("kim", "daegu", "audit")
    assert (recorded["person"], recorded["record_classes"], recorded["leaf"]) == (str(person), ["contact"], 0)
    assert recorded["event"] == dict(record.headers)["ce_id"].decode()


@pytest.mark.parametrize(
    "value", [b"[]", b"7", b"null", b'{"private": 3}', b'{"private": {"a": {"kid": "x"}}}', b""]
)
async def test_strange_records_are_shown_to_auditors_too(log: Log, value: bytes) -> None:
    await log.append(log.record(value=value))
    assert (await log.get("openings/0", "auditor")).status_code == 200


async def test_a_forbidden_number_is_stored_nowhere_but_its_record_is_logged(log: Log) -> None:
    record = log.record(value='{"memo": "주민번호 900101-1234567 입니다"}'.encode())
    await log.append(record, log.record())
    await log.sign()
    report = await log.verify()
    assert report.ok
    assert report.leaves == 2
    assert (await log.get("openings/0", "auditor")).status_code == 410
    proof = (await log.get(f"events/{dict(record.headers)['ce_id'].decode()}/proof", "staff")).json()
    assert (proof["opening"], proof["withheld"]) == (None, "forbidden-number")
    assert check_proof(EventProof.model_validate(proof), log.signer.verifier) == []
    rows = await log.fetch("select l::text || coalesce(o::text, '') as row from ledger_leaf l left join "
                           "ledger_opening o using (leaf_index)")  # fmt: skip
    assert not any(b"900101-1234567".hex() in row["row"] for row in rows)


async def test_deleting_an_opening_erases_the_record_and_every_proof_still_holds(log: Log) -> None:
    record = log.record()
    await log.append(record, log.record())
    await log.sign()
    await log.fetch("delete from ledger_opening where leaf_index = 0")
    assert (await log.verify()).ok
    assert (await log.get("openings/0", "auditor")).status_code == 410
    answer = await log.get(f"events/{dict(record.headers)['ce_id'].decode()}/proof", "staff")
    proof = EventProof.model_validate_json(answer.text)
    assert (proof.opening, proof.withheld) == (None, "erased")
    assert check_proof(proof, log.signer.verifier) == []


async def test_an_erasure_is_acknowledged_once_and_nonsense_is_not(log: Log) -> None:
    person = uuid4()
    headers = (
        ("ce_id", str(uuid4()).encode()),
        ("ce_type", b"kr.ieum.intake.person.erased.v1"),
        ("ce_subject", str(person).encode()),
    )
    value = b'{"record_classes": ["contact"]}'
    await log.append(
        log.record(headers=headers, value=value),
        log.record(headers=headers, value=value, repeat=True),
        log.record(headers=headers, value=b"nonsense"),
        log.record(headers=headers, value=None),
        log.record(headers=headers[:2], value=value),
    )
    [row] = await log.fetch("select key, value from outbox where topic = 'audit-acknowledgements'")
    assert row["key"] == str(person)
    assert json.loads(row["value"])["record_classes"] == ["contact"]


async def test_a_withdrawn_consent_is_acknowledged(log: Log) -> None:
    person, consent = uuid4(), uuid4()
    headers = (
        ("ce_id", str(uuid4()).encode()),
        ("ce_type", b"kr.ieum.intake.person.consent_withdrawn.v1"),
        ("ce_subject", str(person).encode()),
    )
    await log.append(
        log.record(headers=headers, value=f'{{"consent": "{consent}"}}'.encode()),
        log.record(headers=headers, value=b"{}"),
    )
    [row] = await log.fetch("select value from outbox where topic = 'audit-acknowledgements'")
    said = json.loads(row["value"])
    assert (said["person"], said["record_classes"], said["consent"]) == (str(person), [], str(consent))


async def test_the_services_role_cannot_change_the_log(log: Log) -> None:
    await log.append(log.record())
    await log.sign()
    for statement in (
        "update ledger_leaf set repeats = true",
        "delete from ledger_leaf",
        "delete from ledger_checkpoint",
        "update ledger_checkpoint set size = 2",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await log.fetch(statement)


@pytest.mark.parametrize(
    ("actor", "purpose"),
    [
        (Actor("public", "public"), "audit"),
        (Actor("person", "p"), "audit"),
        (Actor("workplace", "w"), "audit"),
        (Actor("staff", "s"), "intake"),
    ],
)
async def test_openings_are_hidden_from_others_and_other_purposes(
    log: Log, actor: Actor, purpose: str
) -> None:
    await log.append(log.record())
    async with log.service.database.unit_of_work(actor, purpose) as tx:
        assert await tx.fetch("select from ledger_opening") == []
        assert await tx.fetch("delete from ledger_opening returning leaf_index") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with log.service.database.unit_of_work(actor, purpose) as tx:
            await tx.execute("insert into ledger_opening (leaf_index, withheld) values (9, 'x')")
    assert len(await log.fetch("select from ledger_opening")) == 1


async def test_openings_are_hidden_outside_a_unit_of_work(log: Log) -> None:
    await log.append(log.record())
    pool = await log.service.database.pool()
    assert await pool.fetch("select from ledger_opening") == []
