"""The use cases of the log, on the caller's transaction."""

from __future__ import annotations

import base64
import json
import secrets
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.audit.ledger import store
from ieum.audit.ledger.domain import due_checkpoint, grow, header
from ieum.audit.ledger.leaf import NONCE_BYTES, Record
from ieum.audit.ledger.merkle import inclusion_ranges, perfect_nodes, prove
from ieum.audit.ledger.proof import EventProof, OpeningView
from ieum.audit.ledger.tiles import ENTRIES, Tile, encode_bundle, node_in_tile, tile_of_node
from ieum.common.events.audit import AuditAccessRecorded, AuditErasureAcknowledged, CheckpointSigned
from ieum.common.events.intake import PersonErased
from ieum.common.events.intake_people import PersonConsentWithdrawn
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ieum.audit.ledger.domain import Placed
    from ieum.audit.ledger.note import Signer
    from ieum.audit.ledger.store import Kept
    from ieum.common.postgres import Tx


async def append(tx: Tx, records: Sequence[Placed]) -> None:
    """One leaf for each record, whatever it holds, in the order of commits."""
    frontier = await store.lock(tx)
    await store.append(tx, grow(frontier, records, secrets.token_bytes(NONCE_BYTES * len(records))))
    for record in records:
        if record.topic == PersonErased.topic and not record.repeat:
            _acknowledge(tx, record)


def _acknowledge(tx: Tx, record: Placed) -> None:
    """Audit holds private data under the person's keys alone; with these gone, no opening can be read.

    It does nothing on consents. A record that claims to be an erasure or a withdrawal and cannot be read as
    one is a record to log, nothing more.
    """
    try:
        person = UUID(header(record.headers, "ce_subject") or "")
        said = _said(person, header(record.headers, "ce_type"), record.value or b"")
    except ValueError:
        return
    if said:
        tx.publish(said, subject=person, sequence=1)


def _said(person: UUID, type_: str | None, value: bytes) -> AuditErasureAcknowledged | None:
    match type_:
        case PersonErased.event_type:
            erased = PersonErased.model_validate_json(value)
            return AuditErasureAcknowledged(person=person, record_classes=erased.record_classes)
        case PersonConsentWithdrawn.event_type:
            withdrawn = PersonConsentWithdrawn.model_validate_json(value)
            return AuditErasureAcknowledged(person=person, record_classes=[], consent=withdrawn.consent)
        case _:
            return None


async def sign_checkpoint(tx: Tx, signer: Signer) -> int:
    """Sign, keep and publish a checkpoint if the log has grown; the number of checkpoints signed, 0 or 1.

    The lock on the state makes this safe with several processes: no size is signed twice.
    """
    frontier = await store.lock(tx)
    last = await store.last_checkpoint(tx)
    checkpoint = due_checkpoint(signer.verifier.name, frontier, last.size if last else None)
    if checkpoint is None:
        return 0
    note = signer.sign(checkpoint.text)
    number = last.number + 1 if last else 1
    await store.save_checkpoint(tx, store.Signed(number, checkpoint.size, note))
    root = base64.b64encode(checkpoint.root).decode()
    event = CheckpointSigned(origin=checkpoint.origin, size=checkpoint.size, root=root, note=note)
    tx.publish(event, subject=checkpoint.origin, sequence=number)
    return 1


async def checkpoint(tx: Tx) -> str:
    """The newest signed note."""
    last = await store.last_checkpoint(tx)
    if last is None:
        raise _not_there()
    return last.note


async def tile(tx: Tx, wanted: Tile) -> bytes:
    """A tile's hashes, or an entry bundle; Refusal 404 where the log is not that large yet."""
    if wanted.level == ENTRIES:
        leaves = await store.leaves(tx, wanted)
        data = None if leaves is None else encode_bundle(leaves)
    else:
        data = await store.tile(tx, wanted)
    if data is None:
        raise _not_there()
    return data


async def opening(tx: Tx, leaf_index: int) -> OpeningView:
    """What opens a leaf, and the access recorded; Refusal 404 without such a leaf, 410 if nothing is kept."""
    kept = await store.opening(tx, leaf_index)
    if kept is None:
        raise _not_there()
    if kept.opening is None:
        raise Refusal(
            f"opening-{kept.withheld}",
            ko="이 기록의 원문은 보관하지 않습니다. 잎과 증명은 그대로 유효합니다.",
            en="What this leaf was made of is not kept. The leaf and its proofs still hold.",
            status=410,
        )
    return _reveal(tx, leaf_index, kept)


async def prove_event(tx: Tx, wanted: UUID) -> EventProof:
    """The proof that an event is in the log as last signed; the access to its opening is recorded.

    Refusal 404 for an event the log does not have, 409 for one that no checkpoint covers yet.
    """
    leaves, last = await store.leaves_of_event(tx, wanted), await store.last_checkpoint(tx)
    if not leaves:
        raise _not_there()
    index, leaf = leaves[0]
    if last is None or index >= last.size:
        raise Refusal(
            "not-signed-yet",
            ko="아직 서명된 체크포인트에 들지 않았습니다. 잠시 뒤에 다시 요청해 주십시오.",
            en="No signed checkpoint covers this event yet. Please ask again in a moment.",
            status=409,
        )
    kept = await store.opening(tx, index)
    return EventProof.model_construct(
        event_id=wanted,
        index=index,
        leaf=leaf,
        checkpoint=last.note,
        hashes=await _inclusion_proof(tx, index, last.size),
        opening=_reveal(tx, index, kept) if kept and kept.opening else None,
        withheld=kept.withheld if kept else None,
        repeated_at=[repeated for repeated, _ in leaves[1:]],
    )


async def _inclusion_proof(tx: Tx, index: int, size: int) -> list[bytes]:
    ranges = inclusion_ranges(index, size)
    nodes = [node for part in ranges for node in perfect_nodes(*part)]
    tiles = await store.tiles(tx, (tile_of_node(*node, size) for node in nodes))

    def node(level: int, node_index: int) -> bytes:
        place = tile_of_node(level, node_index, size)
        return node_in_tile(level, node_index, tiles[place.level, place.index])

    return prove(ranges, node)


def _reveal(tx: Tx, leaf_index: int, kept: Kept) -> OpeningView:
    """Show an opening to a person: by construction, the access is recorded in this transaction."""
    assert kept.opening is not None, "callers have looked"  # noqa: S101
    whose = _sealed_in(Record.parse(kept.opening.framed))
    access = new_id(tx.now)
    recorded = AuditAccessRecorded(
        actor=tx.actor.id,
        actor_kind=tx.actor.kind,
        agency=tx.actor.agency,
        person=whose[0][0] if whose else None,
        record_classes=sorted({record_class for _, record_class in whose}),
        objects=len(whose),
        purpose=tx.purpose,
        leaf=leaf_index,
        event=kept.event_id,
    )
    tx.publish(recorded, subject=access, sequence=1, id=access)
    return OpeningView.model_construct(nonce=kept.opening.nonce, record=kept.opening.framed)


def _sealed_in(record: Record) -> list[tuple[UUID, str]]:
    """Whose private objects, of which classes, a record carries; none where it is no event of ours."""
    try:
        private = json.loads(record.value or b"{}")["private"]
        kids = [sealed["kid"].split("/", 2) for sealed in private.values()]
        return [(UUID(person), record_class) for person, record_class, _ in kids]
    except (ValueError, AttributeError, TypeError, KeyError):
        return []


def _not_there() -> Refusal:
    return Refusal(
        "not-in-the-log",
        ko="로그에 없습니다.",
        en="The log does not have this.",
        status=404,
    )
