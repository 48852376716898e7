"""Where matching is put together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ieum.common.privacy import purposes
from ieum.common.service.app import Service
from ieum.common.service.city import City
from ieum.matching.assignment import actions as assignment
from ieum.matching.assignment import api as assignment_api
from ieum.matching.assignment import consumers as assignment_consumers
from ieum.matching.assignment import pages as assignment_pages
from ieum.matching.candidates import api as candidates_api
from ieum.matching.eligibility import actions as eligibility
from ieum.matching.eligibility import api as eligibility_api
from ieum.matching.eligibility import consumers as eligibility_consumers
from ieum.matching.fairness import jobs as fairness_jobs
from ieum.matching.fairness import pages as fairness_pages
from ieum.matching.interviews import api as interviews_api
from ieum.matching.interviews import ending as interviews
from ieum.matching.interviews import jobs as interviews_jobs
from ieum.matching.interviews import pages as interviews_pages
from ieum.matching.markets.consumers import Markets, Reactions
from ieum.matching.placement import actions as placement
from ieum.matching.placement import api as placement_api
from ieum.matching.placement import jobs as placement_jobs
from ieum.matching.placement import pages as placement_pages
from ieum.matching.placement.followups import api as followups_api
from ieum.matching.placement.followups import jobs as follow_up_jobs
from ieum.matching.placement.reports import actions as reports
from ieum.matching.placement.reports import api as reports_api
from ieum.matching.placement.reports import jobs as report_jobs
from ieum.matching.placement.results import pages as result_pages
from ieum.matching.placement.reviews import actions as reviews
from ieum.matching.placement.reviews import api as reviews_api
from ieum.matching.ranking import actions as ranking
from ieum.matching.ranking import jobs as ranking_jobs
from ieum.matching.ranking.catalogue import Catalogue
from ieum.matching.roadmap import jobs as roadmap_jobs
from ieum.matching.roadmap import pages as roadmap_pages
from ieum.matching.rounds import actions as rounds
from ieum.matching.rounds import api as rounds_api
from ieum.matching.rounds import jobs as rounds_jobs
from ieum.matching.rounds import pages as rounds_pages
from ieum.matching.settings import MatchingSettings
from ieum.matching.simulation import pages as simulation_pages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from ieum.common.postgres import Tx

REPORTS_SECONDS = 60.0


def markets(city: City) -> Markets:
    """What becomes of intake's facts, in a city whose dated facts decide on eligibility."""
    return Markets(
        Reactions(
            arrived=partial(ranking.rank_arrived, city=city, catalogue=Catalogue()),
            withdrawn=_withdrawn,
            erased=_erased,
            appealed=reviews.on_applications,
        )
    )


async def _withdrawn(tx: Tx, applications: Sequence[UUID]) -> None:
    await placement.release_applications(tx, applications)
    await interviews.release_applications(tx, applications)


async def _erased(tx: Tx, people: Sequence[UUID]) -> None:
    await placement.release_people(tx, people)
    await interviews.forget(tx, people)
    await reports.forget(tx, people)
    await rounds.forget(tx, people)
    await assignment.forget(tx, people)
    await eligibility.forget(tx, people)


def build(settings: MatchingSettings) -> Service:
    """The service, not yet started."""
    service = Service("matching", settings, purpose=purposes.MATCHING)
    service.consume("matching-markets", markets(service.city).handlers())
    service.consume("matching-assignment", assignment_consumers.HANDLERS)
    service.consume("matching-eligibility", eligibility_consumers.HANDLERS)
    service.every("late-facts", seconds=1.0, run=ranking_jobs.late_facts)
    service.every("expiry", seconds=1.0, run=placement_jobs.expire)
    service.every("weekly-reports", seconds=REPORTS_SECONDS, run=report_jobs.remind)
    service.every("refills", seconds=1.0, run=rounds_jobs.refill)
    service.every("reveals", seconds=1.0, run=rounds_jobs.recommit)
    service.every("roadmaps", seconds=1.0, run=roadmap_jobs.rescreen)
    service.every("fairness", seconds=1.0, run=fairness_jobs.tell)
    service.include(rounds_api.router)
    service.include(rounds_pages.router, templates=rounds_pages.TEMPLATES)
    service.include(fairness_pages.router, templates=fairness_pages.TEMPLATES)
    service.include(simulation_pages.router, templates=simulation_pages.TEMPLATES)
    service.include(eligibility_api.router)
    service.include(roadmap_pages.router, templates=roadmap_pages.TEMPLATES)
    service.include(candidates_api.router)
    service.include(interviews_api.router)
    service.include(interviews_pages.router, templates=interviews_pages.TEMPLATES)
    service.every("interviews", seconds=1.0, run=interviews_jobs.due)
    service.include(placement_api.router)
    service.every("follow-ups", seconds=REPORTS_SECONDS, run=follow_up_jobs.tell_overdue)
    service.include(followups_api.router)
    service.include(reports_api.router)
    service.include(reviews_api.router)
    service.include(result_pages.router, templates=result_pages.TEMPLATES)
    service.include(placement_pages.router, templates=placement_pages.TEMPLATES)
    # Before the routes with an id, which would take its name for one.
    service.include(assignment_pages.router, templates=assignment_pages.TEMPLATES)
    service.include(assignment_api.router)
    return service
