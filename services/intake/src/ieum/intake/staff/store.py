"""Staff in SQL; who they are is sealed, and found by keyed hashes."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.model import Sealed
from ieum.intake.staff.domain import Staff

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_NAMES = tuple(field.name for field in fields(Staff))
_COLUMNS = ", ".join(_NAMES)
_INSERT = f"""insert into staff ({_COLUMNS})
values ({", ".join(f"${place}" for place in range(1, len(_NAMES) + 1))})
on conflict do nothing returning id"""
_CHANGED = tuple(name for name in _NAMES if name not in ("id", "account", "registered_at"))
_SAVE = f"""update staff set {", ".join(f"{name} = ${place}" for place, name in enumerate(_CHANGED, 2))}
where id = $1"""
_NOTE = (
    "insert into staff_change (staff, version, change, agency, roles, by, at) values ($1,$2,$3,$4,$5,$6,$7)"
)
_LIST = f"""select {_COLUMNS} from staff where ($1::text is null or agency = $1) and ($2 or left_at is null)
order by agency nulls first, account limit $3"""
_BY_LOGIN = f"""select {_COLUMNS} from staff
where left_at is null and (subject_hash = $1 or (subject_hash is null and email_hash = $2))
order by subject_hash is null limit 1 for update"""
_OVER = f"""select {_COLUMNS} from staff where left_at is null and until < $1 and not account = any($2)
order by until limit $3 for update skip locked"""
_FORGET = """update staff set identity = null, email_hash = null, subject_hash = null
where id in (select id from staff where forget_on <= $1 and identity is not null
  order by forget_on limit $2 for update skip locked) returning id"""


async def insert(tx: Tx, one: Staff) -> bool:
    """Insert; False where the account, or how its holder signs in, is known already."""
    return await tx.fetchval(_INSERT, *(_value(one, name) for name in _NAMES)) is not None


async def save(tx: Tx, one: Staff) -> None:
    """Keep an account as it is now; its row is locked."""
    await tx.execute(_SAVE, one.id, *(_value(one, name) for name in _CHANGED))


async def note(tx: Tx, one: Staff, change: str) -> None:
    """Keep who was given which access, when and by whom."""
    await tx.execute(_NOTE, one.id, one.version, change, one.agency, list(one.roles), tx.actor.id, tx.now)


async def find(tx: Tx, id_: UUID, *, lock: bool = False) -> Staff | None:
    """The account of that id, locked until commit if asked."""
    row = await tx.fetchrow(
        f"select {_COLUMNS} from staff where id = $1" + (" for update" if lock else ""), id_
    )
    return _staff(row) if row else None


async def by_account(tx: Tx, account: str, *, lock: bool = False) -> Staff | None:
    """The account of that name; a share lock keeps it from ending before commit."""
    row = await tx.fetchrow(
        f"select {_COLUMNS} from staff where account = $1" + (" for share" if lock else ""), account
    )
    return _staff(row) if row else None


async def by_login(tx: Tx, subject_hash: bytes, email_hash: bytes | None) -> Staff | None:
    """Who signs in so: by the provider's subject, or by e-mail where none was seen before. Locked."""
    row = await tx.fetchrow(_BY_LOGIN, subject_hash, email_hash)
    return _staff(row) if row else None


async def listed(tx: Tx, agency: str | None, *, left: bool, limit: int) -> list[Staff]:
    """Accounts of an agency or of all, by name."""
    return [_staff(row) for row in await tx.fetch(_LIST, agency, left, limit)]


async def over(tx: Tx, today: date, desks: list[str], limit: int) -> list[Staff]:
    """Accounts whose last day is over, claimed until commit, but for those on a desk."""
    return [_staff(row) for row in await tx.fetch(_OVER, today, desks, limit)]


async def any_of(tx: Tx, agency: str) -> bool:
    """Whether anybody of an agency was ever registered."""
    return bool(await tx.fetchval("select exists (select from staff where agency = $1)", agency))


async def forget(tx: Tx, today: date, limit: int) -> list[UUID]:
    """Drop who held accounts that ended long ago; gives the accounts' ids."""
    return [row["id"] for row in await tx.fetch(_FORGET, today, limit)]


def _value(one: Staff, name: str) -> Any:
    value = getattr(one, name)
    if name == "identity":
        return value.model_dump(mode="json") if value else None
    return list(value) if name == "roles" else value


def _staff(row: Any) -> Staff:
    values = dict(row)
    values["identity"] = Sealed.model_validate(values["identity"]) if values["identity"] else None
    return Staff(**values)
