"""Where intake is put together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ieum.common.kafka.options import Pace
from ieum.common.privacy import purposes
from ieum.common.service import keks
from ieum.common.service.app import Service
from ieum.intake.accesses import api as accesses
from ieum.intake.accesses.consumers import on_accesses
from ieum.intake.agreements import api as agreements
from ieum.intake.appeals import api as appeals
from ieum.intake.appeals.consumers import on_reviews, on_rounds
from ieum.intake.appeals.jobs import tell_overdue
from ieum.intake.applications import api as applications
from ieum.intake.applications import bulk_api as bulk
from ieum.intake.applications import jobs as application_jobs
from ieum.intake.applications.consumers import on_matches
from ieum.intake.cases import api as cases
from ieum.intake.cases import jobs as case_jobs
from ieum.intake.cases import reports_api as reports
from ieum.intake.cases.consumers import on_assignments
from ieum.intake.classification import api as classification
from ieum.intake.consents import api as consents
from ieum.intake.consents.consumers import on_acknowledgements as on_withdrawals_acknowledged
from ieum.intake.contacts import api as contacts
from ieum.intake.contacts import jobs as contact_jobs
from ieum.intake.contacts.calls import api as calls
from ieum.intake.contacts.counselling import api as counselling
from ieum.intake.contacts.outreach import api as outreach
from ieum.intake.contacts.visits import actions as visit_actions
from ieum.intake.contacts.visits import api as visits
from ieum.intake.contacts.visits import jobs as visit_jobs
from ieum.intake.contacts.visits import pages as visit_pages
from ieum.intake.contacts.visits import stream as visit_stream
from ieum.intake.departures import api as departures
from ieum.intake.departures import jobs as departure_jobs
from ieum.intake.documents import api as documents
from ieum.intake.documents.receiving import Reception
from ieum.intake.drafts import api as drafts
from ieum.intake.drafts.jobs import delete_expired
from ieum.intake.duplicates import api as duplicates
from ieum.intake.erasures import api as erasures
from ieum.intake.erasures.consumers import on_acknowledgements as on_erasures_acknowledged
from ieum.intake.erasures.jobs import destroy_due, destroy_freed
from ieum.intake.exports import api as exports
from ieum.intake.imports import api as imports
from ieum.intake.imports import mapping_api as import_mappings
from ieum.intake.imports.jobs import take_next
from ieum.intake.keys import api as keys_api
from ieum.intake.keys import jobs as key_jobs
from ieum.intake.keys.domain import ROLL_SECONDS
from ieum.intake.openings import api as openings
from ieum.intake.organisations import api as organisations
from ieum.intake.owndata import api as owndata
from ieum.intake.people import api as people
from ieum.intake.people.actions import Desk
from ieum.intake.people.domain import HOLDERS
from ieum.intake.people.keys import IssuedKeys
from ieum.intake.programmes import api as programmes
from ieum.intake.referrals import actions as referral_actions
from ieum.intake.referrals import api as referrals
from ieum.intake.referrals import pages as referral_pages
from ieum.intake.referrals import stream as referral_stream
from ieum.intake.referrals.jobs import lapse_due
from ieum.intake.representatives import api as representatives
from ieum.intake.reviews import api as reviews
from ieum.intake.sessions import api as sessions
from ieum.intake.sessions import pages as session_pages
from ieum.intake.sessions import signing
from ieum.intake.sessions.door import Door
from ieum.intake.sessions.jobs import sweep
from ieum.intake.settings import IntakeSettings
from ieum.intake.staff import api as staff
from ieum.intake.staff import emergencies
from ieum.intake.stream import POLL_SECONDS, Feed
from ieum.intake.timeline import api as timeline

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx

DESTROY_SECONDS = 60.0
APPEALS_SECONDS = 60.0
CASE_CLOCK_SECONDS = 5.0
LAPSE_SECONDS = 5.0
VISITS_SECONDS = 60.0
STAFF_SECONDS = 60.0
SWEEP_SECONDS = 300.0
DRAFTS_SECONDS = 600.0
IMPORTS_SECONDS = 0.2
RESULTS = Pace(gather_ms=100)

FEATURES = (  # routes are looked for in this order: what is asked for by the thousand comes first
    applications, staff, emergencies, departures, people, representatives, duplicates, consents, accesses,
    owndata, erasures, organisations, programmes, openings, drafts, reviews, appeals, reports, cases,
    agreements, referrals, contacts, visits, calls, outreach, counselling, exports, keys_api, timeline,
    classification,
)  # fmt: skip


async def on_acknowledgements(events: list[Event], tx: Tx) -> None:
    """Holders speak of erasures and of withdrawn consents on one topic."""
    await on_erasures_acknowledged(events, tx)
    await on_withdrawals_acknowledged(events, tx)


def build(settings: IntakeSettings) -> Service:
    """The service, not yet started."""
    keys = IssuedKeys(keks.wrapper(settings))
    service = Service("intake", settings, purpose=purposes.INTAKE, keys=keys)
    desk = Desk.of(service)

    async def on_results(events: list[Event], tx: Tx) -> None:
        """Facts come onto the timelines before a request to review them is taken up."""
        await on_matches(events, tx)
        await on_reviews(events, tx, desk=desk)

    service.consume(
        "intake-results", {"matching-matches": on_results, "matching-rounds": on_rounds}, pace=RESULTS
    )
    service.consume("intake-assignments", {"matching-assignments": partial(on_assignments, desk=desk)})
    service.consume(
        "intake-acknowledgements", {f"{holder}-acknowledgements": on_acknowledgements for holder in HOLDERS}
    )
    service.consume(
        "intake-accesses", {f"{name}-access": on_accesses for name in ("intake", *HOLDERS)}, pace=RESULTS
    )
    service.every("destroy-keys", seconds=DESTROY_SECONDS, run=destroy_due)
    service.every("appeals", seconds=APPEALS_SECONDS, run=tell_overdue)
    service.every("case-clock", seconds=CASE_CLOCK_SECONDS, run=case_jobs.escalate_due)
    service.every("roll-keys", seconds=ROLL_SECONDS, run=key_jobs.roll)
    service.every("destroy-freed-keys", seconds=DESTROY_SECONDS, run=destroy_freed)
    service.every("destroy-case-keys", seconds=DESTROY_SECONDS, run=case_jobs.destroy_due)
    service.every("referrals-due", seconds=LAPSE_SECONDS, run=lapse_due)
    service.every("staff-due", seconds=STAFF_SECONDS, run=departure_jobs.end_due)
    service.every("staff-forgotten", seconds=DESTROY_SECONDS, run=departure_jobs.destroy_due)
    service.every("sessions", seconds=SWEEP_SECONDS, run=sweep)
    door = Door(settings)
    service.signed_in = door.signed_in
    service.include(sessions.routes(door))
    service.include(signing.routes(door))
    service.include(session_pages.routes(door), templates=session_pages.TEMPLATES)
    service.every("drafts-expire", seconds=DRAFTS_SECONDS, run=delete_expired)
    service.every("bulk-expire", seconds=DRAFTS_SECONDS, run=application_jobs.delete_expired)
    service.every("visits-end", seconds=VISITS_SECONDS, run=visit_jobs.end_stale)
    service.every("destroy-notes", seconds=DESTROY_SECONDS, run=contact_jobs.destroy_due)
    # Streams come before `referrals/{id}` and `windows/{id}`, which would take their paths.
    sent, waiting = Feed(referral_actions.positions), Feed(visit_actions.positions)
    service.every("referrals-stream", seconds=POLL_SECONDS, run=sent.poll)
    service.every("visits-stream", seconds=POLL_SECONDS, run=waiting.poll)
    service.include(referral_stream.routes(sent))
    service.include(visit_stream.routes(waiting))
    service.include(referral_pages.router, templates=referral_pages.TEMPLATES)
    service.include(visit_pages.router, templates=visit_pages.TEMPLATES)
    for feature in FEATURES:
        service.include(feature.router)
    service.include(bulk.router, body_limit_bytes={f"/intake{bulk.PATH}": bulk.BYTES_MAX})
    service.every("imports", seconds=IMPORTS_SECONDS, run=take_next)
    service.include(import_mappings.router)  # before `imports/{id}`, which would take its path
    service.include(imports.router, body_limit_bytes={"/intake/imports": settings.import_bytes_max})
    reception = Reception(settings.document_bytes_max, settings.documents_max)
    service.include(
        documents.routes(reception), body_limit_bytes={"/intake/documents": settings.document_bytes_max}
    )
    return service
