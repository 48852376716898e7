"""Who is to be screened again, and what each person was last told, in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from uuid import UUID

    from ieum.common.postgres import Tx

# Somebody who is at it does it: skip what is locked.
_TAKE_DUE = """
delete from screening_due where id = any(array(
  select id from screening_due order by id limit $1 for update skip locked)) returning person"""
_ADD_DUE = "insert into screening_due (person) select unnest($1::uuid[])"
_BEHIND = """
select person from screening where programmes < $1 order by person limit $2 for update skip locked"""
_OLDEST_DAY = "select min(screened_on) from screening where screened_on < $1"
_OF_DAY = """
select person from screening where screened_on = $1 order by person limit $2 for update skip locked"""

_VERSIONS = "select count(*) from programme"
_BEGIN = """
insert into screening (person, screened_on, programmes)
select id, $2, $3 from person where id = any($1) and sealed is not null order by id
on conflict do nothing"""
_LOCK = "select person, told, version from screening where person = any($1) order by person for update"
_DROP = "delete from screening where person = any($1)"
_SAVE = """
update screening s set screened_on = $1, programmes = $2, told = n.told, version = n.version
from unnest($3::uuid[], $4::bytea[], $5::int[]) as n (person, told, version) where s.person = n.person"""
_NEXT_DAY = "update screening set screened_on = $2 where person = any($1)"


@dataclass(frozen=True, slots=True)
class Screening:
    """What a person was last told: the keyed hash of it (None: nothing yet), and how many facts told it."""

    person: UUID
    told: bytes | None
    version: int


async def take_due(tx: Tx, limit: int) -> list[UUID]:
    """Take people of whom something changed off the list, oldest first."""
    rows = await tx.fetch(_TAKE_DUE, limit)
    return list(dict.fromkeys(row["person"] for row in rows))


async def add_due(tx: Tx, people: Collection[UUID]) -> None:
    """Put people on the list."""
    await tx.execute(_ADD_DUE, list(people))


async def behind(tx: Tx, versions: int, limit: int) -> list[UUID]:
    """Lock people who were screened before the newest version of a programme came."""
    return [row["person"] for row in await tx.fetch(_BEHIND, versions, limit)]


async def of_oldest_day(tx: Tx, today: date, limit: int) -> tuple[date, list[UUID]]:
    """Lock people last screened before today, all on one day; that day, or today where there are none."""
    day: date | None = await tx.fetchval(_OLDEST_DAY, today)
    if day is None:
        return today, []
    return day, [row["person"] for row in await tx.fetch(_OF_DAY, day, limit)]


async def versions(tx: Tx) -> int:
    """How many versions of programmes there are: it only grows."""
    return int(await tx.fetchval(_VERSIONS))


async def lock(tx: Tx, people: Collection[UUID], day: date, versions: int) -> list[Screening]:
    """Lock what these people were told, by id; begins it for whoever is there and was not screened yet."""
    wanted = list(people)
    await tx.execute(_BEGIN, wanted, day, versions)
    rows = await tx.fetch(_LOCK, wanted)
    return [Screening(row["person"], row["told"], row["version"]) for row in rows]


async def drop(tx: Tx, people: Collection[UUID]) -> None:
    """Forget what was told to these."""
    await tx.execute(_DROP, list(people))


async def save(tx: Tx, day: date, versions: int, told: Sequence[Screening]) -> None:
    """Keep what was told, and as of when."""
    await tx.execute(
        _SAVE,
        day,
        versions,
        [one.person for one in told],
        [one.told for one in told],
        [one.version for one in told],
    )


async def pass_day(tx: Tx, people: Collection[UUID], day: date) -> None:
    """Nothing turned for these up to that day."""
    await tx.execute(_NEXT_DAY, list(people), day)
