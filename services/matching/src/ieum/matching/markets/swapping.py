"""Putting the rebuilt read models in the place of those that are there, in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ieum.common.postgres import Tx

_STRAYS = """
delete from public.{table} old where not exists (select from rebuild.{table} new where {same})"""

_PLAIN = """
insert into public.{table} ({columns}) select {columns} from rebuild.{table}
on conflict ({key}) do update set ({columns}) = row({excluded})
where ({old}) is distinct from ({excluded})"""

# The count of acknowledgements is our own: it never goes back. When it was erased here is kept, too.
_PEOPLE = """
insert into public.person as old
  (id, district, sealed, sequence, acknowledgements, erased_at, applications_forgotten_until)
select id, district, sealed, sequence, acknowledgements, erased_at, applications_forgotten_until
from rebuild.person
on conflict (id) do update set district = excluded.district, sealed = excluded.sealed,
  sequence = excluded.sequence, acknowledgements = greatest(old.acknowledgements, excluded.acknowledgements),
  erased_at = case when excluded.erased_at is not null then coalesce(old.erased_at, excluded.erased_at) end,
  applications_forgotten_until = excluded.applications_forgotten_until
where (old.district, old.sealed, old.sequence, old.erased_at is null, old.applications_forgotten_until)
  is distinct from (excluded.district, excluded.sealed, excluded.sequence, excluded.erased_at is null,
    excluded.applications_forgotten_until)
  or old.acknowledgements < excluded.acknowledgements"""

# What was decided on the same facts stays decided; an application whose person alone was erased keeps what an
# article keeps. Everything else waits for its ranking again.
_APPLICATIONS = """
insert into public.application as old (id, person, programme, programme_version, choices, submitted_at, state,
  sequence, version, told_at)
select new.id, new.person, programme, programme_version, choices, submitted_at, state, new.sequence,
  coalesce(told.version, 0), told_at
from rebuild.application new
left join jsonb_each_text($1::jsonb) as said (id, sequence) on said.id = new.id::text
cross join lateral (select said.sequence::int as version) as told
on conflict (id) do update set person = excluded.person, programme = excluded.programme,
  programme_version = excluded.programme_version, choices = excluded.choices,
  submitted_at = excluded.submitted_at, state = excluded.state, sequence = excluded.sequence,
  version = greatest(old.version, excluded.version), told_at = excluded.told_at,
  scores = '{}', suggestions = '[]', failed_rules = '{}', explanation = null
where case excluded.state
  when 'erased' then (old.state <> 'erased' or old.choices <> excluded.choices)
    and exists (select from rebuild.person p where p.id = excluded.person
      and p.applications_forgotten_until >= excluded.told_at)
  else (old.person, old.programme, old.programme_version, old.choices, old.submitted_at, old.sequence)
      is distinct from (excluded.person, excluded.programme, excluded.programme_version, excluded.choices,
        excluded.submitted_at, excluded.sequence)
    or (old.state in ('withdrawn', 'erased') or excluded.state = 'withdrawn') and old.state <> excluded.state
  end"""

# It does not wait for anything: this is when the fact was told, which rows of before 2026-11 do not say.
_TOLD_AT = """
update public.application old set told_at = new.told_at from rebuild.application new
where new.id = old.id and old.told_at is distinct from new.told_at"""

_COLUMNS: Mapping[str, tuple[str, str]] = {
    "organisation": ("id", "id, name, sequence"),
    "programme": ("id, version", "id, version, definition"),
    "opening": (
        "id",
        (
            "id, programme, organisation, code, title, capacity, district, field, skills, sequence,"
            " working_times"
        ),
    ),
}
_TABLES = ("person", "organisation", "programme", "opening", "application")


async def use(tx: Tx, path: str) -> None:
    """Find tables in these schemas, in this order, until the transaction ends or another path is used."""
    await tx.execute("select set_config('search_path', $1, true)", path)


async def empty(tx: Tx) -> None:
    """Leave nothing of what was built."""
    for table in _TABLES:
        await tx.execute(f"delete from rebuild.{table}")


async def swap(tx: Tx, told: Mapping[str, int]) -> dict[str, int]:
    """Write what differs; gives rows written by table. `told`: the last sequence told of each application."""
    changed = {table: _count(await tx.execute(_stray(table))) for table in _TABLES}
    for table, (key, columns) in _COLUMNS.items():
        changed[table] += _count(await tx.execute(_plain(table, key, columns)))
    changed["person"] += _count(await tx.execute(_PEOPLE))
    changed["application"] += _count(await tx.execute(_APPLICATIONS, dict(told)))
    await tx.execute(_TOLD_AT)
    return changed


def _stray(table: str) -> str:
    key = _COLUMNS[table][0] if table in _COLUMNS else "id"
    same = " and ".join(f"new.{column} = old.{column}" for column in key.split(", "))
    return _STRAYS.format(table=table, same=same)


def _plain(table: str, key: str, columns: str) -> str:
    names = columns.split(", ")
    return _PLAIN.format(
        table=table,
        key=key,
        columns=columns,
        old=", ".join(f"{table}.{name}" for name in names),
        excluded=", ".join(f"excluded.{name}" for name in names),
    )


def _count(status: str) -> int:
    """Rows, of what Postgres answers: `INSERT 0 3`, `DELETE 2`."""
    return int(status.rpartition(" ")[2])
