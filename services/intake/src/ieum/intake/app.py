"""Where intake is put together."""

from __future__ import annotations

from ieum.common.kafka.options import Pace
from ieum.common.privacy import purposes
from ieum.common.privacy.keys import KeyWrapper
from ieum.common.service.app import Service
from ieum.intake.agreements import api as agreements
from ieum.intake.applications import api as applications
from ieum.intake.applications.consumers import on_matches
from ieum.intake.erasures import api as erasures
from ieum.intake.erasures.consumers import on_acknowledgements
from ieum.intake.erasures.jobs import destroy_due
from ieum.intake.imports import api as imports
from ieum.intake.openings import api as openings
from ieum.intake.organisations import api as organisations
from ieum.intake.people import api as people
from ieum.intake.people.keys import IssuedKeys
from ieum.intake.programmes import api as programmes
from ieum.intake.referrals import api as referrals
from ieum.intake.referrals import pages as referral_pages
from ieum.intake.referrals import stream as referral_stream
from ieum.intake.referrals.jobs import lapse_due
from ieum.intake.settings import IntakeSettings

HOLDERS = ("matching", "notify", "audit")
DESTROY_SECONDS = 60.0
LAPSE_SECONDS = 5.0
RESULTS = Pace(gather_ms=100)


def build(settings: IntakeSettings) -> Service:
    """The service, not yet started."""
    keys = IssuedKeys(KeyWrapper(settings.secret("kek")))
    service = Service("intake", settings, purpose=purposes.INTAKE, keys=keys)
    service.consume("intake-results", {"matching-matches": on_matches}, pace=RESULTS)
    service.consume(
        "intake-acknowledgements", {f"{holder}-acknowledgements": on_acknowledgements for holder in HOLDERS}
    )
    service.every("destroy-keys", seconds=DESTROY_SECONDS, run=destroy_due)
    service.every("referrals-due", seconds=LAPSE_SECONDS, run=lapse_due)
    feed = referral_stream.Feed()
    service.every("referrals-stream", seconds=referral_stream.POLL_SECONDS, run=feed.poll)
    service.include(referral_stream.routes(feed))  # before `referrals/{id}`, which would take its path
    service.include(referral_pages.router, templates=referral_pages.TEMPLATES)
    for feature in (
        people,
        erasures,
        organisations,
        agreements,
        programmes,
        openings,
        applications,
        referrals,
    ):
        service.include(feature.router)
    service.include(imports.router, body_limit_bytes={"/intake/imports": settings.import_bytes_max})
    return service
