"""A proof that an event is in the log, whole enough for anyone to check without asking us again."""

from __future__ import annotations

from uuid import UUID

from pydantic import Base64Bytes, BaseModel, ConfigDict

from ieum.audit.ledger.leaf import Leaf, Opening
from ieum.audit.ledger.merkle import hash_leaf, verify_inclusion
from ieum.audit.ledger.note import Checkpoint, NoteError, Verifier, open_note


class OpeningView(BaseModel):
    """What opens a leaf's commitment, in base64: 32 random bytes and the framed record (see `leaf`)."""

    model_config = ConfigDict(frozen=True)

    nonce: Base64Bytes
    record: Base64Bytes


class EventProof(BaseModel):
    """Where an event stands in the log, and the hashes from its leaf to a signed checkpoint.

    `withheld` says why there is no opening: `forbidden-number` or `erased`. `repeated_at` are the indexes of
    the leaves of resends.
    """

    model_config = ConfigDict(frozen=True)

    event_id: UUID
    index: int
    leaf: Base64Bytes
    checkpoint: str
    hashes: list[Base64Bytes]
    opening: OpeningView | None
    withheld: str | None
    repeated_at: list[int]


def check_proof(proof: EventProof, verifier: Verifier) -> list[str]:
    """What does not hold, as codes: signature, origin, inclusion, leaf, opening; nothing: it is proven."""
    try:
        checkpoint = Checkpoint.parse(open_note(proof.checkpoint, [verifier]))
    except NoteError:
        return ["signature"]
    problems = [] if checkpoint.origin == verifier.name else ["origin"]
    leaf_hash = hash_leaf(proof.leaf)
    if not verify_inclusion(proof.index, checkpoint.size, leaf_hash, proof.hashes, checkpoint.root):
        problems.append("inclusion")
    return problems + _check_opening(proof)


def _check_opening(proof: EventProof) -> list[str]:
    try:
        leaf = Leaf.parse(proof.leaf)
    except ValueError:
        return ["leaf"]
    if proof.opening and not Opening(proof.opening.nonce, proof.opening.record).opens(leaf):
        return ["opening"]
    return []
