"""How facts about people and organisations fold into contacts."""

from __future__ import annotations

import pytest

from ieum.common.events.intake import PersonErased
from ieum.common.events.intake_people import PersonChanged
from ieum.common.events.model import Sealed
from ieum.notify.contacts.domain import Erasure, fold_organisations, fold_people, mask

from .facts import FIRM, PERSON, event, firm, registered, uid

SEALED = Sealed(alg="A256GCM", kid=f"{PERSON}/contact/1", context=uid("event"), ciphertext=b"AAAA")


def test_the_last_fact_of_a_batch_counts() -> None:
    events = [registered(PERSON, SEALED), registered(PERSON, SEALED, sequence=2, language="en")]
    [contact], erasures = fold_people(events)
    assert (contact.language, contact.sequence, contact.sealed) == ("en", 2, SEALED)
    assert erasures == []


def test_a_changed_contact_takes_the_place_of_the_registered_one() -> None:
    other = SEALED.model_copy(update={"ciphertext": b"BBBB"})
    data = PersonChanged(
        private={"contact": other}, district="27230", life_stage="youth", language="en", agency="a", basis="b"
    )
    [contact], erasures = fold_people([registered(PERSON, SEALED), event(data, PERSON, sequence=2)])
    assert (contact.sealed, contact.language, contact.district, contact.sequence) == (other, "en", "27230", 2)
    assert erasures == []


def test_erasing_the_contact_leaves_a_tombstone() -> None:
    gone = event(PersonErased(record_classes=["contact", "profile"]), PERSON, sequence=2)
    [contact], erasures = fold_people([registered(PERSON, SEALED), gone])
    assert (contact.sealed, contact.language, contact.district) == (None, None, None)
    assert erasures == [Erasure(PERSON, ("contact",))]


def test_erasing_what_is_not_held_here_needs_no_answer() -> None:
    gone = event(PersonErased(record_classes=["profile"]), PERSON, sequence=2)
    contacts, erasures = fold_people([registered(PERSON, SEALED), gone])
    assert contacts[0].sealed == SEALED
    assert erasures == []


def test_a_person_whose_key_was_gone_before_is_known_as_erased() -> None:
    [contact], _ = fold_people([registered(PERSON, None)])
    assert contact.sealed is None


def test_organisations_keep_name_and_mailbox() -> None:
    [kept] = fold_organisations([firm("a@firm.kr"), firm(None)])
    assert (kept.id, kept.name, kept.email) == (FIRM, "달구벌디자인", None)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("hong@example.kr", "h***@example.kr"),
        ("@example.kr", "***@example.kr"),
        ("nothing", None),
        (None, None),
    ],
)
def test_addresses_are_masked(address: str | None, masked: str | None) -> None:
    assert mask(address) == masked
