"""The audit service, put together: the one place where things are wired."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ieum.audit.ledger import api, consumers, jobs
from ieum.common.kafka.options import Pace
from ieum.common.privacy import purposes
from ieum.common.service.app import Service

if TYPE_CHECKING:
    from ieum.audit.settings import AuditSettings

READING = Pace(
    gather_ms=200, records_max=500
)  # a checkpoint follows each second: a leaf need not be there sooner


def build(settings: AuditSettings) -> Service:
    """The service with its consumer, its timer and its routes."""
    service = Service("audit", settings, purpose=purposes.AUDIT)
    topics = consumers.logged_topics(service.registry)
    service.consume_raw(consumers.GROUP, topics, consumers.on_records, pace=READING)
    service.every("checkpoint", seconds=jobs.CHECKPOINT_SECONDS, run=jobs.signing(settings.signer()))
    service.include(api.router)
    return service
