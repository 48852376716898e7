"""One suite for every Sealer: whichever cipher a city uses, the same promises hold."""

from __future__ import annotations

import os
from uuid import UUID

import pytest

from ieum.common.events.intake import PersonContact
from ieum.common.privacy.keys import KeyWrapper, NoKeys, kid_of
from ieum.common.privacy.model import Sealed
from ieum.common.privacy.objects import open_sealed, seal
from ieum.common.privacy.sealing import (
    DEFAULT,
    KEY_BYTES,
    SEALERS,
    CannotOpen,
    ChaChaSealer,
    Sealer,
    present,
    use,
)

KEY = bytes(range(KEY_BYTES))
PERSON = UUID("019f0000-0000-7000-8000-000000000001")
EVENT, ELSEWHERE = UUID(int=7), UUID(int=8)
KID = kid_of(PERSON, "contact")
CONTACT = PersonContact(name="김하늘", phone="+821012345678", email="haneul@youth.example")


def test_what_is_sealed_opens_again_and_is_not_readable(sealer: Sealer) -> None:
    sealed = seal(CONTACT, KEY, KID, EVENT, sealer)
    assert open_sealed(sealed, KEY, PersonContact) == CONTACT
    assert "김하늘".encode() not in sealed.ciphertext
    assert b"haneul" not in sealed.ciphertext


def test_a_sealed_object_says_how_and_for_whom_it_is_sealed(sealer: Sealer) -> None:
    sealed = seal(CONTACT, KEY, KID, EVENT, sealer)
    assert (sealed.alg, sealed.kid, sealed.context) == (sealer.alg, KID, EVENT)
    assert (sealed.person, sealed.record_class) == (PERSON, "contact")


def test_it_survives_the_way_through_json(sealer: Sealer) -> None:
    sealed = seal(CONTACT, KEY, KID, EVENT, sealer)
    back = Sealed.model_validate_json(sealed.model_dump_json())
    assert open_sealed(back, KEY, PersonContact) == CONTACT
    stored = Sealed.model_validate(sealed.model_dump(mode="json"))
    assert open_sealed(stored, KEY, PersonContact) == CONTACT


def test_the_same_object_is_never_sealed_alike_twice(sealer: Sealer) -> None:
    assert len({seal(CONTACT, KEY, KID, EVENT, sealer).ciphertext for _ in range(100)}) == 100


@pytest.mark.parametrize(
    "change",
    [
        {"context": ELSEWHERE},
        {"kid": kid_of(UUID(int=9), "contact")},
        {"kid": kid_of(PERSON, "profile")},
        {"kid": kid_of(PERSON, "contact", 2)},
    ],
    ids=["another event", "another person", "another record class", "another generation"],
)
def test_a_sealed_object_that_was_moved_does_not_open(sealer: Sealer, change: dict[str, object]) -> None:
    moved = seal(CONTACT, KEY, KID, EVENT, sealer).model_copy(update=change)
    with pytest.raises(CannotOpen):
        open_sealed(moved, KEY, PersonContact)


def test_no_bit_of_it_can_be_changed(sealer: Sealer) -> None:
    sealed = seal(CONTACT, KEY, KID, EVENT, sealer)
    for place in range(len(sealed.ciphertext)):
        changed = bytearray(sealed.ciphertext)
        changed[place] ^= 1
        with pytest.raises(CannotOpen):
            open_sealed(sealed.model_copy(update={"ciphertext": bytes(changed)}), KEY, PersonContact)


@pytest.mark.parametrize("length", [0, 1, 11, 12, 27])
def test_a_truncated_object_does_not_open(sealer: Sealer, length: int) -> None:
    sealed = seal(CONTACT, KEY, KID, EVENT, sealer)
    short = sealed.model_copy(update={"ciphertext": sealed.ciphertext[:length]})
    with pytest.raises(CannotOpen):
        open_sealed(short, KEY, PersonContact)


def test_another_key_does_not_open_it(sealer: Sealer) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(seal(CONTACT, KEY, KID, EVENT, sealer), os.urandom(KEY_BYTES), PersonContact)


def test_one_cipher_is_not_taken_for_another(sealer: Sealer) -> None:
    sealed = seal(CONTACT, KEY, KID, EVENT, sealer)
    for alg in SEALERS.keys() - {sealer.alg} | {"none", ""}:
        with pytest.raises(CannotOpen):
            open_sealed(sealed.model_copy(update={"alg": alg}), KEY, PersonContact)


def test_the_default_is_aes_256_in_gcm() -> None:
    assert DEFAULT.alg == "A256GCM"
    assert present() is DEFAULT


def test_another_cipher_can_be_chosen_and_what_was_sealed_before_still_opens() -> None:
    before = seal(CONTACT, KEY, KID, EVENT)
    use(ChaChaSealer())
    try:
        after = seal(CONTACT, KEY, KID, EVENT)
    finally:
        use(DEFAULT)
    assert (before.alg, after.alg) == ("A256GCM", "C20P")
    assert [open_sealed(one, KEY, PersonContact) for one in (before, after)] == [CONTACT, CONTACT]


def test_wrapping_is_rfc_3394() -> None:
    """The vector of RFC 3394, section 4.6: 256 bits of key data under a 256-bit key-encryption key."""
    kek = bytes.fromhex("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F")
    key = bytes.fromhex("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F")
    wrapped = bytes.fromhex(
        "28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21"
    )
    assert KeyWrapper(kek).unwrap(wrapped) == key


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_encryption_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyWrapper(b"x" * length)


async def test_who_opens_nothing_has_no_keys() -> None:
    assert await NoKeys().fetch(None, [KID]) == {}
