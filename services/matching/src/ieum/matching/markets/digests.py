"""A digest of the read models: what the topics tell, and nothing that matching decided at a moment.

In it is, row by row in the order of ids, as RFC 8785 JSON:
- person: id, district, the sealed profile as it came, the sequence of the last fact, whether it was erased,
  and until when its applications were forgotten;
- organisation: id, name, sequence; programme: id, version, definition as this version of the code reads it;
- opening: everything intake tells of it;
- application: id, person, programme and its version, when it was submitted, and whether it is live, withdrawn
  or erased; unless erased, also its choices and its sequence.

Not in it: rankings, scores, suggestions, explanations, counters of our own facts, and the moments at which
facts arrived here. Topics have no order among one another, so neither has anything that stands in the digest.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ieum.common.events.programme import Programme
from ieum.matching.clearing.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ieum.common.postgres import Tx
    from ieum.matching.clearing.canonical import Json

CHUNK = 1000

_UTC = "to_char({} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"

# An application of somebody erased, or told of before their applications were forgotten, is erased, whatever
# state it was in when that was told.
_STANDING = """
case when p.erased_at is not null
    or coalesce(a.told_at, '-infinity') <= p.applications_forgotten_until then 'erased'
  when a.state = 'withdrawn' then 'withdrawn' else 'live' end"""

_ROWS: Mapping[str, str] = {
    "person": f"""
select jsonb_build_object('id', id, 'district', district, 'sealed', sealed, 'sequence', sequence,
  'erased', erased_at is not null, 'forgotten', {_UTC.format("applications_forgotten_until")})
from person order by id""",
    "organisation": """
select jsonb_build_object('id', id, 'name', name, 'sequence', sequence) from organisation order by id""",
    "programme": """
select jsonb_build_object('id', id, 'version', version, 'definition', definition)
from programme order by id, version""",
    "opening": """
select jsonb_build_object('id', id, 'programme', programme, 'organisation', organisation, 'code', code,
  'title', title, 'capacity', capacity, 'district', district, 'field', field, 'skills', skills,
  'sequence', sequence, 'working_times', working_times)
from opening order by id""",
    "application": f"""
select jsonb_build_object('id', id, 'person', person, 'programme', programme, 'version', programme_version,
    'submitted_at', {_UTC.format("submitted_at")}, 'standing', standing)
  || case when standing = 'erased' then '{{}}'
       else jsonb_build_object('choices', choices, 'sequence', sequence) end
from (select a.*, {_STANDING} as standing from application a left join person p on p.id = a.person) as told
order by id""",
}


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows of a table the digest is of, and SHA-256 of their lines, in hex."""

    rows: int
    sha256: str


async def digests(tx: Tx) -> dict[str, Digest]:
    """The digest of each read model, of the tables that the search path finds."""
    return {table: await _digest(tx, table, sql) for table, sql in _ROWS.items()}


def overall(found: Mapping[str, Digest]) -> str:
    """One digest of all of them, in hex."""
    plain: dict[str, Json] = {table: [one.rows, one.sha256] for table, one in found.items()}
    return sha256(canonical(plain)).hexdigest()


async def _digest(tx: Tx, table: str, sql: str) -> Digest:
    rows, said = 0, sha256()
    cursor = await tx.connection.cursor(sql)
    while chunk := await cursor.fetch(CHUNK):
        rows += len(chunk)
        for row in chunk:
            said.update(canonical(_as_read(table, row[0])) + b"\n")
    return Digest(rows, said.hexdigest())


def _as_read(table: str, row: dict[str, Any]) -> dict[str, Any]:
    """A definition kept by an older version of the code says the same with other defaults written out."""
    if table != "programme":
        return row
    return row | {"definition": Programme.model_validate(row["definition"]).model_dump(mode="json")}
