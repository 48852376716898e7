"""Reviews and seats in SQL; scores are kept until the application is erased, notes sealed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.model import Sealed
from ieum.intake.reviews.domain import Conflict, Result, Review, Scores, Seat

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_REVIEW = ", ".join(field.name for field in fields(Review))
_SEAT = ", ".join(field.name for field in fields(Seat))
_NAME = """insert into review (application, person, programme, programme_version, panel, named_by, named_at)
select new.*, $5, $6, $7 from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[]) as new
on conflict (application) do update set panel = review.panel || array(
  select name from unnest(excluded.panel) with ordinality as new (name, place)
  where name <> all(review.panel) order by place)
where review.completed_at is null"""
_OPEN_IN = f"""select {_REVIEW} from review
where programme = $1 and completed_at is null order by application for update"""
_IN = f"select {_REVIEW} from review where programme = $1 order by application"
_FIND = f"select {_REVIEW} from review where application = $1"
_SEAT_PEOPLE = "insert into review_seat (application, reviewer) select * from unnest($1::uuid[], $2::text[])"
_SEATS = f"select {_SEAT} from review_seat where application = any($1) order by reviewer"
_SCORE = """update review_seat set scores = $3, note = $4, scored_at = $5, version = version + 1
where application = $1 and reviewer = $2"""
_STEP_BACK = """update review_seat set conflict = $3, version = version + 1
where application = $1 and reviewer = $2"""
_COMPLETE = "update review set total = $2, criteria = $3, completed_at = $4 where application = $1"
_HELD = """select count(*) from review_seat join review using (application)
where reviewer = $1 and scores is null and conflict is null and completed_at is null"""
_LEAVE_PANELS = """update review set panel = case when $2 = any(panel) then array_remove(panel, $1)
  else array_replace(panel, $1, $2) end
where $1 = any(panel) and completed_at is null"""
_LEAVE_SEATS = f"""with free as (delete from review_seat using review
  where review_seat.application = review.application and reviewer = $1 and scores is null
    and conflict is null and completed_at is null
  returning review.application)
select {", ".join(f"review.{field.name}" for field in fields(Review))} from review
where application in (select application from free) order by application"""
_LEAVING = "select set_config('ieum.reviewers', $1, true)"
_FORGET = "delete from review where person = $1"


async def name(tx: Tx, reviews: Sequence[Review], panel: Sequence[str]) -> None:
    """Give these applications this panel; one that has a panel gets the names added."""
    columns = (
        [getattr(one, field) for one in reviews]
        for field in ("application", "person", "programme", "programme_version")
    )
    await tx.execute(_NAME, *columns, list(panel), tx.actor.id, tx.now)


async def open_in(tx: Tx, programme: str) -> list[Review]:
    """The reviews of a programme that are not complete, locked until commit."""
    return [Review(**dict(row)) for row in await tx.fetch(_OPEN_IN, programme)]


async def within(tx: Tx, programme: str) -> list[Review]:
    """All reviews of a programme."""
    return [Review(**dict(row)) for row in await tx.fetch(_IN, programme)]


async def find(tx: Tx, application: UUID, *, lock: bool = False) -> Review | None:
    """The review of an application, locked until commit if asked."""
    row = await tx.fetchrow(_FIND + (" for update" if lock else ""), application)
    return Review(**dict(row)) if row else None


async def seat(tx: Tx, taken: Sequence[tuple[UUID, str]]) -> None:
    """Seat these reviewers at these applications."""
    await tx.execute(_SEAT_PEOPLE, [one for one, _ in taken], [who for _, who in taken])


async def seats(tx: Tx, applications: Collection[UUID]) -> dict[UUID, list[Seat]]:
    """The seats of these applications, those stepped back from among them."""
    found: dict[UUID, list[Seat]] = {one: [] for one in applications}
    for row in await tx.fetch(_SEATS, list(applications)):
        found[row["application"]].append(_seat(row))
    return found


async def score(tx: Tx, seat: Seat, scores: Scores, note: Sealed | None) -> None:
    """Write a reviewer's scores."""
    sealed = note.model_dump(mode="json") if note else None
    await tx.execute(_SCORE, seat.application, seat.reviewer, dict(scores), sealed, tx.now)


async def step_back(tx: Tx, seat: Seat, conflict: Conflict) -> None:
    """Write why a reviewer does not score."""
    await tx.execute(_STEP_BACK, seat.application, seat.reviewer, conflict)


async def complete(tx: Tx, application: UUID, result: Result) -> None:
    """Write what all scores came to."""
    await tx.execute(_COMPLETE, application, result.total, result.criteria, tx.now)


async def held(tx: Tx, reviewer: str) -> int:
    """How many applications somebody still owes a score."""
    return int(await tx.fetchval(_HELD, reviewer))


@asynccontextmanager
async def leaving(tx: Tx, *accounts: str) -> AsyncIterator[None]:
    """See the reviews of these accounts' panels for the length of a block, as who ends an account must."""
    await tx.execute(_LEAVING, "\x1f".join(accounts))
    yield
    await tx.execute(_LEAVING, "")


async def leave(tx: Tx, reviewer: str, to: str) -> list[Review]:
    """Put another into somebody's place in open panels; gives the reviews in which a seat is free now."""
    await tx.execute(_LEAVE_PANELS, reviewer, to)
    return [Review(**dict(row)) for row in await tx.fetch(_LEAVE_SEATS, reviewer)]


async def forget(tx: Tx, person: UUID) -> None:
    """Delete all that reviewers said of a person."""
    await tx.execute(_FORGET, person)


def _seat(row: Any) -> Seat:
    return Seat(**{**dict(row), "note": Sealed.model_validate(row["note"]) if row["note"] else None})
