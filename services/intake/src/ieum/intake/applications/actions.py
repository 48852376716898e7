"""Changing and withdrawing applications, and what became of them; `submitting` is how they are made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from ieum.common.events.intake import (
    Answer,
    ApplicationChanged,
    ApplicationDetails,
    ApplicationWithdrawn,
)
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal, Stale
from ieum.intake.applications import domain, store
from ieum.intake.applications.domain import Application, Fact, Market, Shown
from ieum.intake.applications.submitting import apply, apply_all, submit
from ieum.intake.openings import actions as openings
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import Moment
from ieum.intake.programmes import actions as programmes

if TYPE_CHECKING:
    from ieum.common.postgres import Tx

__all__ = ["apply", "apply_all", "submit"]  # with what is below: what other features may call


async def of(tx: Tx, people_: Collection[UUID]) -> list[Application]:
    """All applications of these people, the oldest first."""
    return await store.of_people(tx, people_)


async def live_in(tx: Tx, programme: str) -> list[Application]:
    """The applications in a programme that were neither withdrawn nor found ineligible, the oldest first."""
    return await store.live_in(tx, programme)


async def next_sequence(tx: Tx, id_: UUID) -> int:
    """The number of one more fact about an application; locks the row."""
    return await store.next_sequence(tx, id_)


async def applied(tx: Tx, programme: str, people_: Collection[UUID]) -> set[UUID]:
    """Who of these ever applied to the programme, withdrawn or not."""
    return await store.applied(tx, programme, people_)


async def page(
    tx: Tx, programme: str, agency: str | None, *, after: UUID, limit: int
) -> list[tuple[Application, str]]:
    """A programme's applications by id, each with where it stands; of one agency that took them, if given."""
    found = await store.page(tx, programme, agency, after, limit)
    facts: dict[UUID, list[Fact]] = {}
    for fact in await store.facts(tx, [one.id for one in found]):
        facts.setdefault(fact.application, []).append(fact)
    return [(one, domain.present(domain.timeline(one, facts.get(one.id, []))).status) for one in found]


async def change(
    tx: Tx, desk: Desk, id_: UUID, seen: int, *, choices: Sequence[str], answers: Mapping[str, Answer]
) -> Shown:
    """Choose or write anew while applications are taken and nothing is decided; `seen`: the version seen.

    Raises Refusal 404 `application-unknown`, 409 `application-decided`, 412 `stale`, and as `apply`.
    """
    application = await _visible(tx, id_, lock=True)
    if seen != application.sequence:
        raise Stale
    domain.check_changeable(domain.timeline(application, await store.facts(tx, [id_])))
    found = await programmes.version(tx, application.programme, application.programme_version)
    domain.check_period(found, korean_date(tx.now))
    domain.check_answers(found, answers)
    await people.lock_live(tx, desk, application.person)
    market = Market(await openings.named(tx, application.programme, choices))
    ranked = [one.id for one in domain.ranked(found, choices, market)]
    private = ApplicationDetails(answers=dict(answers))
    sequence = await store.change(tx, id_, ranked, await tx.seal(application.person, private, id_))
    data = ApplicationChanged(person=application.person, programme=application.programme, choices=ranked)
    tx.publish(data, subject=id_, sequence=sequence, person=application.person, private=[private])
    return await shown(tx, desk, id_)


async def withdraw(tx: Tx, id_: UUID) -> UUID:
    """Take an application back; raises Refusal 404 `application-unknown`, 409 `application-withdrawn`."""
    application = await _visible(tx, id_, lock=True)
    if application.withdrawn_at:
        raise Refusal(
            "application-withdrawn",
            ko="이미 취소하신 신청입니다.",
            en="The application was withdrawn already.",
            status=409,
        )
    await _withdraw(tx, application)
    return id_


async def shown(tx: Tx, desk: Desk, id_: UUID) -> Shown:  # noqa: ARG001 - as all use cases that show
    """An application that the actor may see, with its timeline; raises Refusal 404."""
    [found] = await _shown(tx, [await _visible(tx, id_)])
    return found


async def shown_of(tx: Tx, desk: Desk, person: UUID) -> list[Shown]:
    """All applications of a person whom the actor may see, under whatever id; raises Refusal 404."""
    await people.shown(tx, desk, person, whole=False)
    return await _shown(tx, await of(tx, await people.same(tx, person)))


async def revealed(
    tx: Tx, people_: Collection[UUID], *, reason: str
) -> list[tuple[Shown, ApplicationDetails | None]]:
    """All applications of these people with what was written into them; each opening is recorded."""
    return [
        (one, await tx.reveal(sealed, ApplicationDetails, reason=reason) if sealed else None)
        for one in await _shown(tx, await of(tx, people_))
        for sealed in [one.application.details]
    ]


async def moments(tx: Tx, people: Collection[UUID]) -> list[Moment]:
    """What became of the applications of these people; `about` is the programme."""
    return await store.moments(tx, people)


async def _shown(tx: Tx, found: Sequence[Application]) -> list[Shown]:
    facts = await store.facts(tx, [one.id for one in found])
    lines = [domain.timeline(one, [fact for fact in facts if fact.application == one.id]) for one in found]
    named = {choice for one in found for choice in one.choices}
    named |= {fact.opening for line in lines for fact in line if fact.opening}
    places = {one.id: one for one in await openings.by_ids(tx, list(named))}
    return [Shown(one, places, line) for one, line in zip(found, lines, strict=True)]


async def rounds_of(tx: Tx, application: UUID, fact: UUID) -> list[UUID]:
    """The rounds whose computations led to a fact about an application."""
    return domain.rounds_until(sorted(await store.facts(tx, [application]), key=lambda one: one.at), fact)


async def tell(tx: Tx, facts: Sequence[Fact]) -> None:
    """Keep what matching told."""
    if facts:
        await store.add_facts(tx, facts)


async def close(tx: Tx, person: UUID) -> date | None:
    """Withdraw what is undecided, as the person leaves; gives the day (KST) of the last decision, if any."""
    applications = await store.of_person(tx, person)
    facts = await store.facts(tx, [one.id for one in applications])
    decided = []
    for one in applications:  # a person has few
        line = domain.timeline(one, [fact for fact in facts if fact.application == one.id])
        moment = domain.decided_at(line)
        if moment is None:
            await _withdraw(tx, one)
        decided.append(moment or tx.now)
    return korean_date(max(decided)) if decided else None


async def forget(tx: Tx, person: UUID) -> None:
    """Drop what the person wrote and chose; the key is destroyed by who decides on erasure."""
    await store.forget(tx, person)


async def _withdraw(tx: Tx, application: Application) -> None:
    sequence = await store.withdraw(tx, application.id)
    data = ApplicationWithdrawn(person=application.person, programme=application.programme)
    tx.publish(data, subject=application.id, sequence=sequence)


async def _visible(tx: Tx, id_: UUID, *, lock: bool = False) -> Application:
    """An application that row-level security shows: whose agency took it in, or may see the person's."""
    application = await store.find(tx, id_, lock=lock)
    if application is None:
        raise _unknown()
    return application


def _unknown() -> Refusal:
    return Refusal(
        "application-unknown", ko="신청을 찾을 수 없습니다.", en="There is no such application.", status=404
    )
