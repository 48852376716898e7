"""Keeping the market as intake tells of it, forgetting people, and giving it to the other features."""

from __future__ import annotations

from asyncio import sleep
from datetime import timedelta
from typing import TYPE_CHECKING

from ieum.common.events.intake import PersonProfile
from ieum.common.events.matching import MatchingErasureAcknowledged
from ieum.common.kernel.errors import Refusal
from ieum.common.privacy.keys import key_name
from ieum.common.privacy.objects import seal
from ieum.matching.markets import store
from ieum.matching.markets.domain import (
    Application,
    Asking,
    Changed,
    Erasure,
    Groups,
    Opening,
    Organisation,
    Person,
    Ranking,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from uuid import UUID

    from ieum.common.events.matching import Explanation
    from ieum.common.events.programme import Programme
    from ieum.common.postgres import Tx

CLOCKS_APART_MAX = timedelta(minutes=1)
"""What is told so shortly after an erasure may have been told before it: it is forgotten, too."""

OPENED_AT_ONCE = 1000
"""Profiles opened in one go: some 30 ms in which nothing else runs."""

READY_MAX = 500
"""Applications ranked in one transaction by the timer, so that none runs long."""


async def keep_people(tx: Tx, people: Sequence[Person]) -> list[UUID]:
    """Keep the last state of these people; gives the applications that may have waited for it."""
    if not people:
        return []
    await store.save_people(tx, people)
    return await store.awaiting_people(tx, [one.id for one in people])


async def forget(tx: Tx, erasures: Collection[Erasure]) -> None:
    """Drop what is held of these people by record class; their rows remain as tombstones."""
    if not erasures:
        return
    profiles = [one.person for one in erasures if "profile" in one.record_classes]
    await store.end_without_profile(tx, profiles)
    applications = [one for one in erasures if "application" in one.record_classes]
    until = [one.at + CLOCKS_APART_MAX for one in applications]
    await store.forget_applications(tx, [one.person for one in applications], until)


async def acknowledge(
    tx: Tx, erasures: Iterable[Erasure], consents: Iterable[tuple[UUID, UUID]] = ()
) -> None:
    """Say that erasures are done, and that nothing rests on consents taken back, as (person, consent)."""
    await acknowledge_erasures(tx, erasures)
    await acknowledge_withdrawals(tx, consents)


async def count_acknowledgements(
    tx: Tx, erasures: Iterable[Erasure], consents: Iterable[tuple[UUID, UUID]] = ()
) -> None:
    """Count what `acknowledge` would say, saying nothing: it was said before."""
    for person in (*(one.person for one in erasures), *(person for person, _ in consents)):
        await store.count_acknowledgement(tx, person)


async def acknowledge_erasures(tx: Tx, erasures: Iterable[Erasure]) -> None:
    """Say that nothing readable of these is held any more; called when it is true in this transaction."""
    for erasure in erasures:  # rare, and each must lock its own row before it is published
        number = await store.count_acknowledgement(tx, erasure.person)
        data = MatchingErasureAcknowledged(person=erasure.person, record_classes=list(erasure.record_classes))
        tx.publish(data, subject=erasure.person, sequence=number)


async def acknowledge_withdrawals(tx: Tx, consents: Iterable[tuple[UUID, UUID]]) -> None:
    """Say that nothing is done on these consents, as (person, consent)."""
    for person, consent in consents:  # rare, as erasures are
        number = await store.count_acknowledgement(tx, person)
        data = MatchingErasureAcknowledged(person=person, record_classes=[], consent=consent)
        tx.publish(data, subject=person, sequence=number)


async def keep_organisations(tx: Tx, organisations: Sequence[Organisation]) -> None:
    """Keep the last state of these organisations."""
    if organisations:
        await store.save_organisations(tx, organisations)


async def keep_programmes(tx: Tx, programmes: Sequence[Programme]) -> list[UUID]:
    """Keep these versions; gives the applications that may have waited for them."""
    if not programmes:
        return []
    await store.save_programmes(tx, programmes)
    return await store.awaiting_programmes(tx, [one.id for one in programmes])


async def keep_openings(tx: Tx, openings: Sequence[Opening]) -> list[UUID]:
    """Keep the last state of these openings; gives the applications that may have waited for them."""
    if not openings:
        return []
    await store.save_openings(tx, openings)
    return await store.awaiting_programmes(tx, {one.programme for one in openings})


async def keep_applications(
    tx: Tx, submitted: Sequence[Application], changed: Sequence[Changed], withdrawn: Collection[UUID]
) -> list[UUID]:
    """Keep what was submitted or changed, end what was withdrawn; gives those that may be ranked."""
    if submitted:
        await store.save_applications(tx, submitted)
    if changed:
        await store.change_applications(tx, changed)
    if withdrawn:
        await store.withdraw(tx, withdrawn)
    new = dict.fromkeys([*(one.id for one in submitted), *(one.id for one in changed)])
    return [id_ for id_ in new if id_ not in set(withdrawn)]


async def ready(tx: Tx, applications: Collection[UUID] | None = None) -> list[Application]:
    """Lock and give those of these that wait and of which all is known now; None: up to 500 of all."""
    if applications is None:
        return await store.ready(tx, None, READY_MAX)
    return await store.ready(tx, applications, len(applications)) if applications else []


async def record(tx: Tx, rankings: Sequence[Ranking]) -> None:
    """Write what was decided on arrival."""
    if rankings:
        await store.record(tx, rankings)


async def tell(tx: Tx, explanations: Mapping[UUID, tuple[UUID, Explanation]]) -> dict[UUID, int]:
    """Keep what is told, as (person, explanation) by application, sealed under the person's key.

    Gives the sequence of the fact that tells it. Where the key was destroyed nothing is kept.
    """
    names = {id_: key_name(person, said.record_class) for id_, (person, said) in explanations.items()}
    keys = await tx.present_keys(names.values())
    sealed = {
        id_: seal(said, key.key, key.kid, id_) if (key := keys.get(names[id_])) else None
        for id_, (_, said) in explanations.items()
    }
    return await store.tell(tx, sealed)


async def people(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Person]:
    """What is known of these people."""
    return await store.people(tx, ids)


async def open_profiles(tx: Tx, people: Iterable[Person]) -> dict[UUID, PersonProfile]:
    """What is known of these, opened for a machine's work; who is missing has no readable profile."""
    sealed = [(one.id, one.sealed) for one in people if one.sealed]
    found: dict[UUID, PersonProfile] = {}
    for start in range(0, len(sealed), OPENED_AT_ONCE):
        part = sealed[start : start + OPENED_AT_ONCE]
        opened = await tx.open_all([item for _, item in part], PersonProfile)
        found |= {id_: profile for (id_, _), profile in zip(part, opened, strict=True) if profile}
        await sleep(0)
    return found


async def open_groups(tx: Tx, people: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The groups of these people, opened for a machine's work; who is missing has no readable profile."""
    sealed = [*(await store.sealed(tx, people)).items()]
    found: dict[UUID, tuple[str, ...]] = {}
    for start in range(0, len(sealed), OPENED_AT_ONCE):
        part = sealed[start : start + OPENED_AT_ONCE]
        opened = await tx.open_all([item for _, item in part], Groups)
        found |= {id_: one.groups for (id_, _), one in zip(part, opened, strict=True) if one}
        await sleep(0)
    return found


async def programme(tx: Tx, id_: str, version: int | None = None) -> Programme:
    """A version of a programme, or its newest; raises Refusal 404 `unknown-programme`."""
    found = await store.programme(tx, id_, version)
    if found is None:
        raise unknown_programme()
    return found


def unknown_programme() -> Refusal:
    """There is none of that id, as far as whoever asks may know."""
    return Refusal(
        "unknown-programme",
        ko="등록되지 않은 사업입니다.",
        en="There is no such programme.",
        status=404,
    )


async def is_run_by(tx: Tx, programme_id: str, agency: str | None) -> bool:
    """Whether an agency runs a programme: its own staff alone see who applied."""
    return agency is not None and await store.agency(tx, programme_id) == agency


async def openings_of(tx: Tx, programme_id: str) -> list[Opening]:
    """A programme's openings, by id."""
    return await store.openings_of(tx, programme_id)


async def revision(tx: Tx, programme_id: str) -> tuple[int, int]:
    """How often a programme's openings changed, and at which change one was last removed."""
    return await store.revision(tx, programme_id)


async def openings_since(tx: Tx, programme_id: str, revision: int) -> list[Opening]:
    """Those of a programme's openings that were written after a revision."""
    return await store.openings_since(tx, programme_id, revision)


async def openings(tx: Tx, ids: Collection[UUID]) -> dict[UUID, Opening]:
    """These openings, as far as they are known."""
    return await store.openings(tx, ids)


async def names(tx: Tx, organisations: Collection[UUID]) -> dict[UUID, str]:
    """The names of these organisations, as far as they are known."""
    return await store.names(tx, organisations)


async def applications(tx: Tx, ids: Collection[UUID]) -> list[Application]:
    """These applications, oldest first."""
    return await store.applications(tx, ids)


async def application(tx: Tx, id_: UUID) -> Application:
    """One application; raises Refusal 404 `unknown-application`."""
    found = await store.applications(tx, [id_])
    if not found:
        raise Refusal(
            "unknown-application",
            ko="해당 신청을 찾을 수 없습니다.",
            en="There is no such application.",
            status=404,
        )
    return found[0]


async def count(tx: Tx, id_: UUID) -> int:
    """Lock an application and count a fact about it; gives its sequence."""
    return await store.count(tx, id_)


async def live(tx: Tx, programme_id: str) -> list[Asking]:
    """The eligible live applications to a programme, oldest first, one a person."""
    return await store.live(tx, programme_id)
