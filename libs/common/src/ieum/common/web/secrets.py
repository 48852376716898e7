"""The secrets HTTP needs, read once from the folder of secret files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

SEARCH_KEY_BYTES = 32


@dataclass(frozen=True, repr=False)
class WebSecrets:
    """The public keys that tokens are checked with (PEM), and the key of keyed hashes (32 bytes).

    What a browser's cookie holds is signed with a key of its own, which intake has and which can make no
    bearer token. None: nobody signs in by browser.
    """

    token_public_pem: bytes
    search: bytes
    session_public_pem: bytes | None = None

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read `token_public.pem`, `search` (hex) and, where it is there, `session_public.pem`.

        Raises OSError if one of the first two is missing, ValueError if it is bad.
        """
        search = bytes.fromhex((folder / "search").read_text(encoding="ascii").strip())
        if len(search) != SEARCH_KEY_BYTES:
            raise ValueError(f"the search secret must have {SEARCH_KEY_BYTES} bytes")
        session = folder / "session_public.pem"
        return cls(
            (folder / "token_public.pem").read_bytes(),
            search,
            session.read_bytes() if session.is_file() else None,
        )
