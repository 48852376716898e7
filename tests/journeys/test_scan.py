"""What somebody told lies in clear nowhere, before an erasure and after it; and the scan would find it.

The mail sink alone holds it: it stands for the provider, and what was sent is with the person.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from ieum.common.local.kafka import KafkaServer
from ieum.common.local.postgres import PostgresServer
from ieum.common.testing.builders import AGENCY, Applicant, Market, key

if TYPE_CHECKING:
    import httpx

    from ieum.common.testing.platform import Platform

pytestmark = [pytest.mark.platform, pytest.mark.timeout(300)]

HOPE = "dalseo-gu-hope"
EMAIL = "byeolharang.nk@mail.ieum.test"
WHO: dict[str, Any] = {
    "name": "남궁별하랑", "birth_date": "1998-12-29", "phone": "010-4821-7093", "email": EMAIL,
    "skills": ["자개 공예"],
}  # fmt: skip
ANSWER = "할머니 병원비 때문에 휴학하였습니다"
TOLD = {
    "situation": "밤마다 우는 소리가 들립니다", "name": WHO["name"], "phone": WHO["phone"],
    "address": "달서구 새방골로 77-3", "district": "27290", "source": "neighbour",
    "reporter": {"name": "황보덕배", "phone": "010-3917-6604", "relation": "아랫집 이웃"},
}  # fmt: skip
NOTE, SECRET = "밀린 월세가 넉 달치입니다", "자해 흔적을 보았음"
FILE = """이름,생년월일,전화,이메일,구군,이사예정,취업상태,기술,희망분야,희망1,희망2,희망3,희망4,희망5,비고
독고누리봄,1997-01-31,010-5830-2947,nuribom@mail.ieum.test,중구,,미취업,파이썬,정보통신,S-1,,,,,
황보라온,1996-02-11,010-5830-2948,raon@mail.ieum.test,중구,,미취업,파이썬,정보통신,S-1,,,,,981229-2345671
"""
# Parts of what was told: whoever finds the part finds the whole, in whatever way it was written.
VALUES = (
    "별하랑", "1998-12-29", "4821-7093", "48217093", "byeolharang", "자개 공예", "병원비 때문에",
    "우는 소리가", "새방골로", "황보덕배", "3917-6604", "39176604", "아랫집", "월세가 넉", "자해 흔적",
    "누리봄", "5830-2947", "58302947", "nuribom", "황보라온", "5830-2948", "981229-2345671",
)  # fmt: skip
UNREADABLE_SECONDS = 5.0
PLANTED = ("겉흙에심은값", "planted.in.wal@mail.ieum.test", "010-2468-1357")


@pytest.fixture(scope="module")
def known(platform: Platform) -> Applicant:
    """Somebody who went through the whole platform: found, ranked, written to, reported, referred, noted."""
    market = Market(platform, {"S-1": 1})
    applicant = market.apply("S-1", **WHO)
    staff = market.staff
    for query in ({"name": WHO["name"]}, {"phone": WHO["phone"]}, {"birth_date": WHO["birth_date"]}):
        found = staff.get("/intake/people", params=query).json()["items"]
        assert applicant.person in {each["id"] for each in found}
    seen = staff.get(f"/intake/applications/{applicant.application}")
    changed = {"choices": ["S-1"], "answers": {"지원동기": ANSWER}}
    staff.put(
        f"/intake/applications/{applicant.application}", json=changed,
        headers=key() | {"If-Match": seen.headers["ETag"]},
    ).raise_for_status()  # fmt: skip
    staff.get(f"/intake/people/{applicant.person}", params={"reveal": "확인"}).raise_for_status()
    _case(platform, applicant)
    referral = {
        "person": applicant.person, "to_agency": HOPE, "need": "debt", "urgency": "soon",
        "basis": "public-duty", "note": NOTE,
    }  # fmt: skip
    staff.post("/intake/referrals", json=referral, headers=key()).raise_for_status()
    refused = staff.post("/intake/people", json=market.person(**WHO, favourite="청록"), headers=key())
    assert refused.status_code == 422, "a refusal keeps nothing of what it refuses either"
    taken = staff.post(
        "/intake/imports/applications", params={"programme": market.programme}, content=FILE.encode(),
        headers=key() | {"Content-Type": "text/csv"},
    )  # fmt: skip
    path = f"/intake/imports/{taken.raise_for_status().json()['id']}"
    platform.until(lambda: staff.get(path).json()["state"] == "done", what="the file to be worked through")
    report = staff.get(path).json()
    assert (report["added"], report["refused"]) == (1, 1), report
    market.wait_ranked(applicant)
    market.clear()
    platform.until(lambda: platform.mail(EMAIL))
    platform.settled()
    return applicant


def _case(platform: Platform, applicant: Applicant) -> None:
    hope = platform.client("intake", "staff", agency=HOPE, subject=f"{HOPE}-lead")
    told = TOLD | {"person": applicant.person, "agency": HOPE}
    hope.post("/intake/reports", json=told, headers=key()).raise_for_status()
    listed = hope.get("/intake/cases").json()["items"]
    [case] = [each for each in listed if each["persons"] == [applicant.person]]
    note = {"topic": "suicide", "text": SECRET, "readers": []}
    headers = key() | {"If-Match": '"1"'}
    hope.post(f"/intake/cases/{case['id']}/notes", json=note, headers=headers).raise_for_status()


def _scan(platform: Platform, *values: str) -> list[str]:
    """Where it is, after every page of Postgres was written to its file."""
    platform.rows("intake", "checkpoint")
    return [f"{values[one.value]} ({one.form}) in {one.place}" for one in platform.scan(values)]


@pytest.mark.long
def test_nothing_of_a_person_lies_in_clear_while_it_is_in_use(platform: Platform, known: Applicant) -> None:
    """Tables, dumps, WAL, heap files, Kafka's topics and segments, and every log."""
    assert known.email == EMAIL
    assert _scan(platform, *VALUES) == []


def test_after_an_erasure_it_is_unreadable_in_every_service_within_seconds(
    platform: Platform, known: Applicant
) -> None:
    """From the answer to the request until every holder has said so, and intake and notify show nothing."""
    began = time.monotonic()
    citizen = platform.client("intake", "citizen", subject=known.person)
    told = citizen.post(f"/intake/people/{known.person}/erasure", headers=key())
    assert told.status_code == 201, told.text
    platform.until(lambda: _unreadable(platform, citizen, known))
    seconds = time.monotonic() - began
    print(f"unreadable in every service after {seconds:.2f} s")
    assert seconds < UNREADABLE_SECONDS
    shown = citizen.get(f"/intake/people/{known.person}/erasure").json()
    assert {one["place"] for one in shown["copies"]} == {"kafka", "database", "backups"}
    assert shown["last_copy_gone_by"] == max(one["gone_by"] for one in shown["copies"])


def _unreadable(platform: Platform, citizen: httpx.Client, who: Applicant) -> bool:
    staff = platform.client("intake", "staff", agency=AGENCY)
    shown = staff.get(f"/intake/people/{who.person}", params={"reveal": "확인"}).json()
    mail = platform.client("notify", "staff").get("/notify/messages", params={"person": who.person}).json()
    waiting = citizen.get(f"/intake/people/{who.person}/erasure").json()["waiting_for"]
    return (shown["contact"], shown["profile"], waiting) == (None, None, []) and {
        each["address"] for each in mail["items"]
    } <= {None}


def test_after_the_erasure_nothing_lies_in_clear_either(platform: Platform, known: Applicant) -> None:
    platform.settled()
    assert known.email == EMAIL
    assert _scan(platform, *VALUES) == []


def test_the_scan_finds_what_is_planted(platform: Platform) -> None:
    """A value in a table's column, one in the WAL alone, one in a compressed record: each in its place."""
    table, wal, record = PLANTED
    asyncio.run(_plant(platform, table, wal, record))
    found = {(PLANTED[one.value], one.form, one.place) for one in platform.scan(PLANTED)}
    places = {value: {place for each, _, place in found if each == value} for value in PLANTED}
    assert any(place.startswith("dump of") for place in places[table])
    assert f"topic {_topic(platform)}" in places[record]
    if isinstance(platform.kafka, KafkaServer):
        assert any(_topic(platform) in place and "compressed" in place for place in places[record])
    if isinstance(platform.postgres, PostgresServer):
        assert all("pg_wal" in place for place in places[wal])
        assert places[wal]
        assert any("/base/" in place for place in places[table]), "in the table's own file"
    for_hex = {form for value, form, _ in found if value == table}
    assert {"UTF-8", "hex"} <= for_hex, "as text, and as bytes"


def _topic(platform: Platform) -> str:
    return f"{platform.prefix}-planted"


async def _plant(platform: Platform, table: str, wal: str, record: str) -> None:
    connection = await asyncpg.connect(platform.database("notify"))
    try:
        await connection.execute("create table planted (text text, bytes bytea)")
        await connection.execute("insert into planted values ($1, $2)", table, table.encode())
        await connection.execute("select pg_logical_emit_message(false, 'planted', $1::text)", wal)
        await connection.execute("checkpoint")
    finally:
        await connection.close()
    admin = AIOKafkaAdminClient(bootstrap_servers=platform.kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(_topic(platform), 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(
        bootstrap_servers=platform.kafka.bootstrap, compression_type="gzip"
    ) as producer:
        value = json.dumps({"phone": record, "more": "-" * 500}).encode()
        assert record.encode() not in gzip.compress(value)
        await producer.send_and_wait(_topic(platform), value)
