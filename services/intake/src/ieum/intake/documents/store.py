"""Folders, documents and their sealed chunks in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.model import Sealed
from ieum.intake.documents.domain import Document, Folder

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_FOLDER = ", ".join(field.name for field in fields(Folder))
_DOCUMENT = ", ".join(field.name for field in fields(Document))
_OPEN = f"insert into document_folder ({_FOLDER}, made_at) values ($1, $2, $3, $4, $5, $6)"
_FIND_FOLDER = f"select {_FOLDER} from document_folder where (id = $1 or application = $1)"
_GIVE = f"""update document_folder set application = $2, person = $3, programme_version = $4
where id = $1 returning {_FOLDER}"""
_DROP_FOLDERS = "delete from document_folder where id = any($1) and application is null"
_INSERT = f"insert into document ({_DOCUMENT}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
_INSERT_CHUNK = "insert into document_chunk (document, number, sealed) values ($1, $2, $3)"
_FIND = f"select {_DOCUMENT} from document where id = $1"
_FOLDER_OF = f"select {_FOLDER} from document_folder where id = $1"
_OF_FOLDER = f"select {_DOCUMENT} from document where folder = $1 order by attached_at, id"
_OF_PEOPLE = f"select {_DOCUMENT} from document where person = any($1) order by attached_at, id"
_CHUNKS = "select sealed from document_chunk where document = $1 order by number"
_REMOVE = "delete from document where id = $1"
_FORGET_DOCUMENTS = "delete from document where person = $1"
_FORGET_FOLDERS = "delete from document_folder where person = $1"


async def open_folder(tx: Tx, folder: Folder) -> None:
    """Insert a folder."""
    await tx.execute(_OPEN, *(getattr(folder, field.name) for field in fields(Folder)), tx.now)


async def find_folder(tx: Tx, id_: UUID, *, lock: bool = False) -> Folder | None:
    """The folder of a draft or an application, locked until commit if asked."""
    row = await tx.fetchrow(_FIND_FOLDER + (" for update" if lock else ""), id_)
    return Folder(**dict(row)) if row else None


async def folder_of(tx: Tx, document: Document) -> Folder:
    """The folder that a document lies in."""
    [row] = await tx.fetch(_FOLDER_OF, document.folder)
    return Folder(**dict(row))


async def give(tx: Tx, folder: UUID, application: UUID, person: UUID, version: int) -> Folder | None:
    """A draft's folder becomes an application's."""
    row = await tx.fetchrow(_GIVE, folder, application, person, version)
    return Folder(**dict(row)) if row else None


async def drop_folders(tx: Tx, drafts: Iterable[UUID]) -> None:
    """Delete drafts' folders with all that lies in them."""
    await tx.execute(_DROP_FOLDERS, list(drafts))


async def insert(tx: Tx, document: Document, chunks: Iterable[bytes]) -> None:
    """Insert a document; the driver takes the chunks one after the other as it sends them."""
    values = [getattr(document, field.name) for field in fields(Document)]
    values[-2] = document.details.model_dump(mode="json")
    await tx.execute(_INSERT, *values)
    await tx.executemany(_INSERT_CHUNK, ((document.id, at, chunk) for at, chunk in enumerate(chunks)))


async def find(tx: Tx, id_: UUID) -> Document | None:
    """The document."""
    row = await tx.fetchrow(_FIND, id_)
    return _document(row) if row else None


async def of_folder(tx: Tx, folder: UUID) -> list[Document]:
    """What lies in a folder, the oldest first."""
    return [_document(row) for row in await tx.fetch(_OF_FOLDER, folder)]


async def of_people(tx: Tx, people: Iterable[UUID]) -> list[Document]:
    """All documents sealed under these people's keys, the oldest first."""
    return [_document(row) for row in await tx.fetch(_OF_PEOPLE, list(people))]


async def chunks(tx: Tx, document: UUID) -> list[bytes]:
    """The sealed chunks, in order."""
    return [row["sealed"] for row in await tx.fetch(_CHUNKS, document)]


async def remove(tx: Tx, document: UUID) -> None:
    """Delete a document with its chunks."""
    await tx.execute(_REMOVE, document)


async def forget(tx: Tx, person: UUID) -> None:
    """Delete all documents of a person."""
    await tx.execute(_FORGET_DOCUMENTS, person)
    await tx.execute(_FORGET_FOLDERS, person)


def _document(row: Any) -> Document:
    return Document(**{**dict(row), "details": Sealed.model_validate(row["details"])})
