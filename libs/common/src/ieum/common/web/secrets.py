"""The two secrets HTTP needs, read once from the folder of secret files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

SEARCH_KEY_BYTES = 32


@dataclass(frozen=True, repr=False)
class WebSecrets:
    """The public key that tokens are checked with (PEM), and the key of keyed hashes (32 bytes)."""

    token_public_pem: bytes
    search: bytes

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `token_public.pem` and `search` (hex); OSError if one is missing, ValueError if one is bad."""
        search = bytes.fromhex((folder / "search").read_text(encoding="ascii").strip())
        if len(search) != SEARCH_KEY_BYTES:
            raise ValueError(f"the search secret must have {SEARCH_KEY_BYTES} bytes")
        return cls((folder / "token_public.pem").read_bytes(), search)
