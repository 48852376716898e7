"""Agencies' mappings of columns: kept, changed under their version, found by a file's header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.kernel.errors import Refusal, Stale
from ieum.intake.imports import mapping as rules
from ieum.intake.imports.mapping import ColumnMapping, Kind

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = "id, agency, name, kind, columns, words, ignore_others, version, created_at, changed_at"
_INSERT = f"""insert into import_mapping ({_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict (agency, name) do nothing returning id"""
_OF_AGENCY = f"""select {_COLUMNS} from import_mapping
where agency = $1 and ($2::text is null or kind = $2) order by name"""
_FIND = f"select {_COLUMNS} from import_mapping where id = $1 and agency = $2"
_CHANGE = """update import_mapping set columns = $2, words = $3, ignore_others = $4, version = version + 1,
  changed_at = $5 where id = $1"""


async def keep(tx: Tx, one: ColumnMapping, known: Sequence[str] | None) -> UUID:
    """Keep a new mapping; raises Refusal 409 `mapping-name-taken`, `mapping-column`.

    `known`: the columns that there are; None where a programme's questions are not known here.
    """
    _check(one.columns, one.words, known)
    values = (getattr(one, name) for name in _COLUMNS.split(", "))
    if await tx.fetchval(_INSERT, *values) is None:
        raise Refusal(
            "mapping-name-taken",
            ko="같은 이름의 열 대응표가 이미 있습니다.",
            en="The agency has a mapping of this name already.",
            status=409,
            pointer="/name",
        )
    return one.id


async def change(
    tx: Tx, id_: UUID, said: Mapping[str, Any], known: Mapping[Kind, Sequence[str] | None], *, version: int
) -> ColumnMapping:
    """Replace what a mapping says; raises Refusal 404, 412 `stale`, `mapping-column`."""
    found = await shown(tx, id_, lock=True)
    if found.version != version:
        raise Stale
    _check(said["columns"], said["words"], known[found.kind])
    await tx.execute(_CHANGE, id_, said["columns"], said["words"], said["ignore_others"], tx.now)
    return await shown(tx, id_)


async def shown(tx: Tx, id_: UUID, *, lock: bool = False) -> ColumnMapping:
    """A mapping of the actor's agency; raises Refusal 404 `mapping-unknown`."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), id_, tx.actor.agency)
    if row is None:
        raise Refusal(
            "mapping-unknown",
            ko="열 대응표를 찾을 수 없습니다.",
            en="There is no such mapping of columns.",
            status=404,
        )
    return ColumnMapping(**dict(row))


async def of_agency(tx: Tx, kind: Kind | None = None) -> list[ColumnMapping]:
    """The mappings of the actor's agency, by name."""
    return [ColumnMapping(**dict(row)) for row in await tx.fetch(_OF_AGENCY, tx.actor.agency, kind)]


async def chosen(tx: Tx, id_: UUID | None, kind: Kind, header: Sequence[str]) -> ColumnMapping | None:
    """The mapping that was asked for, or the agency's own that the file's header fits; None: our columns."""
    if id_ is None:
        return rules.recognised(header, await of_agency(tx, kind))
    found = await shown(tx, id_)
    if found.kind != kind:
        raise Refusal(
            "mapping-kind",
            ko="다른 종류의 파일에 쓰는 열 대응표입니다.",
            en="This mapping is for another kind of file.",
        )
    return found


def _check(
    columns: Mapping[str, str | None], words: Mapping[str, Mapping[str, str]], known: Sequence[str] | None
) -> None:
    ours = [one for one in columns.values() if one is not None]
    rules.check(columns, words, known if known is not None else [*ours, *words])
