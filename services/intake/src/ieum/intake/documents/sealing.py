"""A file's content in sealed chunks: each opens only as that number of so many of that document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ieum.common.privacy.sealing import DEFAULT, SEALERS, CannotOpen
from ieum.intake.documents.domain import CHUNK_BYTES, Document, bound_to, chunk_count

if TYPE_CHECKING:
    from uuid import UUID

ALG = DEFAULT.alg


def sealed_chunks(content: bytes | bytearray, key: bytes, kid: str, document: UUID) -> Iterator[bytes]:
    """The chunks in order, each sealed when it is asked for, so that no second copy is held."""
    total = chunk_count(len(content))
    with memoryview(content) as view:
        for number in range(total):
            chunk = bytes(view[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES])
            yield DEFAULT.seal(key, chunk, bound_to(ALG, kid, document, number, total))


def opened_chunks(document: Document, sealed: Sequence[bytes], key: bytes) -> Iterator[bytes]:
    """The content, chunk by chunk; raises CannotOpen where one was changed, moved, added or left out."""
    if len(sealed) != document.chunks:
        raise CannotOpen(document.alg)
    sealer = SEALERS.get(document.alg)
    if sealer is None:
        raise CannotOpen(document.alg)
    for number, chunk in enumerate(sealed):
        binding = bound_to(document.alg, document.kid, document.id, number, document.chunks)
        yield sealer.open(key, chunk, binding)
