"""The way of a message: asked for by a fact, released when all is known, claimed, settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.notify import MessageFailed, MessageQueued, MessageSent, MessageSuppressed
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.notify.catalogue import actions as catalogue
from ieum.notify.channels.domain import Away, Letter, Outcome, Untried, message_id
from ieum.notify.deliveries import letters, store
from ieum.notify.deliveries.domain import Verdict, drafts, on_outcome, on_release
from ieum.notify.deliveries.store import Message, Settlement

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ieum.common.events.envelope import Event
    from ieum.common.events.model import EventData
    from ieum.common.postgres import Tx
    from ieum.notify.contacts.domain import Erasure
    from ieum.notify.deliveries.letters import Desk

RELEASE_MAX = 500
RECIPIENT_MAX = 1000
"""Messages of one recipient among which those of an agency are looked for."""
_NO_CAUSES: Mapping[UUID, Event] = {}


@dataclass(frozen=True)
class Batch:
    """Messages claimed under one lease, and the letters to be sent of them."""

    lease: UUID
    messages: Mapping[UUID, Message]
    letters: Sequence[Letter]


async def ask(tx: Tx, events: Sequence[Event]) -> None:
    """Take up the messages that these facts ask for, and release at once those of which all is known."""
    wanted = list(drafts(events))
    if wanted and (new := await store.insert(tx, wanted)):
        ready = await store.ready(tx, len(new), new)
        await _release(tx, ready, {event.id: event for event in events})


async def release(tx: Tx) -> int:
    """Release waiting messages whose contact and names have come; give up on those of too long ago."""
    ready = await store.ready(tx, RELEASE_MAX)
    await _release(tx, ready, {})
    overdue = await store.overdue(tx, RELEASE_MAX)
    nobody = Verdict("suppressed", tx.now, "no-contact")
    unknown = [store.Ready(id_, None, None, erased=False, mailbox=False) for id_ in overdue]
    _tell(tx, await store.release(tx, [(one, nobody) for one in unknown]))
    return len(ready) + len(overdue)


async def _release(tx: Tx, ready: Sequence[store.Ready], causes: Mapping[UUID, Event]) -> None:
    # A programme's map of messages may leave a purpose out: then there is nothing to send.
    await store.delete(tx, [one.id for one in ready if one.template is None])
    asked = [one for one in ready if one.template is not None]
    verdicts = [on_release(erased=one.erased, mailbox=one.mailbox, now=tx.now) for one in asked]
    _tell(tx, await store.release(tx, list(zip(asked, verdicts, strict=True))), causes)


async def claim(tx: Tx, desk: Desk, *, limit: int, lease_seconds: float) -> Batch:
    """Take due messages and write their letters; what cannot be written now is settled at once."""
    lease = new_id(tx.now)
    messages = await store.claim(tx, lease, tx.now + timedelta(seconds=lease_seconds), limit)
    known = await letters.gather(tx, messages)
    written = {one.id: letters.write(one, known, desk, tx.now) for one in messages}
    settled = [
        Settlement(id_, verdict, untried=True)
        for id_, verdict in written.items()
        if isinstance(verdict, Verdict)
    ]
    await _settle(tx, lease, settled, desk.city.id)
    to_send = [letter for letter in written.values() if isinstance(letter, Letter)]
    return Batch(lease, {one.id: one for one in messages}, to_send)


async def settle(tx: Tx, batch: Batch, outcomes: Mapping[UUID, Outcome], city: str) -> None:
    """Write what became of a batch, and tell of what ended."""
    settlements = [_settlement(batch.messages[id_], outcome, tx) for id_, outcome in outcomes.items()]
    await _settle(tx, batch.lease, settlements, city)


def _settlement(message: Message, outcome: Outcome, tx: Tx) -> Settlement:
    verdict = on_outcome(outcome, attempts=message.attempts, give_up_at=message.give_up_at, now=tx.now)
    return Settlement(message.id, verdict, untried=isinstance(outcome, Away | Untried))


async def _settle(tx: Tx, lease: UUID, settlements: Sequence[Settlement], city: str) -> None:
    if settlements:
        # Back in the queue is no news: `queued` was told when the message was released.
        ended = [one for one in await store.settle(tx, lease, settlements) if one.state != "queued"]
        for message in ended:
            _publish(tx, message, _end(message, city))


async def forget(tx: Tx, erasures: Sequence[Erasure]) -> None:
    """Drop the explanations of people whose applications are to be forgotten."""
    people = [erasure.person for erasure in erasures if "application" in erasure.record_classes]
    if people:
        await store.forget_explanations(tx, people)


async def shown(tx: Tx, id_: UUID, agency: str | None) -> Message:
    """One message of an agency's programmes; raises Refusal 404."""
    message = await store.by_id(tx, id_)
    if message is None or not await _of(tx, agency, [message]):
        raise Refusal(
            "message-unknown", ko="그런 메시지가 없습니다.", en="There is no such message.", status=404
        )
    return message


async def to(tx: Tx, recipient: UUID, agency: str | None, limit: int) -> list[Message]:
    """The newest messages of an agency's programmes to a person or organisation."""
    return (await _of(tx, agency, await store.of_recipient(tx, recipient, RECIPIENT_MAX)))[:limit]


async def _of(tx: Tx, agency: str | None, messages: Sequence[Message]) -> list[Message]:
    """Those about programmes that the agency runs: who hears from whom tells where they went for help."""
    known = await catalogue.programmes(tx, {one.programme for one in messages})
    own = {id_ for id_, programme in known.items() if programme.agency == agency}
    return [one for one in messages if one.programme in own]


def _tell(tx: Tx, released: Iterable[Message], causes: Mapping[UUID, Event] = _NO_CAUSES) -> None:
    for message in released:
        common, cause = _common(message), causes.get(message.fact)
        data = (
            MessageQueued(**common)
            if message.state == "queued"
            else MessageSuppressed(**common, reason=message.reason or "")
        )
        _publish(tx, message, data, cause)


def _publish(tx: Tx, message: Message, data: EventData, cause: Event | None = None) -> None:
    story = message.correlation_id
    tx.publish(data, subject=message.id, sequence=message.version, cause=cause, correlation_id=story)


def _end(message: Message, city: str) -> EventData:
    common, reason = _common(message), message.reason or ""
    match message.state:
        case "sent":
            return MessageSent(**common, message_id=message_id(message.id, city), attempts=message.attempts)
        case "suppressed":
            return MessageSuppressed(**common, reason=reason)
        case _:
            return MessageFailed(**common, reason=reason, attempts=message.attempts)


def _common(message: Message) -> dict[str, Any]:
    return {
        "fact": message.fact,
        "recipient": message.recipient,
        "recipient_kind": message.recipient_kind,
        "purpose": message.template or message.purpose,
    }
