"""One suite for whatever holds the key-encryption key: a file in memory, or a module."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from pkcs11.exceptions import NoSuchKey, PKCS11Error

from ieum.common.events.intake import PersonContact
from ieum.common.privacy import sealing
from ieum.common.privacy.keys import KeyWrapper, KeyWrappers, Wrapper, kid_of
from ieum.common.privacy.objects import open_sealed, seal
from ieum.common.privacy.pkcs11 import ModuleSealer, ModuleWrapper, Token
from ieum.common.privacy.sealing import KEY_BYTES, SEALERS, AesGcmSealer
from ieum.common.service import keks
from ieum.common.service.settings import ModuleCipher, ServiceSettings

from .conftest import LABEL, PIN

KID = kid_of(UUID(int=1), "contact")
VENDORS = 0x8000_0A01


@pytest.fixture(params=["memory", "PKCS#11"])
def wrappers(request: pytest.FixtureRequest) -> tuple[Wrapper, Wrapper]:
    """Two key-encryption keys of one kind."""
    if request.param == "memory":
        return KeyWrapper(b"a" * KEY_BYTES), KeyWrapper(b"b" * KEY_BYTES)
    token = request.getfixturevalue("token")
    return ModuleWrapper(token, "kek"), ModuleWrapper(token, "kek-2")


def test_a_wrapped_key_unwraps_only_under_its_own_key_encryption_key(
    wrappers: tuple[Wrapper, Wrapper],
) -> None:
    wrapper, other = wrappers
    key, wrapped = wrapper.new()
    assert len(key) == KEY_BYTES
    assert key not in wrapped
    assert wrapper.unwrap(wrapped) == key
    assert wrapper.unwrap(wrapper.wrap(key)) == key
    with pytest.raises(InvalidUnwrap):
        other.unwrap(wrapped)
    with pytest.raises(InvalidUnwrap):
        wrapper.unwrap(bytes([wrapped[0] ^ 1]) + wrapped[1:])


def test_while_one_is_exchanged_both_unwrap_and_the_present_one_wraps(
    wrappers: tuple[Wrapper, Wrapper],
) -> None:
    before, after = wrappers
    both = KeyWrappers(after, before)
    key, wrapped = before.new()
    assert both.unwrap(wrapped) == key
    assert after.unwrap(both.wrap(key)) == key
    assert after.unwrap(both.new()[1])
    assert both.name == after.name != before.name
    with pytest.raises(InvalidUnwrap):
        both.unwrap(KeyWrapper(b"c" * KEY_BYTES).new()[1])


def test_the_modules_key_never_leaves_it(token: Token) -> None:
    from pkcs11 import Attribute, ObjectClass

    kek = token.session.get_key(object_class=ObjectClass.SECRET_KEY, label="kek")
    assert (kek[Attribute.EXTRACTABLE], kek[Attribute.SENSITIVE]) == (False, True)
    with pytest.raises(PKCS11Error):
        kek[Attribute.VALUE]
    with pytest.raises(ValueError, match="already"):
        token.make_kek("kek")
    with pytest.raises(NoSuchKey):
        ModuleWrapper(token, "no-such-key")


def test_module_and_memory_open_what_the_other_sealed(token: Token) -> None:
    key, module, memory = bytes(range(32)), ModuleSealer(token), AesGcmSealer()
    assert memory.open(key, module.seal(key, "홍길동".encode(), b"x"), b"x") == "홍길동".encode()
    assert module.open(key, memory.seal(key, "홍길동".encode(), b"x"), b"x") == "홍길동".encode()
    sealed = module.seal(key, b"text", b"aad")
    assert AESGCM(key).decrypt(sealed[:12], sealed[12:], b"aad") == b"text"


def test_a_cipher_that_the_module_lacks_is_refused_by_the_module(token: Token) -> None:
    """ARIA in GCM has a vendor's number; SoftHSM knows no ARIA, and says so."""
    with pytest.raises(PKCS11Error):
        ModuleSealer(token, alg="ARIA256GCM", mechanism=VENDORS).seal(bytes(32), b"text", b"")


def test_settings_put_the_module_first_and_keep_the_files(
    tmp_path: Path, module: Path, token: Token, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moving into a module: its key wraps from now on, and what `kek` wrapped still unwraps."""
    monkeypatch.setattr(keks, "_token", lambda *_: token)  # a token refuses a second sign-in of a process
    (tmp_path / "kek").write_text("61" * KEY_BYTES)
    (tmp_path / "pkcs11_pin").write_text(PIN)
    plain = ServiceSettings(kafka="", database="", secrets=tmp_path)
    cipher = ModuleCipher(alg="A256GCM", mechanism=0x1087, key_type=0x1F)
    moved = plain.model_copy(update={"pkcs11": module, "pkcs11_token": LABEL, "pkcs11_cipher": cipher})
    assert keks.wrapper(plain).name == KeyWrapper(b"a" * KEY_BYTES).name
    assert keks.wrapper(moved).name == "pkcs11:ieum/kek"
    key, wrapped = keks.wrapper(plain).new()
    assert keks.wrapper(moved).unwrap(wrapped) == key
    keks.choose_sealer(plain)
    assert sealing.present() is sealing.DEFAULT
    try:
        keks.choose_sealer(moved)
        assert isinstance(sealing.present(), ModuleSealer)
        contact = PersonContact(name="김하늘", phone="+821012345678", email="haneul@youth.example")
        assert open_sealed(seal(contact, key, KID, UUID(int=7)), key, PersonContact) == contact
    finally:
        SEALERS[sealing.DEFAULT.alg] = sealing.DEFAULT
        sealing.use(sealing.DEFAULT)


@pytest.mark.parametrize("files", [("kek",), ("kek", "kek_previous"), ("kek", "kek_next")])
def test_the_file_kek_wraps_and_the_others_are_read(tmp_path: Path, files: tuple[str, ...]) -> None:
    for number, name in enumerate(files):
        (tmp_path / name).write_text(bytes([number] * KEY_BYTES).hex())
    found = keks.wrapper(ServiceSettings(kafka="", database="", secrets=tmp_path))
    assert found.name == KeyWrapper(bytes(KEY_BYTES)).name
    for number in range(len(files)):
        key, wrapped = KeyWrapper(bytes([number] * KEY_BYTES)).new()
        assert found.unwrap(wrapped) == key


def test_without_any_key_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="kek"):
        keks.wrapper(ServiceSettings(kafka="", database="", secrets=tmp_path))
