"""Secrets are made once and stay closed to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from ieum.common.local.secrets import ensure_secrets

if TYPE_CHECKING:
    from pathlib import Path

NAMES = {
    "kek",
    "search",
    "log_key",
    "token_private.pem",
    "token_public.pem",
    "session_private.pem",
    "session_public.pem",
    "oidc_client_secret",
    "postgres_intake",
    "postgres_matching",
    "postgres_notify",
    "postgres_audit",
}


def test_all_secrets_are_there_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    ensure_secrets(tmp_path / "secrets")
    files = list((tmp_path / "secrets").iterdir())
    assert {file.name for file in files} == NAMES
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


def test_keys_have_the_lengths_and_kinds_that_their_users_expect(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)
    for name in ("kek", "search", "log_key"):
        assert len(bytes.fromhex((tmp_path / name).read_text())) == 32
    private = load_pem_private_key((tmp_path / "token_private.pem").read_bytes(), password=None)
    public = load_pem_public_key((tmp_path / "token_public.pem").read_bytes())
    assert isinstance(private, Ed25519PrivateKey)
    assert isinstance(public, Ed25519PublicKey)
    public.verify(private.sign(b"ieum"), b"ieum")


def test_secrets_that_are_there_stay_and_only_missing_ones_are_made(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    (tmp_path / "token_public.pem").unlink()
    (tmp_path / "search").unlink()
    ensure_secrets(tmp_path)
    after = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"search"}  # the public key follows from the private one
