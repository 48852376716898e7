"""The secret files of a local stack: made once, one secret a file, readable by their owner alone."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from ieum.common.local.names import SERVICES

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32


def ensure_secrets(folder: Path) -> None:
    """Make what is missing; what is there stays as it is.

    `kek`, `search` and `log_key` (the seed of the Ed25519 key that signs the log) are 32 random bytes in
    hex; `token_private.pem` and `token_public.pem`, `session_private.pem` and `session_public.pem` are
    Ed25519 pairs; `oidc_client_secret` is what intake shows the sign-in provider;
    `postgres_<service>` are passwords.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("kek", "search", "log_key"):
        _create(folder / name, secrets.token_hex(KEY_BYTES).encode())
    for name in (*(f"postgres_{service}" for service in SERVICES), "oidc_client_secret"):
        _create(folder / name, secrets.token_urlsafe(24).encode())
    for pair in ("token", "session"):
        _ensure_key_pair(folder, pair)


def ensure_compose_secrets(folder: Path, postgres: str) -> None:
    """The files that the compose file mounts: those above, the superuser's password and every DSN.

    `postgres` is host:port as the containers reach it.
    """
    ensure_secrets(folder)
    _create(folder / "postgres_superuser", secrets.token_urlsafe(24).encode())
    superuser = quote((folder / "postgres_superuser").read_text(encoding="ascii"), safe="")
    _create(folder / "dsn_superuser", f"postgresql://postgres:{superuser}@{postgres}/postgres".encode())
    for service in SERVICES:
        role = f"ieum_{service}"
        password = quote((folder / f"postgres_{service}").read_text(encoding="ascii"), safe="")
        _create(folder / f"dsn_{service}", f"postgresql://{role}:{password}@{postgres}/{role}".encode())


def _ensure_key_pair(folder: Path, name: str) -> None:
    private = folder / f"{name}_private.pem"
    new = Ed25519PrivateKey.generate()
    _create(private, new.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = load_pem_private_key(private.read_bytes(), password=None)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    _create(folder / f"{name}_public.pem", public)


def _create(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 unless it exists; never a part of one, whoever writes at the same time."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
