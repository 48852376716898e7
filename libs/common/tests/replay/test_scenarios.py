"""Recording without anybody's data, playing as somebody new, comparing whatever the ids: the pure parts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ieum.common.events.envelope import REPLAY_DOMAIN, Event
from ieum.common.events.intake import (
    IntakeAccessRecorded,
    OrganisationRegistered,
    PersonContact,
    PersonErased,
    PersonProfile,
    PersonRegistered,
)
from ieum.common.events.matching import RoundConfirmed, RoundSentBack
from ieum.common.events.model import EventData
from ieum.common.events.registry import Registry
from ieum.common.kafka.records import decode
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import derived_id
from ieum.common.privacy.keys import KeyWrapper, kid_of
from ieum.common.privacy.objects import open_sealed, seal
from ieum.common.replay import scenario
from ieum.common.replay.compare import differences, known_ids, normalised
from ieum.common.replay.play import new_ids, plan
from ieum.common.replay.record import in_order
from ieum.common.replay.scenario import Attributes, Recorded
from ieum.common.replay.scrub import scrub
from ieum.common.replay.synthetic import MAKERS, make

REGISTRY = Registry.load()
ROOT = UUID("019f0000-0000-7000-8000-000000000009")
AT = datetime(2026, 11, 20, 1, tzinfo=UTC)
KEY, KEK, RUN = b"k" * 32, b"w" * 32, UUID("019f0000-0000-7000-8000-00000000000a")
REAL = ("홍길동", "+821098765432", "gildong.hong@naver.com", "1999-03-01", "용접")


def uid(name: str) -> UUID:
    return derived_id(ROOT, name)


def event(data: EventData, subject: UUID, *, sequence: int = 1, at: datetime = AT, offset: int = 0) -> Event:
    return Event(
        id=uid(f"{data.event_type}/{subject}/{sequence}"), type=data.event_type, source="/ieum/daegu/intake",
        time=at, subject=str(subject), sequence=sequence, correlation_id=str(uid("story")),
        causation_id=None, topic=data.topic, partition=0, offset=offset, key=str(subject).encode(),
        headers=[], value=b"", data=data,
    )  # fmt: skip


def registered(person: UUID) -> Event:
    """A person whose sealed objects hold what must never be seen again."""
    name, phone, email, birth, skill = REAL
    data = PersonRegistered(district="27260", life_stage="youth", agency="daegu-youth-centre", basis="법")
    made = event(data, person)
    objects = [
        PersonContact(name=name, phone=phone, email=email),
        PersonProfile.model_validate({"birth_date": birth, "skills": [skill]}),
    ]
    sealed = {o.record_class: seal(o, KEY, kid_of(person, o.record_class), made.id) for o in objects}
    return event(data.model_copy(update={"private": sealed}), person)


def test_every_private_model_of_the_language_has_a_maker() -> None:
    models = {model for each in REGISTRY.models.values() for model in each.private_models.values()}
    assert models == set(MAKERS)


def test_a_scrubbed_event_holds_no_real_value_and_no_ciphertext() -> None:
    real = registered(uid("hong"))
    text = scrub(real, seed=1).model_dump_json()
    assert not [value for value in REAL if value in text]
    for sealed in real.data.private.values():
        assert json.loads(sealed.model_dump_json())["ciphertext"] not in text
    assert "ciphertext" not in text
    assert "wrapped" not in text


def test_invented_values_are_the_same_for_a_seed_and_a_person_and_nobody_elses() -> None:
    first = scrub(registered(uid("hong")), seed=1).data["private"]
    assert first == scrub(registered(uid("hong")), seed=1).data["private"]
    assert first != scrub(registered(uid("hong")), seed=2).data["private"]
    assert first != scrub(registered(uid("kim")), seed=1).data["private"]
    assert first["contact"]["email"].endswith(f"@{REPLAY_DOMAIN}")
    assert first["contact"]["phone"].startswith("+82100")


@pytest.mark.parametrize("number", range(50))
def test_an_invented_birth_date_fits_the_life_stage_that_the_event_tells(number: int) -> None:
    made = make(PersonProfile, seed=number, person="p", stage="youth", day=AT.date())
    assert isinstance(made, PersonProfile)
    years = (AT.date() - made.birth_date).days / 365.2425
    assert 19 <= years < 40


@pytest.mark.parametrize(
    ("data", "real"),
    [
        (RoundConfirmed(programme="p", official="jihoon.park@city", official_name="박지훈",
                        result_digest="0"), ("jihoon.park", "박지훈")),
        (RoundSentBack(programme="p", official="jihoon.park@city", official_name="박지훈",
                       reason="김철수님 확인"), ("jihoon.park", "박지훈", "김철수")),
        (OrganisationRegistered(name="달구벌", roles=["workplace"], district="27140", email="ceo@dalgu.kr"),
         ("ceo@dalgu.kr",)),
        (IntakeAccessRecorded(actor="minji.kim@centre", actor_kind="staff", record_classes=["contact"],
                              objects=1, purpose="intake", reason="김철수님 연락"), ("minji.kim", "김철수")),
    ],
)  # fmt: skip
def test_staff_mailboxes_and_free_text_are_replaced_too(data: EventData, real: tuple[str, ...]) -> None:
    text = scrub(event(data, uid("x")), seed=1).model_dump_json()
    assert not [value for value in real if value in text]


def test_events_are_in_the_order_of_time_but_never_against_the_order_of_their_key() -> None:
    erased = PersonErased(record_classes=["contact"])

    def one(who: str, sequence: int, minutes: int) -> Event:
        return event(erased, uid(who), sequence=sequence, at=AT + timedelta(minutes=minutes), offset=sequence)

    events = [one("a", 1, 10), one("a", 2, 5), one("a", 3, 30), one("b", 1, 7), one("b", 2, 20)]
    found = [(e.subject, e.sequence) for e in in_order(events)]
    a, b = str(uid("a")), str(uid("b"))
    assert found == [(b, 1), (a, 1), (a, 2), (b, 2), (a, 3)]


def test_a_scenario_file_reads_back_and_a_bad_line_is_told(tmp_path: Path) -> None:
    path = tmp_path / "scenario.jsonl"
    events = [scrub(registered(uid("hong")), 1)]
    scenario.write(path, events)
    assert scenario.read(path) == events
    path.write_text(path.read_text() + '{"topic": "intake-people"}\n')
    with pytest.raises(Refusal, match="line 2"):
        scenario.read(path)


class Sent:
    """A planned row in the shape of the record it will be."""

    partition, offset = 0, 0

    def __init__(self, row: Any) -> None:
        self.topic, self.key, self.value, self.headers = row.topic, row.key, row.value, tuple(row.headers)


def test_a_plan_seals_new_people_under_new_keys_and_marks_every_event() -> None:
    recorded = [
        scrub(registered(uid("hong")), 1),
        scrub(event(PersonErased(record_classes=["contact"]), uid("hong"), sequence=2), 1),
    ]
    made = plan(recorded, REGISTRY, KeyWrapper(KEK), RUN)
    person = derived_id(RUN, str(uid("hong")))
    assert [row.key.decode() for row in made.keys] == [kid_of(person, "contact"), kid_of(person, "profile")]
    first, tombstone, last = made.events
    got = decode(Sent(first), REGISTRY)  # type: ignore[arg-type]
    assert got.replayed
    assert got.replay == str(RUN)
    assert got.subject == got.key.decode() == str(person)
    key = KeyWrapper(KEK).unwrap(_wrapped(made.keys[0]))
    opened = open_sealed(got.data.private["contact"], key, PersonContact)
    assert opened.model_dump(mode="json") == recorded[0].data["private"]["contact"]
    assert (tombstone.topic, tombstone.key, tombstone.value) == ("intake-keys", made.keys[0].key, None)
    assert decode(Sent(last), REGISTRY).sequence == 2  # type: ignore[arg-type]
    everything = b"".join(part for row in (*made.keys, *made.events) for part in _parts(row))
    assert str(uid("hong")).encode() not in everything, "no id of the recording lives on"


def _wrapped(row: Any) -> bytes:
    from base64 import b64decode

    return b64decode(json.loads(row.value)["wrapped"])


def _parts(row: Any) -> list[bytes]:
    return [row.key, row.value or b"", *(value for _, value in row.headers)]


def test_positions_only_grow_and_their_source_is_the_runs_own() -> None:
    made = plan([scrub(registered(uid(str(n))), 1) for n in range(5)], REGISTRY, KeyWrapper(KEK), RUN)
    rows = [dict(row.headers) for row in (*made.keys, *made.events)]
    assert {row["ce_source"] for row in rows} == {f"/ieum/replay/{RUN}".encode()}
    numbers = [int(dict(row.headers)["ce_position"].removeprefix(b"1:")) for row in made.events]
    assert numbers == sorted(set(numbers))


def test_a_handwritten_real_mailbox_is_rewritten_to_one_that_cannot_exist() -> None:
    data = {"name": "달구벌", "roles": ["workplace"], "district": "27140", "email": "ceo@dalgu.kr"}
    made = plan([_line("intake-organisations", "kr.ieum.intake.organisation.registered.v1", data)],
                REGISTRY, KeyWrapper(KEK), RUN)  # fmt: skip
    assert json.loads(made.events[0].value or b"")["email"] == f"ceo@{REPLAY_DOMAIN}"


def _line(topic: str, type_: str, data: dict[str, Any]) -> Recorded:
    headers = Attributes(id=uid("e"), type=type_, subject="s", sequence=1, time=AT, correlation="c")
    return Recorded(topic=topic, key="s", headers=headers, data=data)


@pytest.mark.parametrize(
    ("topic", "type_"),
    [
        ("intake-keys", "kr.ieum.intake.key.issued.v1"),
        ("intake-people", "kr.ieum.intake.opening.published.v1"),
        ("nowhere", "kr.ieum.intake.person.erased.v1"),
        ("intake-people", "kr.ieum.intake.person.renamed.v1"),
    ],
)
def test_what_the_register_does_not_allow_is_not_played(topic: str, type_: str) -> None:
    with pytest.raises(Refusal, match="scenario-foreign"):
        plan([_line(topic, type_, {})], REGISTRY, KeyWrapper(KEK), RUN)


def test_private_objects_without_a_person_are_not_played() -> None:
    line = _line(
        "intake-people", "kr.ieum.intake.person.registered.v1", {"private": {"contact": {"name": "x"}}}
    )
    with pytest.raises(Refusal, match="scenario-foreign"):
        plan([line], REGISTRY, KeyWrapper(KEK), RUN)


def test_ids_are_mapped_wherever_they_stand_and_always_alike() -> None:
    one = str(uid("one"))
    mapped = str(derived_id(RUN, one))
    assert new_ids(RUN, f'{{"kid": "{one}/contact/1", "x": "{one.upper()}"}}') == (
        f'{{"kid": "{mapped}/contact/1", "x": "{mapped}"}}'
    )


def _outcome(run: UUID, order: list[str], fresh: str) -> list[Recorded]:
    """What a service would make of two people in a run: a fact about each, linked by an id of its own."""
    made = []
    for who in order:
        match = str(derived_id(uid(fresh), who))
        data = {"person": str(derived_id(run, str(uid(who)))), "match": match, "answer_by": fresh}
        headers = Attributes(
            id=uid(fresh + who), type="t", subject=match, sequence=1, time=AT, correlation=fresh
        )
        made.append(Recorded(topic="matching-matches", key=match, headers=headers, data=data))
    return made


def test_two_runs_compare_equal_whatever_their_ids_moments_and_pace() -> None:
    played = [scrub(registered(uid(who)), 1) for who in ("hong", "kim")]
    runs = [(uid("run-1"), ["hong", "kim"], "first"), (uid("run-2"), ["kim", "hong"], "second")]
    golden, found = (
        normalised(_outcome(run, order, fresh), known_ids(played, run)) for run, order, fresh in runs
    )
    assert differences(found, golden) == []
    assert str(uid("hong")) in "".join(golden), "ids of the scenario are told as the scenario has them"


def test_a_missing_a_changed_and_a_mixed_up_event_are_seen() -> None:
    played = [scrub(registered(uid(who)), 1) for who in ("hong", "kim")]
    run = uid("run")
    back = known_ids(played, run)
    golden = normalised(_outcome(run, ["hong", "kim"], "first"), back)
    assert differences(normalised(_outcome(run, ["hong"], "first"), back), golden)
    changed = _outcome(run, ["hong", "kim"], "first")
    changed[0].data["person"] = changed[1].data["person"]
    assert differences(normalised(changed, back), golden)
