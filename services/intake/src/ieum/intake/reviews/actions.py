"""Naming reviewers, scoring, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ieum.common.events.intake import ApplicationDetails
from ieum.common.events.intake_reviews import ApplicationReviewed
from ieum.common.events.programme import Programme
from ieum.common.kernel.dates import korean_date
from ieum.common.kernel.errors import Refusal, Stale
from ieum.intake.applications import actions as applications
from ieum.intake.applications.domain import RANKED, SUBMITTED, present
from ieum.intake.people import actions as people
from ieum.intake.people.actions import Desk
from ieum.intake.programmes import actions as programmes
from ieum.intake.reviews import domain, store
from ieum.intake.reviews.domain import Conflict, Result, Review, ReviewNote, Scores, Seat

if TYPE_CHECKING:
    from ieum.common.postgres import Tx


@dataclass(frozen=True)
class Named:
    """How many applications are reviewed, how many seats were taken now, and how many lack a reviewer."""

    applications: int
    seated: int
    lacking: int


@dataclass(frozen=True)
class Seen:
    """What a reviewer may see of an application: `others` only once they have scored it themselves."""

    review: Review
    programme: Programme
    own: Seat
    others: Sequence[Seat]
    answers: dict[str, Any] | None
    note: str | None


async def name(tx: Tx, desk: Desk, programme: str, reviewers: Sequence[str]) -> Named:
    """An official of the programme's agency names who scores its applications; said again, names are added.

    Each application gets as many as the programme says, the first on the list who are not near the applicant.
    Raises Refusal 404 `programme-unknown`, 403 `other-agency`, 409 `no-review` or `programme-open`.
    """
    found = await _own_programme(tx, programme)
    domain.rules_of(found)
    domain.check_closed(found, korean_date(tx.now))
    await programmes.lock(tx, programme)
    live = await applications.live_in(tx, programme)
    new = [
        Review(one.id, one.person, programme, found.version, reviewers, tx.actor.id, tx.now) for one in live
    ]
    await store.name(tx, new, reviewers)
    open_ = await store.open_in(tx, programme)
    seated, lacking = await _seat(tx, desk, open_)
    return Named(len(live), seated, lacking)


async def score(
    tx: Tx, desk: Desk, application: UUID, seen: int, *, scores: Scores, note: str | None = None
) -> None:
    """A reviewer's scores for every criterion; with the last reviewer's the review is complete and told.

    Raises Refusal 404 `review-unknown`, 409 `application-withdrawn` or `scores-final`, 412 `stale`, and for
    scores that do not fit.
    """
    review, taken, own = await _own(tx, application, lock=True)
    if own.version != seen:
        raise Stale
    if (await applications.shown(tx, desk, application)).application.withdrawn_at:
        raise Refusal(
            "application-withdrawn",
            ko="신청하신 분이 취소한 신청입니다.",
            en="The application was withdrawn.",
            status=409,
        )
    rules = domain.rules_of(await programmes.version(tx, review.programme, review.programme_version))
    domain.check_scores(rules, scores)
    others = [one for one in _sitting(taken) if one.reviewer != own.reviewer]
    domain.check_changeable(own, others)
    sealed = await tx.seal(review.person, ReviewNote(text=note), application) if note else None
    await store.score(tx, own, scores, sealed)
    given = [scores, *(one.scores for one in others if one.scores is not None)]
    if len(given) == rules.reviewers:
        await _complete(tx, review, domain.result(rules, given), len(given))


async def step_back(tx: Tx, desk: Desk, application: UUID, conflict: Conflict) -> None:
    """A reviewer states a conflict of interest: the next of the panel takes the seat; said twice it is once.

    Raises Refusal 404 `review-unknown`, 409 `scores-final` where they have scored.
    """
    review = await store.find(tx, application, lock=True)
    taken = (await store.seats(tx, [application]))[application] if review else []
    own = next((one for one in taken if one.reviewer == tx.actor.id), None)
    if review is None or own is None:
        raise _unknown()
    if own.scores is not None:
        raise Refusal(
            "scores-final",
            ko="이미 채점하신 신청입니다.",
            en="You have scored this application already.",
            status=409,
        )
    if own.conflict is None:
        await store.step_back(tx, own, conflict)
        await _seat(tx, desk, [review])


async def seen(tx: Tx, desk: Desk, application: UUID, *, reason: str | None) -> Seen:
    """An application as its reviewer sees it: no name, no person; answers for a reason, which is recorded.

    Raises Refusal 404 `review-unknown` to everybody who is not to score it.
    """
    review, taken, own = await _own(tx, application)
    programme = await programmes.version(tx, review.programme, review.programme_version)
    others = [one for one in _sitting(taken) if one.reviewer != own.reviewer] if own.scores else []
    answers = note = None
    if reason:
        sealed = (await applications.shown(tx, desk, application)).application.details
        details = await tx.reveal(sealed, ApplicationDetails, reason=reason) if sealed else None
        answers = domain.seen_answers(domain.rules_of(programme), details.answers) if details else None
        opened = await tx.reveal(own.note, ReviewNote, reason=reason) if own.note else None
        note = opened.text if opened else None
    return Seen(review, programme, own, others, answers, note)


async def assigned(tx: Tx, programme: str) -> list[tuple[Review, Seat]]:
    """What the actor is to score in a programme."""
    reviews = await store.within(tx, programme)
    taken = await store.seats(tx, [one.application for one in reviews])
    return [
        (one, seat)
        for one in reviews
        for seat in _sitting(taken[one.application])
        if seat.reviewer == tx.actor.id
    ]


async def standing(tx: Tx, programme: str) -> tuple[list[tuple[int, Review]], int]:
    """Ranks and reviews of what is complete, the best first, and how many are not complete.

    For an official of the programme's agency; raises Refusal 404, 403 `other-agency`, 409 `no-review`.
    """
    rules = domain.rules_of(await _own_programme(tx, programme))
    live = {one.id for one in await applications.live_in(tx, programme)}
    reviews = [one for one in await store.within(tx, programme) if one.application in live]
    results = {one.application: found for one in reviews if (found := _result(one))}
    by_id = {one.application: one for one in reviews}
    ranks = domain.standing(rules, results)
    return [(rank, by_id[one]) for rank, one in ranks], len(live) - len(results)


async def outcome(tx: Tx, desk: Desk, application: UUID) -> tuple[Result, Programme]:
    """What reviewers gave an application, for the applicant once the result is out and the programme says so.

    Raises Refusal 404 `application-unknown` or `review-not-shown`.
    """
    shown = await applications.shown(tx, desk, application)
    review = await store.find(tx, application)
    version = review.programme_version if review else shown.application.programme_version
    programme = await programmes.version(tx, shown.application.programme, version)
    out = present(shown.timeline).status not in (SUBMITTED, RANKED) or not programme.choices.max
    found = _result(review) if review and out and programme.review and programme.review.shown else None
    if found is None:
        raise Refusal(
            "review-not-shown",
            ko="공개된 심사 결과가 없습니다.",
            en="No result of a review is shown.",
            status=404,
        )
    return found, programme


async def held(tx: Tx, reviewer: str) -> int:
    """How many applications an account still owes a score."""
    async with store.leaving(tx, reviewer):
        return await store.held(tx, reviewer)


async def pass_on(tx: Tx, desk: Desk, from_: str, to: str) -> None:
    """Somebody leaves: what they have not scored goes to the panel, in which another has their place.

    What they scored stays theirs. Who is near to an applicant gets no seat by this either.
    """
    async with store.leaving(tx, from_, to):
        if reviews := await store.leave(tx, from_, to):
            await _seat(tx, desk, reviews)


async def forget(tx: Tx, person: UUID) -> None:
    """Delete all that reviewers said of a person; the key is destroyed by who decides on erasure."""
    await store.forget(tx, person)


async def _seat(tx: Tx, desk: Desk, reviews: Sequence[Review]) -> tuple[int, int]:
    """Fill free seats from each panel; gives how many, and how many applications still lack a reviewer."""
    everybody = {one for review in reviews for one in review.panel}
    near = await people.interested(tx, desk, [one.person for one in reviews], everybody)
    taken = await store.seats(tx, [one.application for one in reviews])
    wanted = await _wanted(tx, reviews)
    new, lacking = [], 0
    for one in reviews:
        there = taken[one.application]
        number = wanted[one.programme, one.programme_version]
        found = domain.seats(one.panel, _near(near, one.person), there, number)
        new += [(one.application, reviewer) for reviewer in found]
        lacking += len(_sitting(there)) + len(found) < number
    await store.seat(tx, new)
    return len(new), lacking


async def _wanted(tx: Tx, reviews: Sequence[Review]) -> dict[tuple[str, int], int]:
    """How many reviewers each version of a programme wants; there are few versions."""
    versions = {(one.programme, one.programme_version) for one in reviews}
    return {one: domain.rules_of(await programmes.version(tx, *one)).reviewers for one in versions}


async def _complete(tx: Tx, review: Review, result: Result, reviewers: int) -> None:
    await store.complete(tx, review.application, result)
    data = ApplicationReviewed(
        person=review.person,
        programme=review.programme,
        programme_version=review.programme_version,
        reviewers=reviewers,
        total=result.total,
        criteria=result.criteria,
    )
    sequence = await applications.next_sequence(tx, review.application)
    tx.publish(data, subject=review.application, sequence=sequence)


async def _own(tx: Tx, application: UUID, *, lock: bool = False) -> tuple[Review, list[Seat], Seat]:
    """The review and the seat that the actor holds in it."""
    review = await store.find(tx, application, lock=lock)
    taken = (await store.seats(tx, [application]))[application] if review else []
    own = next((one for one in _sitting(taken) if one.reviewer == tx.actor.id), None)
    if review is None or own is None:
        raise _unknown()
    return review, taken, own


async def _own_programme(tx: Tx, programme: str) -> Programme:
    found = (await programmes.current(tx, programme)).definition
    if found.agency != tx.actor.agency:
        raise Refusal(
            "other-agency",
            ko="사업을 맡은 기관의 공무원만 할 수 있습니다.",
            en="Only officials of the programme's agency do this.",
            status=403,
        )
    return found


def _sitting(taken: Sequence[Seat]) -> list[Seat]:
    return [one for one in taken if one.conflict is None]


def _near(near: set[tuple[UUID, str]], person: UUID) -> set[str]:
    return {who for whom, who in near if whom == person}


def _result(review: Review) -> Result | None:
    if review.total is None or review.criteria is None:
        return None
    return Result(review.total, dict(review.criteria))


def _unknown() -> Refusal:
    return Refusal(
        "review-unknown", ko="심사하실 신청을 찾을 수 없습니다.", en="There is no such review.", status=404
    )
