"""Where intake is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.common.kafka.options import Pace
from ieum.common.privacy import purposes
from ieum.common.privacy.keys import KeyWrapper
from ieum.common.service.app import Service
from ieum.intake.accesses import api as accesses
from ieum.intake.accesses.consumers import on_accesses
from ieum.intake.agreements import api as agreements
from ieum.intake.appeals import api as appeals
from ieum.intake.appeals.consumers import on_rounds
from ieum.intake.appeals.jobs import tell_overdue
from ieum.intake.applications import api as applications
from ieum.intake.applications import bulk_api as bulk
from ieum.intake.applications.consumers import on_matches
from ieum.intake.cases import api as cases
from ieum.intake.cases import jobs as case_jobs
from ieum.intake.cases import reports_api as reports
from ieum.intake.consents import api as consents
from ieum.intake.consents.consumers import on_acknowledgements as on_withdrawals_acknowledged
from ieum.intake.duplicates import api as duplicates
from ieum.intake.erasures import api as erasures
from ieum.intake.erasures.consumers import on_acknowledgements as on_erasures_acknowledged
from ieum.intake.erasures.jobs import destroy_due
from ieum.intake.imports import api as imports
from ieum.intake.openings import api as openings
from ieum.intake.organisations import api as organisations
from ieum.intake.owndata import api as owndata
from ieum.intake.people import api as people
from ieum.intake.people.domain import HOLDERS
from ieum.intake.people.keys import IssuedKeys
from ieum.intake.programmes import api as programmes
from ieum.intake.referrals import api as referrals
from ieum.intake.referrals import pages as referral_pages
from ieum.intake.referrals import stream as referral_stream
from ieum.intake.referrals.jobs import lapse_due
from ieum.intake.settings import IntakeSettings
from ieum.intake.timeline import api as timeline

if TYPE_CHECKING:
    from ieum.common.events.envelope import Event
    from ieum.common.postgres import Tx

DESTROY_SECONDS = 60.0
APPEALS_SECONDS = 60.0
CASE_CLOCK_SECONDS = 5.0
LAPSE_SECONDS = 5.0
RESULTS = Pace(gather_ms=100)

FEATURES = (  # routes are looked for in this order: what is asked for by the thousand comes first
    applications, people, duplicates, consents, accesses, owndata, erasures, organisations, programmes,
    openings, appeals, reports, cases, agreements, referrals, timeline,
)  # fmt: skip


async def on_acknowledgements(events: list[Event], tx: Tx) -> None:
    """Holders speak of erasures and of withdrawn consents on one topic."""
    await on_erasures_acknowledged(events, tx)
    await on_withdrawals_acknowledged(events, tx)


def build(settings: IntakeSettings) -> Service:
    """The service, not yet started."""
    keys = IssuedKeys(KeyWrapper(settings.secret("kek")))
    service = Service("intake", settings, purpose=purposes.INTAKE, keys=keys)
    service.consume(
        "intake-results", {"matching-matches": on_matches, "matching-rounds": on_rounds}, pace=RESULTS
    )
    service.consume(
        "intake-acknowledgements", {f"{holder}-acknowledgements": on_acknowledgements for holder in HOLDERS}
    )
    service.consume(
        "intake-accesses", {f"{name}-access": on_accesses for name in ("intake", *HOLDERS)}, pace=RESULTS
    )
    service.every("destroy-keys", seconds=DESTROY_SECONDS, run=destroy_due)
    service.every("appeals", seconds=APPEALS_SECONDS, run=tell_overdue)
    service.every("case-clock", seconds=CASE_CLOCK_SECONDS, run=case_jobs.escalate_due)
    service.every("destroy-case-keys", seconds=DESTROY_SECONDS, run=case_jobs.destroy_due)
    service.every("referrals-due", seconds=LAPSE_SECONDS, run=lapse_due)
    feed = referral_stream.Feed()
    service.every("referrals-stream", seconds=referral_stream.POLL_SECONDS, run=feed.poll)
    service.include(referral_stream.routes(feed))  # before `referrals/{id}`, which would take its path
    service.include(referral_pages.router, templates=referral_pages.TEMPLATES)
    for feature in FEATURES:
        service.include(feature.router)
    service.include(bulk.router, body_limit_bytes={f"/intake{bulk.PATH}": bulk.BYTES_MAX})
    service.include(imports.router, body_limit_bytes={"/intake/imports": settings.import_bytes_max})
    return service
