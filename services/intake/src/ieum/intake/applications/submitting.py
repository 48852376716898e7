"""The one way in for applications: alone, gathered with others, by the thousand or from a file.

Invariant: facts are read and rows written for all at once, while each is decided by itself (`_decide`, pure):
who is turned away keeps nobody else out. People are locked first, in the order of their ids.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from ieum.common.events.intake import ApplicationDetails, ApplicationSubmitted
from ieum.common.events.programme import Programme
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal
from ieum.common.kernel.ids import new_id
from ieum.common.privacy.keys import PresentKey, key_name
from ieum.common.privacy.objects import seal
from ieum.intake.applications import domain, store
from ieum.intake.applications.domain import Application, Market, NewApplication, Shown, Submission
from ieum.intake.openings import actions as openings
from ieum.intake.people import together
from ieum.intake.people.domain import Acting
from ieum.intake.programmes import actions as programmes
from ieum.intake.programmes.domain import Present

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

T = TypeVar("T")


async def apply(tx: Tx, asked: Submission) -> Shown:
    """One person applies; raises Refusal with the field it is about, 409 `application-exists`."""
    [made] = await apply_all(tx, [(tx, asked)])
    return _sure(made)


async def apply_all(tx: Tx, asked: Sequence[tuple[Tx, Submission]]) -> list[Shown | Refusal]:
    """Each applies in their own name (`Tx.acting_for`); a Refusal, with its field, for each turned away.

    Of two for one person and programme the first is taken, the second refused: 409 `application-exists`.
    """
    if not asked:
        return []
    published = await programmes.present(tx, {one.programme for _, one in asked})
    # Whoever is at the window of the programme's own agency asks it: that is the ground.
    acting = await together.lock_all_live(
        tx, [(own, one.person, _asks_its_agency(own, published.get(one.programme))) for own, one in asked]
    )
    market = Market(await openings.named_all(tx, [(one.programme, one.choices) for _, one in asked]))
    live = await _live(tx, [one for _, one in asked], acting)
    decided: list[NewApplication | Refusal] = []
    for (_, one), who in zip(asked, acting, strict=True):
        decided.append(_decide(one, who, published.get(one.programme), market, live, tx.now))
        if isinstance(decided[-1], NewApplication):
            live.add((decided[-1].person, one.programme))
    names = [own for own, _ in asked]
    taken = [(own, one) for own, one in zip(names, decided, strict=True) if isinstance(one, NewApplication)]
    made = iter(await submit(tx, taken))
    there = {new.person for _, new in taken}
    await together.attach(tx, [who for who in acting if isinstance(who, Acting) and who.id in there])
    return [one if isinstance(one, Refusal) else _shown(next(made), one) for one in decided]


async def submit(tx: Tx, applications: Sequence[tuple[Tx, NewApplication]]) -> list[Application]:
    """Submit what was checked, each in a name; set-based, one event each."""
    keys = await tx.present_keys([key_name(one.person, "application") for _, one in applications])
    rows = [_row(own, one, keys) for own, one in applications]
    if rows:
        await store.insert(tx, rows)
    for row, (own, one) in zip(rows, applications, strict=True):
        data = ApplicationSubmitted(
            person=row.person,
            programme=row.programme,
            programme_version=row.programme_version,
            choices=list(row.choices),
            channel=row.channel,
            agency=row.agency,
            submitted_at=row.submitted_at,
        )
        details = ApplicationDetails(answers=dict(one.answers))
        own.publish(data, subject=row.id, sequence=1, person=row.person, private=[details])
    return rows


def _decide(
    asked: Submission,
    person: Acting | Refusal,
    present: Present | None,
    market: Market,
    live: Collection[tuple[UUID, str]],
    now: datetime,
) -> NewApplication | Refusal:
    try:
        at = domain.submitted_at(asked.received_on, now=now, at_window=asked.channel != "web")
        found = _sure(present.definition if present else programmes.unknown(422, "/programme"))
        domain.check_period(found, korean_date(at))
        domain.check_answers(found, asked.answers)
        who = _sure(person).id
        choices = domain.ranked(found, asked.choices, market)
        domain.check_first((who, found.id) in live)
    except Refusal as refused:
        return refused
    return NewApplication(who, found, choices, asked.answers, asked.channel, at)


def _asks_its_agency(tx: Tx, present: Present | None) -> bool:
    found = present.definition if present else None
    return isinstance(found, Programme) and found.agency == tx.actor.agency


def _sure(value: T | Refusal) -> T:
    if isinstance(value, Refusal):
        raise value
    return value


async def _live(
    tx: Tx, asked: Sequence[Submission], acting: Sequence[Acting | Refusal]
) -> set[tuple[UUID, str]]:
    """Who of those asked for has a live application under any of their ids, by the id they act under."""
    wanted = [(one.programme, who) for one, who in zip(asked, acting, strict=True) if isinstance(who, Acting)]
    same = await together.same_all(tx, [who for _, who in wanted])
    mine: dict[UUID, list[UUID]] = {}
    for id_, survivor in same.items():
        mine.setdefault(survivor, []).append(id_)
    pairs = {(id_, programme) for programme, who in wanted for id_ in mine[who.id]}
    return {(same[person], programme) for person, programme in await store.live(tx, pairs)}


def _shown(made: Application, new: NewApplication) -> Shown:
    return Shown(made, {one.id: one for one in new.choices}, domain.timeline(made, []))


def _row(tx: Tx, one: NewApplication, keys: Mapping[str, PresentKey]) -> Application:
    id_, present = new_id(tx.now), keys[key_name(one.person, "application")]
    return Application(
        id=id_,
        person=one.person,
        programme=one.programme.id,
        programme_version=one.programme.version,
        choices=[opening.id for opening in one.choices],
        details=seal(ApplicationDetails(answers=dict(one.answers)), present.key, present.kid, id_),
        channel=one.channel,
        agency=tx.actor.agency or one.programme.agency,
        receipt=domain.receipt(id_, korean_date(tx.now)),
        sequence=1,
        submitted_at=one.submitted_at,
        withdrawn_at=None,
    )
