"""Consents in SQL; what was consented to is sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake_people import ConsentTerms
from ieum.common.events.model import Sealed
from ieum.intake.consents.domain import Acknowledged, Consent
from ieum.intake.people.domain import Moment

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

_COLUMNS = "id, person, terms, given_by, recorded_by, agency, given_at, withdrawn_at"
_INSERT = """insert into consent (id, person, terms, given_by, recorded_by, agency, given_at)
values ($1, $2, $3, $4, $5, $6, $7)"""
_OF = f"select {_COLUMNS} from consent where person = any($1) order by given_at, id"
_LOCK = f"select {_COLUMNS} from consent where id = $1 and person = any($2) for update"
_ENTITLE = """insert into consent_recipient (consent, person, agency, fields, until)
select $1, $2, agency, $3, $4 from unnest($5::text[]) as agency"""
_ACKNOWLEDGE = """insert into consent_acknowledgement (consent, holder, acknowledged_at)
select * from unnest($1::uuid[], $2::text[], $3::timestamptz[]) on conflict do nothing"""
_ACKNOWLEDGED = """select consent, holder, acknowledged_at from consent_acknowledgement
where consent = any($1) order by holder"""
_MOMENTS = """select given_at, 'consent-given', id, null, '' from consent where person = any($1)
union all select withdrawn_at, 'consent-withdrawn', id, null, '' from consent
where person = any($1) and withdrawn_at is not null"""


async def insert(tx: Tx, one: Consent) -> None:
    """Keep a consent."""
    terms = one.terms.model_dump(mode="json") if one.terms else None
    await tx.execute(
        _INSERT, one.id, one.person, terms, one.given_by, one.recorded_by, one.agency, one.given_at
    )


async def entitle(tx: Tx, one: Consent, terms: ConsentTerms) -> None:
    """Keep which agencies it lets see which fields until when, for row-level security."""
    await tx.execute(_ENTITLE, one.id, one.person, list(terms.fields), terms.until, list(terms.recipients))


async def of(tx: Tx, people: Collection[UUID]) -> list[Consent]:
    """All consents of these people, the oldest first."""
    return [_consent(row) for row in await tx.fetch(_OF, list(people))]


async def lock(tx: Tx, id_: UUID, people: Collection[UUID]) -> Consent | None:
    """A consent of one of these people, locked until commit."""
    row = await tx.fetchrow(_LOCK, id_, list(people))
    return _consent(row) if row else None


async def withdraw(tx: Tx, id_: UUID) -> None:
    """Note that a consent was taken back."""
    await tx.execute("update consent set withdrawn_at = $2 where id = $1", id_, tx.now)


async def forget(tx: Tx, person: UUID) -> None:
    """Drop what was consented to; that it was given and withdrawn stays."""
    await tx.execute("update consent set terms = null where person = $1", person)
    await tx.execute("delete from consent_recipient where person = $1", person)


async def acknowledge(tx: Tx, words: Sequence[Acknowledged]) -> None:
    """Keep what holders said; said again it changes nothing."""
    columns = zip(*((one.consent, one.holder, one.acknowledged_at) for one in words), strict=True)
    await tx.execute(_ACKNOWLEDGE, *map(list, columns))


async def acknowledged(tx: Tx, consents: Collection[UUID]) -> list[Acknowledged]:
    """What holders said of these consents."""
    return [Acknowledged(**dict(row)) for row in await tx.fetch(_ACKNOWLEDGED, list(consents))]


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """When these people consented, and took it back."""
    return [Moment(*row) for row in await tx.fetch(_MOMENTS, list(people))]


def _consent(row: Any) -> Consent:
    values = dict(row)
    values["terms"] = Sealed.model_validate(values["terms"]) if values["terms"] else None
    return Consent(**values)
