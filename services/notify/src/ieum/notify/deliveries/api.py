"""What staff see of messages: their fate, never their text; addresses masked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request

from ieum.common.postgres import Tx
from ieum.common.privacy import purposes
from ieum.common.web import Principal, requires, unit
from ieum.notify.channels.domain import message_id
from ieum.notify.contacts import actions as contacts
from ieum.notify.deliveries import actions
from ieum.notify.deliveries.store import Message

router = APIRouter(tags=["messages"])

LIST_MAX = 200


class MessageView(BaseModel):
    """One message; `address` is masked, `purpose` is the occasion as the programme names it."""

    id: UUID
    fact: UUID
    recipient: UUID
    recipient_kind: str
    address: str | None
    programme: str
    purpose: str
    template: str | None
    language: str | None
    state: str
    reason: str | None
    attempts: int
    message_id: str
    created_at: datetime
    queued_at: datetime | None
    ended_at: datetime | None


class MessageList(BaseModel):
    """The newest messages first, at most 200."""

    items: list[MessageView]


@router.get("/messages")
async def list_messages(
    request: Request,
    person: Annotated[UUID, Query(description="받는 사람 / recipient")],
    limit: Annotated[int, Query(ge=1, le=LIST_MAX)] = 50,
    principal: Principal = requires(),
) -> MessageList:
    """The newest messages of one's agency's programmes to a person. Looking is recorded."""
    async with unit(request, principal, purposes.NOTICE) as tx:
        found = await actions.to(tx, person, principal.agency, limit)
        address = await contacts.masked_address(tx, person, reason="messages of a person") if found else None
        city = request.app.state.service.city.id
        return MessageList(items=[_view(message, address, city) for message in found])


@router.get("/messages/{id}")
async def show_message(
    request: Request,
    id: UUID,  # noqa: A002 - the path's own word
    principal: Principal = requires(),
) -> MessageView:
    """One message of one's agency's programmes. Looking is recorded."""
    async with unit(request, principal, purposes.NOTICE) as tx:
        message = await actions.shown(tx, id, principal.agency)
        return _view(message, await _address(tx, message), request.app.state.service.city.id)


async def _address(tx: Tx, message: Message) -> str | None:
    if message.recipient_kind == "person":
        return await contacts.masked_address(tx, message.recipient, reason="one message")
    known = await contacts.organisations(tx, [message.recipient])
    return known[message.recipient].email if message.recipient in known else None


def _view(message: Message, address: str | None, city: str) -> MessageView:
    made = {"address": address, "message_id": message_id(message.id, city)}
    taken = {name: getattr(message, name) for name in MessageView.model_fields if name not in made}
    return MessageView(**taken, **made)
