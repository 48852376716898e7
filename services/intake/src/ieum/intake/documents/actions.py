"""Keeping files sealed, giving them out, and taking them away again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake_documents import DocumentAttached, DocumentRemoved
from ieum.common.events.programme import Programme
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.privacy.keys import key_name
from ieum.intake.applications import actions as applications
from ieum.intake.applications.domain import check_changeable
from ieum.intake.documents import domain, sealing, store
from ieum.intake.documents.domain import Document, DocumentDetails, Folder
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.programmes import actions as programmes

if TYPE_CHECKING:
    from ieum.common.postgres import Tx
    from ieum.intake.documents.inspecting import Inspected


@dataclass(frozen=True)
class Held:
    """A folder, what its programme asks for, and what is there; names only where they were revealed."""

    folder: Folder
    programme: Programme
    documents: Sequence[Document]
    names: Sequence[str | None]


@dataclass(frozen=True)
class Download:
    """A file's name and type, and its content, opened chunk by chunk as it is sent."""

    name: str
    document: Document
    content: Iterator[bytes]


async def open_folder(tx: Tx, draft: UUID, person: UUID, programme: Programme) -> None:
    """Make the folder of a draft that was just made."""
    await store.open_folder(tx, Folder(draft, person, programme.id, programme.version, None))


async def drop_folders(tx: Tx, drafts: Iterable[UUID]) -> None:
    """Delete the files of drafts that are no more; nobody else was told of them."""
    await store.drop_folders(tx, drafts)


async def missing(tx: Tx, draft: UUID, programme: Programme) -> list[Refusal]:
    """What a draft lacks to be submitted: a refusal for each required document."""
    there = {one.asked for one in await store.of_folder(tx, draft)}
    return domain.missing(programme, there)


async def hand_over(tx: Tx, draft: UUID, application: UUID, person: UUID, version: int) -> None:
    """A draft became an application: its files go with it, and now they are told."""
    folder = await store.give(tx, draft, application, person, version)
    if folder is not None:
        for document in await store.of_folder(tx, folder.id):  # at most ten
            _tell_attached(tx, application, folder, document)


async def check(tx: Tx, desk: Desk, holder: UUID, asked: str | None, *, make: bool = False) -> Folder:
    """The folder of a draft or application into which a file may go now; `make`: it goes in, so lock it.

    Raises Refusal 404 `holder-unknown`, 409 `application-decided`, 422 `document-not-asked`.
    """
    folder = await _visible(tx, desk, holder, make=make)
    await _check_open(tx, desk, folder)
    programme = await _programme(tx, folder)
    if asked is not None and asked not in {one.id for one in programme.documents}:
        domain.check_asked(programme, asked, "pdf")
    return folder


async def attach(
    tx: Tx, desk: Desk, holder: UUID, asked: str | None, name: str, file: Inspected, *, most: int
) -> UUID:
    """Keep a file that was looked into.

    Raises Refusal as `check`, 409 `documents-too-many`, 422 `document-wrong-type`.
    """
    folder = await check(tx, desk, holder, asked, make=True)
    domain.check_room(await store.of_folder(tx, folder.id), most)
    programme = await _programme(tx, folder)
    domain.check_asked(programme, asked, file.media)
    id_, key_of = new_id(tx.now), key_name(folder.person, DocumentDetails.record_class)
    kid, key = (await tx.present_keys([key_of]))[key_of]
    details = DocumentDetails(name=name, sha256=sha256(file.content).hexdigest())
    document = Document(
        id=id_,
        folder=folder.id,
        person=folder.person,
        asked=asked,
        media=file.media,
        size_bytes=len(file.content),
        chunks=domain.chunk_count(len(file.content)),
        alg=sealing.ALG,
        kid=kid,
        details=await tx.seal(folder.person, details, id_),
        attached_at=tx.now,
    )
    await store.insert(tx, document, sealing.sealed_chunks(file.content, key, kid, id_))
    if folder.application:
        _tell_attached(tx, folder.application, folder, document)
    return id_


async def shown(tx: Tx, desk: Desk, id_: UUID) -> Document:
    """A document that the actor may see; raises Refusal 404 `document-unknown`."""
    document = await store.find(tx, id_)
    if document is None:
        raise _unknown()
    folder = await store.folder_of(tx, document)
    try:
        await people.shown(tx, desk, folder.person)
    except Refusal:
        raise _unknown() from None
    return document


async def held(tx: Tx, desk: Desk, holder: UUID, *, reveal: str | None) -> Held:
    """What a draft or application holds; with a reason the files' names too, each opening recorded."""
    folder = await _visible(tx, desk, holder)
    programme = await _programme(tx, folder)
    documents = await store.of_folder(tx, folder.id)
    names = [
        details.name if reveal and (details := await _details(tx, one, reveal)) else None for one in documents
    ]
    return Held(folder, programme, documents, names)


async def download(tx: Tx, desk: Desk, id_: UUID, *, reason: str) -> Download:
    """A file for a person's eyes; the access is recorded in this transaction.

    Raises Refusal 404 `document-unknown`, also where its key was destroyed.
    """
    document = await shown(tx, desk, id_)
    details = await _details(tx, document, reason)
    if details is None:
        raise _unknown()
    key = (await tx.fetch_keys([document.kid]))[document.kid]
    sealed = await store.chunks(tx, id_)
    return Download(details.name, document, sealing.opened_chunks(document, sealed, key))


async def remove(tx: Tx, desk: Desk, id_: UUID) -> None:
    """Take a file away while nothing is decided; raises Refusal 404 `document-unknown`, 409."""
    document = await shown(tx, desk, id_)
    folder = await store.folder_of(tx, document)
    await _check_open(tx, desk, folder)
    await store.remove(tx, id_)
    if folder.application:
        data = DocumentRemoved(
            application=folder.application, person=folder.person, programme=folder.programme
        )
        tx.publish(data, subject=id_, sequence=2)


async def revealed(
    tx: Tx, people_: Collection[UUID], *, reason: str
) -> list[tuple[Document, DocumentDetails | None]]:
    """All files of these people with their names, for a person's own data; each opening is recorded."""
    return [(one, await _details(tx, one, reason)) for one in await store.of_people(tx, people_)]


async def forget(tx: Tx, person: UUID) -> None:
    """Delete all files of a person; the key is destroyed by who decides on erasure."""
    await store.forget(tx, person)


async def _visible(tx: Tx, desk: Desk, holder: UUID, *, make: bool = False) -> Folder:
    """The folder; an application that came without a draft gets one with its first file."""
    folder = await store.find_folder(tx, holder, lock=make)
    try:
        if folder is None:
            one = (await applications.shown(tx, desk, holder)).application
            if make:
                await people.shown(tx, desk, one.person, lock=True)  # two at once make one folder
                folder = await store.find_folder(tx, holder, lock=True)
        if folder is None:
            folder = Folder(holder, one.person, one.programme, one.programme_version, holder)
            if make:
                await store.open_folder(tx, folder)
        await people.shown(tx, desk, folder.person)
    except Refusal:
        raise Refusal(
            "holder-unknown",
            ko="작성 중이거나 접수된 신청을 찾을 수 없습니다.",
            en="There is no such draft or application.",
            status=404,
        ) from None
    return folder


async def _programme(tx: Tx, folder: Folder) -> Programme:
    """What asks for files: of a draft, the version under which it would be submitted now."""
    if folder.application is None:
        return (await programmes.current(tx, folder.programme)).definition
    return await programmes.version(tx, folder.programme, folder.programme_version)


async def _check_open(tx: Tx, desk: Desk, folder: Folder) -> None:
    """What a decision rests on is not changed under it."""
    if folder.application:
        check_changeable((await applications.shown(tx, desk, folder.application)).timeline)


async def _details(tx: Tx, document: Document, reason: str) -> DocumentDetails | None:
    return await tx.reveal(document.details, DocumentDetails, reason=reason)


def _tell_attached(tx: Tx, application: UUID, folder: Folder, document: Document) -> None:
    data = DocumentAttached(
        application=application,
        person=folder.person,
        programme=folder.programme,
        asked=document.asked,
        media=document.media,
        size_bytes=document.size_bytes,
    )
    tx.publish(data, subject=document.id, sequence=1)


def _unknown() -> Refusal:
    return Refusal(
        "document-unknown", ko="첨부 서류를 찾을 수 없습니다.", en="There is no such document.", status=404
    )
