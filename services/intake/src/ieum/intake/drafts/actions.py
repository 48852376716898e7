"""Saving drafts, going on with them, and submitting them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import Answer, Channel
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal, Stale
from ieum.common.kernel.ids import new_id
from ieum.intake.applications import actions as applications
from ieum.intake.applications.domain import Submission, check_period
from ieum.intake.documents import actions as documents
from ieum.intake.drafts import domain, store
from ieum.intake.drafts.domain import Draft, DraftContent
from ieum.intake.openings import actions as openings
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.programmes import actions as programmes

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.applications.domain import Shown

EXPIRED_MAX = 200


async def save(
    tx: Tx, desk: Desk, *, person: UUID, programme: str, choices: Sequence[str], answers: Mapping[str, Answer]
) -> UUID:
    """Begin an application; raises Refusal with the field's pointer, 409 `draft-exists`."""
    found = (await programmes.current(tx, programme, status=422, pointer="/programme")).definition
    if korean_date(tx.now) > found.period.opens:  # before it opens one may write already
        check_period(found, korean_date(tx.now))
    content = domain.content(found, choices, await openings.named(tx, programme, choices), answers)
    person = (await people.lock_live(tx, desk, person)).id
    await _delete(tx, await store.expired_of(tx, person, programme))
    id_ = new_id(tx.now)
    draft = Draft(
        id=id_,
        person=person,
        programme=programme,
        content=await tx.seal(person, content, id_),
        agency=tx.actor.agency,
        version=1,
        made_at=tx.now,
        changed_at=tx.now,
        expires_at=tx.now + domain.KEPT,
    )
    if not await store.insert(tx, draft):
        raise Refusal(
            "draft-exists",
            ko="이 사업에 작성 중인 신청이 있습니다. 이어서 작성해 주십시오.",
            en="There is a draft for this programme. Please go on with that one.",
            status=409,
        )
    await documents.open_folder(tx, id_, person, found)
    return id_


async def change(
    tx: Tx, desk: Desk, id_: UUID, seen: int, *, choices: Sequence[str], answers: Mapping[str, Answer]
) -> Draft:
    """Write anew; it is kept for 30 days from now. `seen`: the version that was read.

    Raises Refusal 404 `draft-unknown`, 412 `stale`, and as `save`.
    """
    draft = await _seen(tx, desk, id_, seen)
    found = (await programmes.current(tx, draft.programme)).definition
    content = domain.content(found, choices, await openings.named(tx, draft.programme, choices), answers)
    sealed = await tx.seal(draft.person, content, id_)
    await store.change(tx, id_, sealed, tx.now + domain.KEPT)
    return await visible(tx, desk, id_)


async def submit(tx: Tx, desk: Desk, id_: UUID, seen: int, *, channel: Channel) -> Shown:
    """The draft becomes an application, its files with it, in this transaction.

    Raises Refusal 404 `draft-unknown`, 412 `stale`; 422 with all that is missing at once; and as
    `applications.actions.apply`.
    """
    draft = await _seen(tx, desk, id_, seen)
    [content] = await tx.open_all([draft.content], DraftContent)
    if content is None:
        raise _unknown()
    found = (await programmes.current(tx, draft.programme, status=422, pointer="/programme")).definition
    domain.refuse_all([*domain.lacking(found, content.answers), *await documents.missing(tx, id_, found)])
    made = await applications.apply(
        tx,
        Submission(
            person=draft.person,
            programme=draft.programme,
            choices=[str(choice) for choice in content.choices],
            answers=content.answers,
            channel=channel,
        ),
    )
    one = made.application
    await documents.hand_over(tx, id_, one.id, one.person, one.programme_version)
    await store.delete(tx, [id_])
    return made


async def submitted(tx: Tx, desk: Desk, application: UUID) -> Shown:
    """What a draft became, asked for again; raises Refusal 404."""
    return await applications.shown(tx, desk, application)


async def delete(tx: Tx, desk: Desk, id_: UUID) -> None:
    """Throw a draft away with its files; raises Refusal 404 `draft-unknown`."""
    await visible(tx, desk, id_, lock=True)
    await _delete(tx, [id_])


async def visible(tx: Tx, desk: Desk, id_: UUID, *, lock: bool = False) -> Draft:
    """A draft that the actor may see; raises Refusal 404 `draft-unknown`."""
    draft = await store.find(tx, id_, lock=lock)
    if draft is None:
        raise _unknown()
    try:
        await people.shown(tx, desk, draft.person)
    except Refusal:
        raise _unknown() from None
    return draft


async def of(tx: Tx, desk: Desk, person: UUID) -> list[Draft]:
    """The drafts of a person whom the actor may see, under whatever id; raises Refusal 404."""
    await people.shown(tx, desk, person)
    return await store.of_people(tx, await people.same(tx, person))


async def reveal(tx: Tx, draft: Draft, *, reason: str) -> DraftContent | None:
    """Open what was written for a person's eyes; the access is recorded in this transaction."""
    return await tx.reveal(draft.content, DraftContent, reason=reason)


async def revealed(
    tx: Tx, people_: Collection[UUID], *, reason: str
) -> list[tuple[Draft, DraftContent | None]]:
    """All drafts of these people with what was written, for a person's own data; each opening is recorded."""
    return [(one, await reveal(tx, one, reason=reason)) for one in await store.of_people(tx, people_)]


async def delete_expired(tx: Tx) -> int:
    """Delete drafts whose day has come, with their files; gives how many."""
    due = await store.expired(tx, EXPIRED_MAX)
    await _delete(tx, due)
    return len(due)


async def forget(tx: Tx, person: UUID) -> None:
    """Delete a person's drafts with their files: no article keeps what was never submitted."""
    await _delete(tx, await store.of_person(tx, person))


async def _seen(tx: Tx, desk: Desk, id_: UUID, seen: int) -> Draft:
    draft = await visible(tx, desk, id_, lock=True)
    if draft.version != seen:
        raise Stale
    return draft


async def _delete(tx: Tx, ids: Sequence[UUID]) -> None:
    await documents.drop_folders(tx, ids)
    await store.delete(tx, ids)


def _unknown() -> Refusal:
    return Refusal(
        "draft-unknown", ko="작성 중인 신청을 찾을 수 없습니다.", en="There is no such draft.", status=404
    )
