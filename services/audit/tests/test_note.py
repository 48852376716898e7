"""Signed notes: the published examples of C2SP signed-note and of Go's sumdb/note; and forged ones."""

from __future__ import annotations

import base64

import pytest

from ieum.audit.ledger.note import Checkpoint, NoteError, Signer, Verifier, open_note

SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann "
    + "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
CHECKPOINT = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
"""
SIGNER = Signer("ieum.kr/daegu", bytes(range(32)))
OTHER = Signer("ieum.kr/seoul", bytes(32))


def test_the_specifications_example_verifies() -> None:
    verifier = Verifier.parse(SPEC_VKEY)
    assert open_note(SPEC_NOTE, [verifier]) == "This is an example message.\n"
    assert verifier.vkey == SPEC_VKEY


def test_gos_published_note_is_made_byte_for_byte() -> None:
    signer = Signer("PeterNeumann", GO_SEED)
    assert signer.verifier.vkey == GO_VKEY
    assert signer.sign(GO_TEXT) == GO_NOTE
    assert open_note(GO_NOTE, [Verifier.parse(GO_VKEY)]) == GO_TEXT


@pytest.mark.parametrize("at", range(0, len(GO_NOTE), 7))
def test_no_character_of_a_note_can_change(at: int) -> None:
    changed = GO_NOTE[:at] + ("x" if GO_NOTE[at] != "x" else "y") + GO_NOTE[at + 1 :]
    with pytest.raises(NoteError):
        open_note(changed, [Verifier.parse(GO_VKEY)])


def test_text_may_have_empty_lines_of_its_own() -> None:
    text = "one\n\ntwo\n"
    assert open_note(SIGNER.sign(text), [SIGNER.verifier]) == text


def test_signatures_by_strangers_are_ignored_but_not_enough() -> None:
    cosigned = SIGNER.sign("a\n") + OTHER.sign("a\n").split("\n\n")[1]
    assert open_note(cosigned, [SIGNER.verifier]) == "a\n"
    assert open_note(cosigned, [OTHER.verifier]) == "a\n"
    with pytest.raises(NoteError, match="no signature"):
        open_note(OTHER.sign("a\n"), [SIGNER.verifier])


def test_one_wrong_signature_by_a_known_key_spoils_the_note() -> None:
    mixed = SIGNER.sign("a\n") + OTHER.sign("b\n").split("\n\n")[1]
    with pytest.raises(NoteError, match="does not fit"):
        open_note(mixed, [SIGNER.verifier, OTHER.verifier])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "a\n",
        "a\n\n",
        "a\n\n— ieum.kr/daegu\n",
        "a\n\n— ieum.kr/daegu AAAA\n",
        "a\n\n- ieum.kr/daegu AAAAAAAAAAA=\n",
        "a\n\n— ieum kr AAAAAAAAAAA=\n",
        SIGNER.sign("a\n") + "rubbish\n",
        SIGNER.sign("a\n").rstrip("\n"),
        SIGNER.sign("a\n").replace("a\n\n", "a\n"),
        SIGNER.sign("a\n").replace("a", "a\x00"),
        SIGNER.sign("a\n") + "— x AAAAAAAAAAA=\n" * 100,
        SIGNER.sign("a\n") + "x" * 1_000_000,
    ],
)
def test_malformed_notes_are_refused(note: str) -> None:
    with pytest.raises(NoteError):
        open_note(note, [SIGNER.verifier])


@pytest.mark.parametrize("text", ["no newline", "tab\t\n", ""])
def test_a_text_that_makes_no_note_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        SIGNER.sign(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb"])
def test_a_name_that_makes_no_key_is_refused(name: str) -> None:
    with pytest.raises(NoteError):
        Signer(name, bytes(32))


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "PeterNeumann",
        GO_VKEY.replace("Peter", "Pater"),
        GO_VKEY.replace("c74f20a3", "c74f20a4"),
        GO_VKEY.replace("+ARpc", "+ARpd"),
        GO_VKEY.replace("+ARpc", "+Ahpc"),
        GO_VKEY[:-4],
        GO_VKEY + "!",
    ],
)
def test_a_mangled_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        Verifier.parse(vkey)


def test_the_specifications_checkpoint_is_read_and_written() -> None:
    checkpoint = Checkpoint.parse(CHECKPOINT)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text == CHECKPOINT
    assert Checkpoint.parse(CHECKPOINT + "an extension\n") == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        CHECKPOINT[:-1],
        CHECKPOINT.replace("2085", "02085"),
        CHECKPOINT.replace("20852163", "+3"),
        CHECKPOINT.replace("20852163", "٣"),
        CHECKPOINT.replace("q2I=", "q2J="),
        CHECKPOINT.replace("CsUY", ""),
        CHECKPOINT + "\n",
        "\n".join(CHECKPOINT.split("\n")[:2]) + "\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)
